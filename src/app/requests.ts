/** Requests to a worker as promises: one id each, answered once. */

/** What a client needs of a `Worker`; tests hand in a scripted one. */
export interface WorkerLike {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
}

export type OnProgress = (done: number, of: number) => void;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress: OnProgress | null;
}

export interface Requests {
  /** Posts the command with a fresh `requestId`; the promise takes what `resolve` or `reject` is given for that id. */
  send<T>(command: object, onProgress?: OnProgress): Promise<T>;
  progress(requestId: number, done: number, of: number): void;
  resolve(requestId: number, value: unknown): void;
  reject(requestId: number, error: Error): void;
  rejectAll(error: Error): void;
}

export function openRequests(worker: WorkerLike): Requests {
  const pending = new Map<number, Waiting>();
  let lastRequest = 0;
  const settle = (requestId: number, end: (waiting: Waiting) => void) => {
    const waiting = pending.get(requestId);
    pending.delete(requestId);
    if (waiting) end(waiting);
  };
  return {
    send: <T>(command: object, onProgress?: OnProgress) =>
      new Promise<T>((resolve, reject) => {
        const requestId = ++lastRequest;
        pending.set(requestId, {
          resolve: resolve as (value: unknown) => void,
          reject,
          onProgress: onProgress ?? null,
        });
        worker.postMessage({ ...command, requestId });
      }),
    progress: (requestId, done, of) => pending.get(requestId)?.onProgress?.(done, of),
    resolve: (requestId, value) => settle(requestId, (w) => w.resolve(value)),
    reject: (requestId, error) => settle(requestId, (w) => w.reject(error)),
    rejectAll: (error) => {
      for (const requestId of [...pending.keys()]) settle(requestId, (w) => w.reject(error));
    },
  };
}

/** What a worker that died or never loaded has to say for itself. */
export const workerError = (event: ErrorEvent, name: string): string =>
  event.message || `The ${name} worker's script could not be loaded; reload the page.`;
