/**
 * The whole language between page and workers: one interface of requests for each worker, and the train worker's events.
 * A new request is an entry here and a handler of that name; a new event does not compile until the page takes it.
 */
import type { Block, SourceFile } from "./blocks.ts";
import type { Retrieval, RunConfig } from "./config.ts";
import type { ErrorReport } from "./errors.ts";
import type { Fact, ReadPassage } from "./facts.ts";
import type { DownloadPlan, DownloadProgress, StoredModel } from "./models.ts";
import type { Places } from "./pca.ts";
import type {
  BookAdded,
  CycleAnswers,
  Inspection,
  MetricRow,
  OptionSitting,
  Phase,
  Question,
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
  passageTokens: number; // that the passages of a question may take, as a search's `tokenBudget`
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

/** What the train worker is asked, by the page. How a run goes is told by events; its request is done when it has ended. */
export interface TrainRequests {
  connect: { ask: { port: MessagePort } }; // the retrieval worker's end of a channel
  open: { ask: { site: string; model: string } }; // the page's URL, RunConfig.model; done after `opened`
  prepare: { ask: null }; // chooses the kernels, seconds of work; `prepared`. Whatever needs them earlier starts it
  start: { ask: { runId: string; name: string; createdAt: number; config: RunConfig; step: boolean } };
  resume: { ask: { runId: string; step: boolean } }; // from pause or, after a reload, from the last checkpoint
  extend: { ask: { runId: string; cycles: number } }; // goes on with a finished run for so many cycles more
  step: { ask: { runId: string } }; // one update, or the phase before it, then pause
  pause: { ask: { runId: string } };
  stop: { ask: { runId: string } };
  inspect: {
    ask: { runId: string | null; set: QuestionSet; index: number; config: RunConfig };
    reply: Inspection;
  };
  added: {
    ask: { set: QuestionSet; index: number; config: RunConfig }; // the base answers, in every form of the settings
    reply: { passages: RetrievedPassage[]; forms: BookAdded[] };
  };
  ask: {
    ask: {
      runId: string | null;
      question: string;
      explain: boolean;
      thinking: boolean; // thinks aloud first, where the model can
      adapter: AdapterUse | null; // null: the base
      config: RunConfig;
    };
    reply: AskReply;
  };
  judge: {
    ask: { sittings: OptionSitting[]; config: RunConfig }; // the base of its model, in its words; needs no run
    reply: number[][]; // s(option | prompt) of each sitting's options, nats per token
    progress: { done: number; of: number }; // sittings
  };
  checkGpu: { ask: null; reply: GpuCheck; progress: GpuCheckProgress }; // refused while a run is under way; a run ends it
  stopGpuCheck: { ask: null }; // the check replies with what it has found
  norms: { ask: { runId: string }; reply: AdapterNorms }; // of what is stored of its adapter
  loadAdapter: { ask: { name: string; files: File[] }; reply: string[] }; // a PEFT folder's; all that are loaded
  unloadAdapter: { ask: { name: string }; reply: string[] };
  export: { ask: { runId: string; format: AdapterFormat }; reply: ExportedFile[] };
  bundle: { ask: { runId: string }; reply: Blob }; // a stored run as a zip (core/bundle.ts)
}

/** ‖ΔW‖, the Frobenius norm of what an adapter adds to each matrix. */
export interface AdapterNorms {
  modules: string[];
  steps: {
    cycle: number; // finished
    update: number | null; // done, where it is in the middle of a cycle
    norms: (number | null)[][]; // by layer, by module
  }[];
}

/** What became of a kernel on this GPU. */
export interface KernelCheck {
  kernel: string; // as the device knows it: name, constants, parts
  stem: string; // the plain kernel whose float64 reference it is held against
  type: string; // of the weights it reads, where it reads any
  maxError: number | null; // the largest |got − want|; null where it did not run
  share: number | null; // the largest |got − want| / (atol + rtol·|want|): 1 is what its tolerance allows
  passed: boolean;
  fault: string | null; // why it did not run
  seconds: number | null; // of one dispatch; null where it was not timed, as is nothing that is wrong
  flops: number | null; // of that dispatch, for the products, which are timed on a layer's size …
  rows: number | null; // … with so many rows; null: timed on the small data it is checked on
}

export interface GpuCheckProgress {
  done: number; // kernels
  of: number;
  latest: KernelCheck;
}

export interface GpuCheck {
  gpuAdapter: string;
  isFallbackAdapter: boolean;
  of: number; // kernels there are to check
  results: KernelCheck[];
  fault: string | null; // why it ended before its end; null too where it was stopped
}

/** A file of an adapter that leaves the lab. */
export interface ExportedFile {
  name: string;
  content: Blob;
}

/** A free question answered both ways. */
export interface AskReply {
  open: FreeAnswer & { passages: RetrievedPassage[] };
  closed: FreeAnswer;
}

export interface FreeAnswer {
  text: string; // empty where the thinking took all the tokens there were
  thinking: string | null; // what it thought aloud, null where it did not
}

/** Train worker → page, unasked. Events of a run carry its id; late ones are dropped by the page. */
export type TrainEvent =
  | { type: "opened"; info: EngineInfo }
  | { type: "prepared"; flopsPerSecond?: number } // shaders built and self-tested; how fast a matrix product was, where it was timed
  | { type: "locked"; runId: string | null } // another tab trains
  | { type: "run"; run: RunRecord } // stored, then announced
  | { type: "progress"; runId: string; progress: Progress }
  | { type: "metrics"; runId: string; rows: MetricRow[] } // stored, then announced
  | { type: "answers"; runId: string; answers: CycleAnswers }
  | { type: "failed"; runId: string | null; error: ErrorReport };

/** What the retrieval worker is asked, by the page and by the train worker. */
export interface RetrievalRequests {
  connect: { ask: { port: MessagePort } }; // the train worker's end of a channel: what arrives there is answered there
  index: {
    ask: {
      corpus: string;
      embedder: string;
      documents: SourceDocument[];
      questions?: Partial<Record<QuestionSet, Question[]>>; // stored with the documents; absent: those there are stay
    };
    reply: IndexSummary;
    progress: { done: number; of: number }; // passages that have to be embedded
  };
  forget: { ask: { corpus: string } }; // it is deleted: nothing of it stays in memory, indexing under way ends
  stopIndex: { ask: { corpus: string } }; // indexing rejects with `aborted`; documents and what is embedded are kept
  search: {
    ask: {
      corpus: string;
      queries: string[];
      retrieval: Retrieval;
      k: number;
      tokenBudget: number | null;
    };
    reply: RetrievedPassage[][]; // a list per query, best first
  };
  embed: { ask: { corpus: string; queries: string[] }; reply: Float32Array<ArrayBuffer> }; // as a search embeds them
  makeFacts: {
    ask: { corpus: string; seed: number };
    reply: { passages: ReadPassage[]; facts: Fact[] }; // in the order of the passages
  };
  entail: { ask: { nli: string; pairs: readonly TextPair[] }; reply: number[] }; // p(entailment) of each pair
}

export interface IndexSummary {
  documents: number;
  passages: number;
  embedder: string;
  dimension: number;
}

/** What the models worker is asked: what is stored in the browser's own file system, and how it gets there. */
export interface ModelRequests {
  list: { ask: null; reply: StoredModel[] };
  plan: { ask: { source: string; hub: string }; reply: DownloadPlan }; // what a name or a URL stands for; fetches nothing
  download: { ask: { plan: DownloadPlan }; reply: StoredModel; progress: DownloadProgress }; // goes on where it was cut
  keep: { ask: { id: string; files: File[] }; reply: StoredModel }; // stores dropped files as a model
  cancel: { ask: { id: string } }; // what has come is kept; the download rejects with `aborted`
  remove: { ask: { id: string } };
}

/** What the map worker is asked. */
export interface MapRequests {
  // UMAP's places of vectors, (count, dimension); a newer one ends it: it rejects with `aborted`
  fit: {
    ask: { vectors: Float32Array; dimension: number; seed: number };
    reply: Places;
    progress: { done: number; of: number }; // epochs
  };
  place: { ask: { vectors: Float32Array }; reply: Places }; // of others, on what was fitted last
}

/** What the documents worker is asked. To stop it is to end it: a file that keeps it busy hears nothing. */
export interface DocumentRequests {
  read: { ask: { files: { path: string; file: File }[] }; reply: Dropped; progress: DropProgress };
}

/** How far reading is. */
export interface DropProgress {
  name: string; // the file under way
  done: number; // files before it
  of: number; // files as far as is known: a zip's come when it is opened
  part: number; // pages, chapters or slides of the file, from 1
  parts: number; // 0 until that is known
}

export interface QuestionFile {
  name: string;
  set: QuestionSet; // told by its name, until somebody says otherwise
  questions: Question[];
}

/** What was dropped, before it is decided which file is for which set. */
export interface Dropped {
  name: string | null; // of a collection that left the lab as one file
  documents: SourceDocument[];
  questionFiles: QuestionFile[];
  notes: string[]; // how a file was read where that is not plain
  faults: string[]; // questions that were left out, each with its file and line
  unread: { name: string; reason: string }[]; // files that could not be read
}

/** A document as dropped or bundled, in one of three forms: blocks and text are cut, ready-made passages kept as they are. */
export interface SourceDocument {
  id: string;
  title: string;
  text: string | null;
  passages: string[] | null;
  blocks?: Block[] | null; // as are the next, absent in documents that were stored before files were read into blocks
  file?: SourceFile | null; // null where there is none: documents.json
}
