/** What every piece of a run's work has at hand. */
import type { RunConfig } from "../core/config.ts";
import type {
  Baselines,
  CycleAnswers,
  Entail,
  MemoryNeed,
  MetricRow,
  Question,
  RetrievedPassage,
} from "../core/run.ts";
import type { Policy } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";
import type { Sitting } from "./answers.ts";
import type { Chain } from "./chains.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { CycleProgress, Meter } from "./meter.ts";
import type { Prompts } from "./prompts.ts";
import type { RetainedRows } from "./retention.ts";
import type { SoftTargets } from "./softTargets.ts";
import type { Checkpoint, CycleState } from "./state.ts";
import type { View } from "./views.ts";

export interface RunData {
  train: Question[];
  test: Question[];
  twohop: Question[]; // may be empty
  held?: Question[]; // looked at, not measured
}

/** What a boundary leaves behind. The checkpoint, where there is one, stands for the moment after the rows. */
export interface Entry {
  rows: MetricRow[];
  answers: CycleAnswers | null;
  checkpoint: Checkpoint | null;
}

/** The world as the cycle needs it; IndexedDB in the worker, files in the runner. */
export interface CycleDeps {
  policy: Policy;
  tokenizer: ChatTokenizer;
  retrieve(questions: string[], k: number): Promise<RetrievedPassage[][]>;
  elsewhere: Elsewhere | null; // where the settings name another archive (elsewhere.ts)
  reading: Elsewhere | null; // where they name a foreign one for retention (reading.ts)
  entail: Entail | null; // null: the part `entailed` of rationality is not computed
  now(): number; // ms, from any origin
  checkpointSeconds: number; // least time between two checkpoints, but for cycle ends and pauses, which always have one
  /** Stores an entry whole or not at all, and only then lets others know. */
  store(entry: Entry): Promise<void>;
  onBaselines(baselines: Baselines): void;
  onMemory(need: MemoryNeed): void; // before the first piece
  onProgress(progress: CycleProgress): void;
}

/** Questions of another archive with their passages. */
export interface Foreign {
  questions: Question[];
  Z: string[][];
}

export interface CycleContext {
  config: RunConfig;
  data: RunData;
  deps: CycleDeps;
  prompts: Prompts;
  views: View[]; // the training questions in their wordings
  wordings: number[][]; // per training question the indices of its views, its own words first
  Z: { train: string[][]; test: string[][] }; // passages per view and per test question, best first
  chains: Chain[] | null; // put together at the first update after y_w came, and so after a resume
  retained: RetainedRows | null; // the same
  elsewhere: Foreign | null; // of the other archive
  reading: Foreign | null; // of the one kept readable
  targets: SoftTargets | null; // the same, of the objective's own
  state: CycleState;
  meter: Meter;
}

/** The model as it is now, or with `adapter` false the base, closed book unless there are passages. */
export const sit = (run: CycleContext, passages: string[][] | null, adapter = true): Sitting => ({
  policy: run.deps.policy,
  tokenizer: run.deps.tokenizer,
  prompts: run.prompts,
  passages,
  adapter,
  onProgress: run.meter.advance,
  onTokens: run.meter.tokens,
});
