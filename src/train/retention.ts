/**
 * Retention (method.md §3, `retain`): a share of the visits brings an open-book row, (Z, x_b) and an answer to it, on which
 * the model is to stay what the base is. Reading is not unlearned. The rows are the run's own questions with what is taught
 * there, or those of a foreign archive with what the base says there (reading.ts); in the last `retain_cycles` there is
 * nothing else.
 */
import type { RunConfig } from "../core/config.ts";
import { hash3, openRng, shuffled } from "../core/rng.ts";
import type { QuestionLoss, Sequence, TopTokens } from "../model/policy.ts";
import type { CycleContext } from "./context.ts";
import { type Form, formsOf } from "./forms.ts";
import { completionTaught } from "./taught.ts";

/** A place of an update's batch that brings a row, in which form, and which of the foreign ones: at `foreign` of them, from 0 below 1. */
export interface Retained {
  place: number;
  form: Form;
  foreign: number;
}

/** Those of an update of `places` visits: a share, at least one, drawn by seed and update alone; none where λ is 0. */
export function drawRetained(
  config: Pick<RunConfig, "seed" | "retain" | "answers">,
  update: number,
  places: number,
  share: number,
): Retained[] {
  if (config.retain === 0 || share === 0) return [];
  const rng = openRng(hash3(config.seed, update, 0), "retain");
  const count = Math.min(places, Math.max(1, Math.round(share * places)));
  const forms = formsOf(config);
  return shuffled(
    Array.from({ length: places }, (_, place) => place),
    rng,
  )
    .slice(0, count)
    .map((place) => ({ place, form: forms[Math.floor(rng.next() * forms.length)]! }))
    .map((row) => ({ ...row, foreign: rng.next() }));
}

/** What the base says of every row that may come, in every form, open book. */
export type RetainedRows = Partial<Record<Form, { sequence: Sequence; teacher: TopTokens }[]>>;

/** How many rows there are. */
export const retainedCount = ({ config, reading, data }: CycleContext): number =>
  config.retain === 0 ? 0 : (reading?.questions ?? data.train).length * formsOf(config).length;

/**
 * The rows with the base's likeliest tokens, made once while what is taught stays. They are many numbers and no checkpoint
 * keeps them: all are made together, so that a resumed run makes the same ones.
 */
export async function retainedRows(
  run: CycleContext,
  onProgress?: (rows: number) => void,
): Promise<RetainedRows> {
  if (run.retained !== null) return run.retained;
  const { deps, meter } = run;
  const forms = formsOf(run.config);
  const sequences = forms.map((form) => openBookRows(run, form));
  const tokens = await deps.policy.teach(sequences.flat(), onProgress);
  meter.tokens(
    sequences.flat().reduce((n, { context, completion }) => n + context.length + completion.length, 0),
  );
  let at = 0;
  run.retained = Object.fromEntries(
    sequences.map((rows, f) => [forms[f]!, rows.map((sequence) => ({ sequence, teacher: tokens[at++]! }))]),
  );
  return run.retained;
}

/** (Z, x_b) and what is kept there: of every foreign question, or of every training question in its own words. */
function openBookRows(run: CycleContext, form: Form): Sequence[] {
  const { prompts, reading, state, data, Z } = run;
  const { questions, Z: passages } = reading ?? { questions: data.train, Z: Z.train };
  return questions.map((question, i) => ({
    context: prompts.ask(question, passages[i]!, form === "explain"),
    completion: reading ? state.reading![form]![i]! : completionTaught(run, i, form),
  }));
}

/** A retained row: by its place among those of its form, and by what its value counts in its question's loss. */
export interface KeptRow {
  form: Form;
  row: number; // of the foreign archive's questions, where the run keeps one readable, else of the training questions
  slope: number;
}

/** A row's loss: by its slope, minus the mean KL(π_base ‖ π) of its tokens. */
export function keptLoss(rows: RetainedRows, { form, row, slope }: KeptRow): QuestionLoss {
  const { sequence, teacher } = rows[form]![row]!;
  return { terms: [{ name: "kl", sequence, tokens: null, teacher }], loss: [slope] };
}
