/** What the page acts through: the workers and the database. One object, handed down by context. */
import { createContext, useContext } from "react";
import type { MapRequests, ModelRequests, RetrievalRequests } from "../core/messages.ts";
import type { Client } from "../core/requests.ts";
import type { Corpora } from "./corpora.ts";
import type { Experiments } from "./experiments.ts";
import type { Reviews } from "./reviews.ts";
import type { StoredRuns } from "./storedRuns.ts";
import type { DocumentsClient, TrainClient } from "./workers.ts";

export interface Lab {
  train: TrainClient | null; // null without WebGPU
  retrieval: Client<RetrievalRequests>;
  documents: DocumentsClient;
  runs: StoredRuns;
  corpora: Corpora;
  reviews: Reviews;
  experiments: Experiments;
  models: Client<ModelRequests>;
  maps: Client<MapRequests>;
}

export const LabContext = createContext<Lab | null>(null);

export function useLab(): Lab {
  const lab = useContext(LabContext);
  if (!lab) throw new Error("useLab outside <LabContext>");
  return lab;
}
