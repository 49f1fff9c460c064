/** The train worker without a worker: a session on a database, with its retrieval, its events kept in order. */
import type { RetrievalCommand, TrainCommand, TrainEvent } from "../../src/core/messages.ts";
import type { LabDb } from "../../src/storage/db.ts";
import { handle } from "../../src/workers/handle.ts";
import { listen, openRetrievalService } from "../../src/workers/retrievalService.ts";
import { openSearchClient } from "../../src/workers/searchClient.ts";
import { Session } from "../../src/workers/session.ts";
import type { TrainingLock } from "../../src/workers/trainingLock.ts";

type Type = TrainEvent["type"];
type Of<T extends Type> = Extract<TrainEvent, { type: T }>;

export interface Tab {
  events: TrainEvent[];
  /** Sends a command and goes on at once, as the page does. */
  send(command: TrainCommand): void;
  /** The first event of this type, from the last `send` on, that is as wanted; a failure nobody waits for is thrown. */
  until<T extends Type>(type: T, wanted?: (event: Of<T>) => boolean): Promise<Of<T>>;
  index(command: Omit<Extract<RetrievalCommand, { type: "index" }>, "type" | "requestId">): Promise<void>;
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
  listen(retrieval, port1);
  search.connect(port2);
  const session = new Session({ db: opening, search, lock, post });

  return {
    events,
    send(command) {
      since = events.length;
      void handle(command, session, search, post);
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
    async index(command) {
      await retrieval.handle({ type: "index", requestId: 0, ...command }, (event) => {
        if (event.type === "failed") throw new Error(event.error.message);
      });
    },
    close() {
      port1.close();
      port2.close();
    },
  };
}
