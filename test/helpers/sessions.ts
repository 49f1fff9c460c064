/** The train worker without a worker: a session on a database, with its retrieval, its events kept in order. */
import { reportError } from "../../src/core/errors.ts";
import type { RetrievalRequests, TrainEvent, TrainRequests } from "../../src/core/messages.ts";
import { type AskOf, answer, type Client, openClient, serve } from "../../src/core/requests.ts";
import type { LabDb } from "../../src/storage/db.ts";
import { openRetrievalService } from "../../src/workers/retrievalService.ts";
import { openSearchClient } from "../../src/workers/searchClient.ts";
import { Session } from "../../src/workers/session.ts";
import type { TrainingLock } from "../../src/workers/trainingLock.ts";

type Type = TrainEvent["type"];
type Of<T extends Type> = Extract<TrainEvent, { type: T }>;

export interface Tab extends Client<TrainRequests> {
  events: TrainEvent[];
  /** Asks and goes on at once, as the page does; a refusal becomes an event. */
  send<K extends keyof TrainRequests>(name: K, ask: AskOf<TrainRequests[K]>): void;
  /** The first event of this type, from the last `send` on, that is as wanted; a failure nobody waits for is thrown. */
  until<T extends Type>(type: T, wanted?: (event: Of<T>) => boolean): Promise<Of<T>>;
  index(ask: RetrievalRequests["index"]["ask"]): Promise<void>;
  close(): void;
}

const ALONE: TrainingLock = { take: async () => true, release() {}, elsewhere: async () => undefined };

/** A tab as after a load: nothing in memory, everything in the database. */
export function openTab(db: LabDb, lock: TrainingLock = ALONE): Tab {
  const events: TrainEvent[] = [];
  let since = 0; // events before the last command are old news
  let wake = (): void => {};
  const post = (event: TrainEvent): void => {
    events.push(event);
    wake();
  };
  const opening = Promise.resolve(db);
  const retrieval = openRetrievalService(opening);
  const search = openSearchClient();
  const { port1, port2 } = new MessageChannel();
  serve<RetrievalRequests>(retrieval, port1);
  search.connect(port2);
  const session = new Session({ db: opening, search, lock, post });
  // Not over a channel: Node's loses the names of files.
  const client = openClient<TrainRequests>((call) => void answer(session, call, client.take));

  return {
    events,
    ask: client.ask,
    send(name, ask) {
      since = events.length;
      const fail = (error: unknown) => post({ type: "failed", runId: null, error: reportError(error) });
      client.ask(name, ask).catch(fail);
    },
    async until<T extends Type>(type: T, wanted: (event: Of<T>) => boolean = () => true): Promise<Of<T>> {
      for (let at = since; ; at++) {
        while (at >= events.length)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        const event = events[at]!;
        if (event.type === type && wanted(event as Of<T>)) return event as Of<T>;
        if (event.type === "failed") throw new Error(`${event.error.code}: ${event.error.message}`);
      }
    },
    async index(ask) {
      await retrieval.index(ask, () => {});
    },
    close() {
      port1.close();
      port2.close();
    },
  };
}
