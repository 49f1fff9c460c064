/** The train worker: its language is TrainRequests and TrainEvent. */
import type { TrainRequests } from "../core/messages.ts";
import { serve } from "../core/requests.ts";
import { openLabDb } from "../storage/db.ts";
import { openSearchClient } from "./searchClient.ts";
import { Session } from "./session.ts";
import { openTrainingLock } from "./trainingLock.ts";

const db = openLabDb();
db.catch(() => {}); // said in the answer to the first request that needs it
const lock = openTrainingLock(db);
const session = new Session({
  db,
  search: openSearchClient(),
  lock,
  post: (event) => self.postMessage(event),
});
serve<TrainRequests>(session, self);
