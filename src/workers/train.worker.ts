/** The train worker: its language is TrainCommand and TrainEvent. */
import type { TrainCommand, TrainEvent } from "../core/messages.ts";
import { openLabDb } from "../storage/db.ts";
import { handle } from "./handle.ts";
import { openSearchClient } from "./searchClient.ts";
import { Session } from "./session.ts";
import { openTrainingLock } from "./trainingLock.ts";

const db = openLabDb();
db.catch(() => {}); // said in the answer to the first command that needs it
const search = openSearchClient();
const post = (event: TrainEvent): void => self.postMessage(event);
const session = new Session({ db, search, lock: openTrainingLock(db), post });
self.onmessage = ({ data }: MessageEvent<TrainCommand>) => void handle(data, session, search, post);
