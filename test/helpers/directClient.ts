/** A worker's handlers without the worker: asked directly, each to be spied on by its name. */
import { answer, type Client, type Handlers, openClient, type RequestMap } from "../../src/core/requests.ts";

export type DirectClient<M extends RequestMap<M>> = Client<M> & Handlers<M>;

export function directClient<M extends RequestMap<M>>(handlers: Handlers<M>): DirectClient<M> {
  const direct = { ...handlers };
  const client = openClient<M>((call) => void answer(direct, call, client.take));
  return Object.assign(direct, { ask: client.ask });
}
