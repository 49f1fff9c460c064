/** The retrieval worker: documents in, passages out. Its language is RetrievalRequests. */
import type { RetrievalRequests } from "../core/messages.ts";
import { serve } from "../core/requests.ts";
import { openLabDb } from "../storage/db.ts";
import { openRetrievalService } from "./retrievalService.ts";

const db = openLabDb();
db.catch(() => {}); // said in the answer to the first request that needs it
serve<RetrievalRequests>(openRetrievalService(db), self);
