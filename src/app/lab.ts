/** What the page acts through: the workers and the database. One object, handed down by context. */
import { createContext, useContext } from "react";
import type { Corpora } from "./corpora.ts";
import type { ModelsClient } from "./modelsClient.ts";
import type { RetrievalClient } from "./retrievalClient.ts";
import type { StoredRuns } from "./storedRuns.ts";
import type { TrainClient } from "./trainClient.ts";

export interface Lab {
  train: TrainClient | null; // null without WebGPU
  retrieval: RetrievalClient;
  runs: StoredRuns;
  corpora: Corpora;
  models: ModelsClient;
}

export const LabContext = createContext<Lab | null>(null);

export function useLab(): Lab {
  const lab = useContext(LabContext);
  if (!lab) throw new Error("useLab outside <LabContext>");
  return lab;
}
