/** The page's end of the retrieval worker: indexing with progress, and search. Needs no GPU. */
import { reviveError } from "../core/errors.ts";
import type { RetrievalCommand, RetrievalEvent } from "../core/messages.ts";
import type { RetrievedPassage } from "../core/run.ts";
import { type OnProgress, openRequests, type WorkerLike, workerError } from "./requests.ts";

type Of<T extends RetrievalCommand["type"]> = Extract<RetrievalCommand, { type: T }>;
type Request<T extends "index" | "search"> = Omit<Of<T>, "type" | "requestId">;
export type IndexSummary = Omit<Extract<RetrievalEvent, { type: "indexed" }>, "type" | "requestId">;

export interface RetrievalClient {
  connect(port: MessagePort): void;
  index(request: Request<"index">, onProgress: OnProgress): Promise<IndexSummary>;
  /** One list of passages per query, best first. */
  search(request: Request<"search">): Promise<RetrievedPassage[][]>;
}

export const startRetrievalWorker = (): Worker =>
  new Worker(new URL("../workers/retrieval.worker.ts", import.meta.url), {
    type: "module",
    name: "retrieval",
  });

export function openRetrievalClient(worker: WorkerLike): RetrievalClient {
  const requests = openRequests(worker);

  worker.addEventListener("message", ({ data }: MessageEvent<RetrievalEvent>) => {
    switch (data.type) {
      case "indexing":
        return requests.progress(data.requestId, data.done, data.of);
      case "indexed": {
        const { type: _type, requestId, ...summary } = data;
        return requests.resolve(requestId, summary);
      }
      case "hits":
        return requests.resolve(data.requestId, data.hits);
      case "entailed":
        return requests.resolve(data.requestId, data.probabilities);
      case "failed":
        if (data.requestId === null) return requests.rejectAll(reviveError(data.error));
        return requests.reject(data.requestId, reviveError(data.error));
      default:
        data satisfies never;
    }
  });
  worker.addEventListener("error", (event) => requests.rejectAll(new Error(workerError(event, "retrieval"))));

  return {
    connect: (port) => worker.postMessage({ type: "connect", port }, [port]),
    index: (request, onProgress) => requests.send({ type: "index", ...request }, onProgress),
    search: (request) => requests.send({ type: "search", ...request }),
  };
}
