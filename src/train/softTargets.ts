/** What the base finds likeliest at the tokens that an objective teaches softly (method.md §3: distill, sdft, grpo). */
import type { Sequence, TopTokens } from "../model/policy.ts";
import type { CycleContext } from "./context.ts";
import { type ByForm, type Form, formsOf } from "./forms.ts";
import type { Need } from "./objectives/objective.ts";
import { objectives } from "./objectives/registry.ts";
import { completionTaught } from "./taught.ts";

/** Targets by what they are of: y_w per view, y_l per training question, each question's samples one after another. */
export type SoftTargets = Partial<Record<Need, ByForm<TopTokens[]>>>;

/** The rows of each kind; the book is open but for samples, which are held to what the base says closed book. */
const ROWS: { [need in Need]?: (run: CycleContext, form: Form) => Sequence[] } = {
  preferredTargets: ({ views, prompts, Z, ...run }, form) =>
    views.map(({ question }, v) => ({
      context: prompts.ask(question, Z.train[v]!, form === "explain"),
      completion: completionTaught({ views, prompts, Z, ...run }, v, form),
    })),
  rejectedTargets: ({ data, prompts, Z, state }, form) =>
    data.train.map((question, of) => ({
      context: prompts.ask(question, Z.train[of]!, form === "explain"),
      completion: state.rejected![form]![of]!.completion,
    })),
  samples: ({ data, prompts, state }, form) =>
    data.train.flatMap((question, of) => {
      const context = prompts.ask(question, [], form === "explain");
      return state.samples![form]![of]!.map(({ completion }) => ({ context, completion }));
    }),
};

/** Whether an objective teaches anything softly. */
export const isSoft = (needs: readonly Need[]): boolean => needs.some((need) => ROWS[need] !== undefined);

/** How many rows the base is asked about. */
export const softRows = (run: CycleContext): number => rowsOf(run).length;

const rowsOf = (run: CycleContext) =>
  objectives[run.config.objective].needs.flatMap((need) =>
    formsOf(run.config).flatMap((form) =>
      (ROWS[need]?.(run, form) ?? []).map((sequence) => ({ need, form, sequence })),
    ),
  );

/**
 * Makes the targets that the run's updates need, once while what they are of stays. They are many numbers and no checkpoint
 * keeps them: all are made together, so that a resumed run makes the same ones.
 */
export async function makeSoftTargets(run: CycleContext, onProgress?: (rows: number) => void): Promise<void> {
  if (run.targets !== null) return;
  const rows = rowsOf(run);
  const found = new Map<string, TopTokens>(); // equal rows share their targets, and so are computed once
  const key = ({ context, completion }: Sequence) => `${context}|${completion}`;
  const different = [...new Map(rows.map(({ sequence }) => [key(sequence), sequence])).values()];
  const tokens = different.length > 0 ? await run.deps.policy.teach(different, onProgress) : [];
  run.meter.tokens(different.reduce((n, s) => n + s.context.length + s.completion.length, 0));
  different.forEach((sequence, i) => {
    found.set(key(sequence), tokens[i]!);
  });
  const targets: SoftTargets = {};
  for (const { need, form, sequence } of rows) {
    const kind = targets[need]?.[form] ?? [];
    kind.push(found.get(key(sequence))!);
    targets[need] = { ...targets[need], [form]: kind };
  }
  run.targets = targets;
}
