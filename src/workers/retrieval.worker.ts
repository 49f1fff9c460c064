/** The retrieval worker: documents in, passages out. Its language is RetrievalCommand and RetrievalEvent. */
import { openLabDb } from "../storage/db.ts";
import { listen, openRetrievalService } from "./retrievalService.ts";

const db = openLabDb();
db.catch(() => {}); // said in the answer to the first command that needs it
listen(openRetrievalService(db), self);
