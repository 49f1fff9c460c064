/** The train worker's end of the channel to the retrieval worker. */
import { LabError } from "../core/errors.ts";
import type { RetrievalRequests } from "../core/messages.ts";
import { type Answer, type Client, openClient } from "../core/requests.ts";

export interface SearchClient extends Client<RetrievalRequests> {
  connect(port: MessagePort): void;
}

export function openSearchClient(): SearchClient {
  let port: MessagePort | null = null;
  const client = openClient<RetrievalRequests>((call, transfer) => {
    if (port === null)
      throw new LabError("not-found", "the retrieval worker is not connected: reload the page");
    port.postMessage(call, transfer);
  });
  return {
    ask: client.ask,
    connect(to) {
      port = to;
      to.onmessage = ({ data }: MessageEvent<Answer>) => client.take(data);
    },
  };
}
