/**
 * Retention (method.md §3, `retain`): a share of the visits brings an open-book row, (Z, x_b) and what is taught there, on
 * which the model is to stay what the base is. Reading is not unlearned.
 */
import type { RunConfig } from "../core/config.ts";
import { hash3, openRng, shuffled } from "../core/rng.ts";
import type { QuestionLoss, Sequence, TopTokens } from "../model/policy.ts";
import type { CycleContext } from "./context.ts";
import { type Form, formsOf } from "./forms.ts";
import { completionTaught } from "./taught.ts";

/** A place of an update's batch that brings a row, and in which form. */
export interface Retained {
  place: number;
  form: Form;
}

/** Those of an update of `places` visits: a share, at least one, drawn by seed and update alone; none where λ is 0. */
export function drawRetained(
  config: Pick<RunConfig, "seed" | "retain" | "retain_share" | "answers">,
  update: number,
  places: number,
): Retained[] {
  if (config.retain === 0 || config.retain_share === 0) return [];
  const rng = openRng(hash3(config.seed, update, 0), "retain");
  const count = Math.min(places, Math.max(1, Math.round(config.retain_share * places)));
  const forms = formsOf(config);
  return shuffled(
    Array.from({ length: places }, (_, place) => place),
    rng,
  )
    .slice(0, count)
    .map((place) => ({ place, form: forms[Math.floor(rng.next() * forms.length)]! }));
}

/** What the base says of every row that may come: each training question in its own words, in every form, open book. */
export type RetainedRows = Partial<Record<Form, { sequence: Sequence; teacher: TopTokens }[]>>;

/**
 * The rows with the base's likeliest tokens, made once while what is taught stays. They are many numbers and no checkpoint
 * keeps them: all are made together, so that a resumed run makes the same ones.
 */
export async function retainedRows(
  run: CycleContext,
  onProgress?: (rows: number) => void,
): Promise<RetainedRows> {
  if (run.retained !== null) return run.retained;
  const { config, data, deps, meter } = run;
  const forms = formsOf(config);
  const sequences = forms.flatMap((form) => data.train.map((_, of) => openBookRow(run, of, form)));
  const tokens = await deps.policy.teach(sequences, onProgress);
  meter.tokens(sequences.reduce((n, { context, completion }) => n + context.length + completion.length, 0));
  const rows = sequences.map((sequence, i) => ({ sequence, teacher: tokens[i]! }));
  const count = data.train.length;
  run.retained = Object.fromEntries(forms.map((form, f) => [form, rows.slice(f * count, (f + 1) * count)]));
  return run.retained;
}

/** (Z, x_b) and what is taught there, in the question's own words. */
function openBookRow(run: CycleContext, of: number, form: Form): Sequence {
  return {
    context: run.prompts.ask(run.data.train[of]!, run.Z.train[of]!, form === "explain"),
    completion: completionTaught(run, of, form),
  };
}

/**
 * The losses that come with the visits `indices` of the update under way, each with its place: −λ·(visits ÷ rows) times a
 * row's value, which is minus the mean KL(π_base ‖ π) of its tokens. So the expected loss of a visit is λ·KL, however large
 * the share.
 */
export async function retentionLosses(
  run: CycleContext,
  indices: readonly number[],
): Promise<{ place: number; loss: QuestionLoss }[]> {
  const drawn = drawRetained(run.config, run.state.updates, indices.length);
  if (drawn.length === 0) return [];
  const rows = await retainedRows(run);
  const slope = (-run.config.retain * indices.length) / drawn.length;
  return drawn.map(({ place, form }) => {
    const { sequence, teacher } = rows[form]![indices[place]!]!;
    return { place, loss: { terms: [{ name: "kl", sequence, tokens: null, teacher }], loss: [slope] } };
  });
}
