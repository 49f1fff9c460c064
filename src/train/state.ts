/** All that a run is besides the weights it started from: enough to go on after a reload to the same bits. */
import type { RunConfig } from "../core/config.ts";
import type { CycleAnswers, FurtherMeasures, PartMeasures } from "../core/run.ts";
import type { AdapterState } from "../model/policy.ts";
import type { Answer } from "./answers.ts";
import { type ByForm, formsOf } from "./forms.ts";
import type { Measure } from "./plan.ts";
import type { Grade } from "./reward.ts";
import type { Sample } from "./samples.ts";

/** Plain data, to be cloned or written as JSON. */
export interface CycleState {
  position: number; // pieces of the plan done
  updates: number; // done, over the whole run
  rows: number; // metric rows stored so far; any beyond belong to work that will be done again
  preferred: ByForm<Answer[]> | null; // y_w per view
  grades: ByForm<Grade[]> | null; // of y_w
  credit: ByForm<number[][]> | null; // w_t per token of what is taught, per view
  reading: ByForm<number[][]> | null; // completions that the base gives to the foreign questions, book open
  rejected: ByForm<Answer[]> | null; // y_l per training question, of the model as it was at the cycle's start
  samples: ByForm<Sample[][]> | null; // per training question, of the same model
  measured: Partial<Record<Measure, number | null>>; // of the evaluation under way, as are the next five
  further: Partial<FurtherMeasures> & PartMeasures;
  told: boolean[] | null; // per held-out question whether its explained answer, closed book, is right
  closed_response_accuracy: number | null;
  open_response_accuracy: number | null;
  asked: number[]; // 1 where a held-out response had to be asked for its answer, else 0; empty where none would be
  chosen: Omit<CycleAnswers, "cycle">;
  question_visits: number;
  passage_visits: number;
  supervised_tokens: number;
  seconds: number; // at work: pauses and reloads left out
}

export interface Checkpoint {
  state: CycleState;
  adapter: AdapterState;
}

export const newState = (): CycleState => ({
  position: 0,
  updates: 0,
  rows: 0,
  preferred: null,
  grades: null,
  credit: null,
  reading: null,
  rejected: null,
  samples: null,
  measured: {},
  further: {},
  told: null,
  closed_response_accuracy: null,
  open_response_accuracy: null,
  asked: [],
  chosen: { closed_test: [], open_test: [] },
  question_visits: 0,
  passage_visits: 0,
  supervised_tokens: 0,
  seconds: 0,
});

/** A stored state with all that this version keeps: earlier ones had answers of the run's one form, in plain lists. */
export function takenUp(stored: CycleState, config: Pick<RunConfig, "answers">): CycleState {
  const state = { ...newState(), ...structuredClone(stored) };
  const [form] = formsOf(config);
  const byForm = <T>(kept: ByForm<T[]> | T[] | null): ByForm<T[]> | null =>
    Array.isArray(kept) ? { [form!]: kept } : kept;
  return {
    ...state,
    preferred: byForm(state.preferred),
    grades: byForm(state.grades),
    rejected: byForm(state.rejected),
  };
}
