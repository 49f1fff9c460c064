/** The train worker's end of the channel to the retrieval worker. */
import { LabError, reviveError } from "../core/errors.ts";
import type { RetrievalCommand, RetrievalEvent } from "../core/messages.ts";
import type { RetrievedPassage, TextPair } from "../core/run.ts";

type Search = Omit<Extract<RetrievalCommand, { type: "search" }>, "type" | "requestId">;

export interface SearchClient {
  connect(port: MessagePort): void;
  /** One list of passages per query, best first. @throws LabError as the retrieval worker reports it */
  search(request: Search): Promise<RetrievedPassage[][]>;
  /** p(entailment) of each pair by the model of a folder. @throws LabError as the retrieval worker reports it */
  entail(nli: string, pairs: readonly TextPair[]): Promise<number[]>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export function openSearchClient(): SearchClient {
  let port: MessagePort | null = null;
  let nextId = 0;
  const waiting = new Map<number, Waiting>();

  const send = <T>(command: (requestId: number) => RetrievalCommand): Promise<T> => {
    const to = port;
    if (to === null)
      return Promise.reject(
        new LabError("not-found", "the retrieval worker is not connected: reload the page"),
      );
    const requestId = nextId++;
    return new Promise<T>((resolve, reject) => {
      waiting.set(requestId, { resolve: resolve as (value: unknown) => void, reject });
      to.postMessage(command(requestId));
    });
  };

  return {
    connect(to) {
      port = to;
      to.onmessage = ({ data }: MessageEvent<RetrievalEvent>) => {
        if (data.requestId === null) return;
        const asked = waiting.get(data.requestId);
        if (data.type === "hits") asked?.resolve(data.hits);
        else if (data.type === "entailed") asked?.resolve(data.probabilities);
        else if (data.type === "failed") asked?.reject(reviveError(data.error));
        else return;
        waiting.delete(data.requestId);
      };
    },
    search: (request) => send((requestId) => ({ type: "search", requestId, ...request })),
    entail: (nli, pairs) => send((requestId) => ({ type: "entail", requestId, nli, pairs })),
  };
}
