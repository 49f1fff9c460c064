/** The page's end of the train worker: commands out, events in, requests as promises. */
import { reviveError } from "../core/errors.ts";
import type { AskReply, TrainCommand, TrainEvent } from "../core/messages.ts";
import type { Inspection } from "../core/run.ts";
import { openRequests, type WorkerLike, workerError } from "./requests.ts";

type Of<T extends TrainCommand["type"]> = Extract<TrainCommand, { type: T }>;
type Request<T extends "inspect" | "ask" | "loadAdapter" | "unloadAdapter" | "export"> = Omit<
  Of<T>,
  "type" | "requestId"
>;
export type ExportedFile = Extract<TrainEvent, { type: "exported" }>["files"][number];

export interface TrainClient {
  /** Open, start, resume, step, pause, stop: answered by events, not by a promise. */
  send(command: Exclude<TrainCommand, { requestId: number }>): void;
  /** Hands the worker its end of a channel to the retrieval worker. */
  connect(port: MessagePort): void;
  /** Each rejects with the worker's LabError, or when the worker dies. */
  inspect(request: Request<"inspect">): Promise<Inspection>;
  ask(request: Request<"ask">): Promise<AskReply>;
  loadAdapter(request: Request<"loadAdapter">): Promise<void>;
  unloadAdapter(request: Request<"unloadAdapter">): Promise<void>;
  exportAdapter(request: Request<"export">): Promise<ExportedFile[]>;
}

export const startTrainWorker = (): Worker =>
  new Worker(new URL("../workers/train.worker.ts", import.meta.url), { type: "module", name: "train" });

/** @param onEvent gets every event that is not the answer to a request */
export function openTrainClient(worker: WorkerLike, onEvent: (event: TrainEvent) => void): TrainClient {
  const requests = openRequests(worker);

  worker.addEventListener("message", ({ data }: MessageEvent<TrainEvent>) => {
    switch (data.type) {
      case "inspection":
        return requests.resolve(data.requestId, data.inspection);
      case "reply":
        return requests.resolve(data.requestId, data.reply);
      case "adapters":
        onEvent(data);
        return requests.resolve(data.requestId, undefined);
      case "exported":
        return requests.resolve(data.requestId, data.files);
      case "failed":
        if (data.requestId === null) return onEvent(data);
        return requests.reject(data.requestId, reviveError(data.error));
      default:
        return onEvent(data);
    }
  });
  worker.addEventListener("error", (event) => {
    const message = workerError(event, "train");
    requests.rejectAll(new Error(message));
    const error = { code: "unexpected", message, stack: null } as const;
    onEvent({ type: "failed", runId: null, requestId: null, error });
  });

  return {
    send: (command) => worker.postMessage(command),
    connect: (port) => worker.postMessage({ type: "connect", port }, [port]),
    inspect: (request) => requests.send({ type: "inspect", ...request }),
    ask: (request) => requests.send({ type: "ask", ...request }),
    loadAdapter: (request) => requests.send({ type: "loadAdapter", ...request }),
    unloadAdapter: (request) => requests.send({ type: "unloadAdapter", ...request }),
    exportAdapter: (request) => requests.send({ type: "export", ...request }),
  };
}
