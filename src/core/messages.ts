/** The whole language between page and workers. A new message does not compile until both sides handle it. */
import type { RunConfig } from "./config.ts";
import type { ErrorReport } from "./errors.ts";
import type { DownloadPlan, DownloadProgress, StoredModel } from "./models.ts";
import type {
  CycleAnswers,
  Inspection,
  MetricRow,
  Phase,
  QuestionSet,
  RetrievedPassage,
  RunRecord,
  RunStatus,
  TextPair,
} from "./run.ts";

/** What the page knows of the GPU and the model once they are there. */
export interface EngineInfo {
  model: string; // as in RunConfig.model
  gpuAdapter: string; // "vendor architecture device", as the adapter describes itself
  isFallbackAdapter: boolean; // a software adapter: works, slowly
  parameters: number;
  modelBytes: number;
  canThink: boolean; // whether its chat template lets it think aloud first
  features: string[];
}

/** Where a run is; sent whenever one of the fields changes, at most ten times a second. */
export interface Progress {
  status: RunStatus;
  phase: Phase | null;
  cycle: number; // the cycle under way, 0 = the evaluation before training
  cycles: number;
  done: number; // within the phase: questions or updates
  of: number;
  secondsLeft: number | null; // null until a cycle has been timed
  tokensPerSecond: number | null; // over the last phase that moved tokens
}

/** Whose adapter answers a question, and how much of it. */
export interface AdapterUse {
  name: string | null; // null: the run's own; else one that was loaded
  scale: number; // 1: as it was trained
}

/** How an adapter leaves the lab: for PEFT, for llama.cpp, or worked into the model. */
export type AdapterFormat = "peft" | "gguf" | "merged";

/** Page → train worker. */
export type TrainCommand =
  | { type: "connect"; port: MessagePort } // the retrieval worker's end of a channel
  | { type: "open"; site: string; model: string } // the page's URL, RunConfig.model; answers `opened`
  | { type: "prepare" } // chooses the kernels, seconds of work; answers `prepared`. Whatever needs them earlier starts it
  | { type: "start"; runId: string; name: string; createdAt: number; config: RunConfig; step: boolean }
  | { type: "resume"; runId: string; step: boolean } // from pause or, after a reload, from the last checkpoint
  | { type: "step"; runId: string } // one update, or the phase before it, then pause
  | { type: "pause"; runId: string }
  | { type: "stop"; runId: string }
  | {
      type: "inspect";
      requestId: number;
      runId: string | null;
      set: QuestionSet;
      index: number;
      config: RunConfig;
    }
  | {
      type: "ask";
      requestId: number;
      runId: string | null;
      question: string;
      explain: boolean;
      thinking: boolean; // thinks aloud first, where the model can
      adapter: AdapterUse | null; // null: the base
      config: RunConfig;
    }
  | { type: "loadAdapter"; requestId: number; name: string; files: File[] } // a PEFT folder's; answers `adapters`
  | { type: "unloadAdapter"; requestId: number; name: string } // answers `adapters`
  | { type: "export"; requestId: number; runId: string; format: AdapterFormat };

/** A free question answered both ways. */
export interface AskReply {
  open: FreeAnswer & { passages: RetrievedPassage[] };
  closed: FreeAnswer;
}

export interface FreeAnswer {
  text: string; // empty where the thinking took all the tokens there were
  thinking: string | null; // what it thought aloud, null where it did not
}

/** Train worker → page. Events of a run carry its id; late ones are dropped by the page. */
export type TrainEvent =
  | { type: "opened"; info: EngineInfo }
  | { type: "prepared" } // shaders built and self-tested
  | { type: "locked"; runId: string | null } // another tab trains
  | { type: "run"; run: RunRecord } // stored, then announced
  | { type: "progress"; runId: string; progress: Progress }
  | { type: "metrics"; runId: string; rows: MetricRow[] } // stored, then announced
  | { type: "answers"; runId: string; answers: CycleAnswers }
  | { type: "inspection"; requestId: number; inspection: Inspection }
  | { type: "reply"; requestId: number; reply: AskReply }
  | { type: "adapters"; requestId: number; names: string[] } // loaded beside the run's own, to be asked
  | { type: "exported"; requestId: number; files: { name: string; content: Blob }[] }
  | { type: "failed"; runId: string | null; requestId: number | null; error: ErrorReport };

/** Page or train worker → retrieval worker. */
export type RetrievalCommand =
  | { type: "connect"; port: MessagePort } // the train worker's end of a channel: what arrives there is answered there
  | { type: "index"; requestId: number; corpus: string; embedder: string; documents: SourceDocument[] }
  | {
      type: "search";
      requestId: number;
      corpus: string;
      queries: string[];
      retrieval: "hybrid" | "bm25" | "cosine";
      k: number;
      tokenBudget: number | null;
    }
  | { type: "entail"; requestId: number; nli: string; pairs: readonly TextPair[] }; // answers `entailed`

/** Retrieval worker → whoever asked. */
export type RetrievalEvent =
  | { type: "indexing"; requestId: number; done: number; of: number }
  | {
      type: "indexed";
      requestId: number;
      documents: number;
      passages: number;
      embedder: string;
      dimension: number;
    }
  | { type: "hits"; requestId: number; hits: RetrievedPassage[][] }
  | { type: "entailed"; requestId: number; probabilities: number[] }
  | { type: "failed"; requestId: number | null; error: ErrorReport };

/** Page → models worker: what is stored in the browser's own file system, and how it gets there. */
export type ModelCommand =
  | { type: "list"; requestId: number }
  | { type: "plan"; requestId: number; source: string; hub: string } // answers `planned`; fetches nothing yet
  | { type: "download"; requestId: number; plan: DownloadPlan } // `downloading` until `stored`
  | { type: "keep"; requestId: number; id: string; files: File[] } // dropped files; answers `stored`
  | { type: "cancel"; id: string } // what has come is kept
  | { type: "remove"; requestId: number; id: string };

/** Models worker → page. */
export type ModelEvent =
  | { type: "models"; requestId: number; models: StoredModel[] }
  | { type: "planned"; requestId: number; plan: DownloadPlan }
  | { type: "downloading"; id: string; progress: DownloadProgress }
  | { type: "stored"; requestId: number; model: StoredModel }
  | { type: "removed"; requestId: number }
  | { type: "failed"; requestId: number | null; error: ErrorReport };

/** A document as dropped or bundled: ready-made passages are kept as they are, otherwise `text` is cut. */
export interface SourceDocument {
  id: string;
  title: string;
  text: string | null;
  passages: string[] | null;
}
