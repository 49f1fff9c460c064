/**
 * Asking across a worker's boundary, both ends. What can be asked is one interface (core/messages.ts): a request is an
 * entry there and a handler of the same name. The answer may take as long as it likes and say how far it is.
 */
import { type ErrorReport, reportError, reviveError } from "./errors.ts";

/** What one request takes, gives and says meanwhile; without `reply` it gives no more than that it is done. */
export interface RequestShape {
  ask: unknown;
  reply?: unknown;
  progress?: unknown;
}

/** A map of requests by name; written as an interface, hence the odd form. */
export type RequestMap<M> = { [K in keyof M]: RequestShape };

export type AskOf<R> = R extends { ask: infer A } ? A : never;
export type ReplyOf<R> = R extends { reply: infer A } ? A : undefined;
export type ProgressOf<R> = R extends { progress: infer P } ? P : never;

/** The worker's side: a function for each request. */
export type Handlers<M extends RequestMap<M>> = {
  [K in keyof M]: (
    ask: AskOf<M[K]>,
    onProgress: (progress: ProgressOf<M[K]>) => void,
  ) => M[K] extends { reply: infer A } ? A | Promise<A> : unknown;
};

/** A request on its way. */
export type Call<M, K extends keyof M = keyof M> = {
  [N in K]: { requestId: number; name: N; ask: AskOf<M[N]> };
}[K];

/** What comes back for a request: any number of times how far it is, then its end. */
export type Answer =
  | { requestId: number; progress: unknown }
  | { requestId: number; reply: unknown }
  | { requestId: number; error: ErrorReport };

/** Tells an answer from what a worker says unasked. */
export const isAnswer = (message: unknown): message is Answer =>
  typeof message === "object" && message !== null && "requestId" in message;

export interface AskOptions<R> {
  onProgress?: (progress: ProgressOf<R>) => void;
  transfer?: Transferable[];
}

/** The asking side. */
export interface Client<M extends RequestMap<M>> {
  /** @throws LabError as the handler threw it; Error when the worker has died */
  ask<K extends keyof M>(name: K, ask: AskOf<M[K]>, options?: AskOptions<M[K]>): Promise<ReplyOf<M[K]>>;
}

/** A client as whoever has the channel sees it: fed with what arrives. */
export interface OpenClient<M extends RequestMap<M>> extends Client<M> {
  take(answer: Answer): void;
  /** Ends all that is open: nobody will answer any more. */
  rejectAll(error: Error): void;
}

interface Waiting {
  resolve(reply: unknown): void;
  reject(error: Error): void;
  onProgress: ((progress: unknown) => void) | undefined;
}

/** @param post hands a call to the other side; what it throws, the request rejects with */
export function openClient<M extends RequestMap<M>>(
  post: (call: Call<M>, transfer: Transferable[]) => void,
): OpenClient<M> {
  const pending = new Map<number, Waiting>();
  let lastRequest = 0;
  return {
    ask: (name, ask, { onProgress, transfer = [] } = {}) =>
      new Promise((resolve, reject) => {
        const requestId = ++lastRequest;
        // What comes back for this id is what the handler of `name` gave: `Handlers` has checked it on the other side.
        pending.set(requestId, { resolve, reject, onProgress } as Waiting);
        try {
          post({ requestId, name, ask }, transfer);
        } catch (error) {
          pending.delete(requestId);
          reject(error);
        }
      }),
    take(answer) {
      const waiting = pending.get(answer.requestId);
      if ("progress" in answer) return waiting?.onProgress?.(answer.progress);
      pending.delete(answer.requestId);
      if ("error" in answer) waiting?.reject(reviveError(answer.error));
      else waiting?.resolve(answer.reply);
    },
    rejectAll(error) {
      for (const waiting of pending.values()) waiting.reject(error);
      pending.clear();
    },
  };
}

/** Does what a call asks for, by its handler; whatever that throws is the answer too. */
export async function answer<M extends RequestMap<M>, K extends keyof M>(
  handlers: Handlers<M>,
  { requestId, name, ask }: Call<M, K>,
  post: (answer: Answer) => void,
): Promise<void> {
  try {
    const reply = await handlers[name](ask, (progress) => post({ requestId, progress }));
    post({ requestId, reply });
  } catch (error) {
    post({ requestId, error: reportError(error) });
  }
}

/** A worker's `self` or a message port, as the answering side uses it. */
export interface Port {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
}

/** Answers the calls that arrive at `port`, on `port`. */
export function serve<M extends RequestMap<M>>(handlers: Handlers<M>, port: Port): void {
  port.onmessage = ({ data }: MessageEvent<Call<M>>) =>
    void answer(handlers, data, (message) => port.postMessage(message));
}
