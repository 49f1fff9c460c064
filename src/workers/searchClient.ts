/** The train worker's end of the channel to the retrieval worker. */
import { LabError, reviveError } from "../core/errors.ts";
import type { RetrievalCommand, RetrievalEvent } from "../core/messages.ts";
import type { RetrievedPassage } from "../core/run.ts";

type Search = Omit<Extract<RetrievalCommand, { type: "search" }>, "type" | "requestId">;

export interface SearchClient {
  connect(port: MessagePort): void;
  /** One list of passages per query, best first. @throws LabError as the retrieval worker reports it */
  search(request: Search): Promise<RetrievedPassage[][]>;
}

export function openSearchClient(): SearchClient {
  let port: MessagePort | null = null;
  let nextId = 0;
  const waiting = new Map<
    number,
    { resolve(hits: RetrievedPassage[][]): void; reject(error: Error): void }
  >();
  return {
    connect(to) {
      port = to;
      to.onmessage = ({ data }: MessageEvent<RetrievalEvent>) => {
        if (data.requestId === null) return;
        const asked = waiting.get(data.requestId);
        if (data.type === "hits") asked?.resolve(data.hits);
        else if (data.type === "failed") asked?.reject(reviveError(data.error));
        else return;
        waiting.delete(data.requestId);
      };
    },
    search(request) {
      const to = port;
      if (to === null)
        return Promise.reject(
          new LabError("not-found", "the retrieval worker is not connected: reload the page"),
        );
      const requestId = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(requestId, { resolve, reject });
        to.postMessage({ type: "search", requestId, ...request } satisfies RetrievalCommand);
      });
    },
  };
}
