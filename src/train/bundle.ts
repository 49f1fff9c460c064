/**
 * What another program needs to train as a run does: what the run looked up, what it teaches, what comes in which update.
 * Texts, not token ids, are the language: another model has another tokenizer. Where the model generated a text, its ids come
 * along, for a program whose tokenizer reads the same text out of them.
 */
import type { RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import type { Objective } from "../core/objectives.ts";
import { rateAt } from "../core/schedule.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";
import { isChoice } from "./answers.ts";
import { chainsAtHand } from "./chains.ts";
import type { CycleContext } from "./context.ts";
import { drawUpdate } from "./draws.ts";
import { type ByForm, type Form, formsOf } from "./forms.ts";
import { objectives } from "./objectives/registry.ts";
import { urnOf } from "./optimise.ts";
import { goldResponse } from "./response.ts";
import type { CycleState } from "./state.ts";
import { rewardOf } from "./taught.ts";

/** The objectives that the bundle's program trains. */
export const BUNDLED: readonly Objective[] = ["credit", "rlag", "rlag-paper", "sft", "cpt", "distill"];

/** A run as far as it is bundled: looked up, and as its last checkpoint left it. */
export type BundledRun = Pick<
  CycleContext,
  "config" | "data" | "views" | "wordings" | "Z" | "reading" | "state" | "chains"
> & { tokenizer: ChatTokenizer };

export interface TextFile {
  name: string;
  text: string;
}

/** A text to be learned: another model encodes it itself. */
interface Said {
  text: string;
  ids: number[] | null; // as the run's model generated it, its end of turn included; null: not generated
}

/**
 * Refuses settings that the program cannot follow, before anything is looked up.
 * @throws LabError bad-config naming the setting, what it is and the way out
 */
export function checkBundled(config: RunConfig): void {
  const refuse = (what: string): never => {
    throw new LabError("bad-config", what);
  };
  if (!BUNDLED.includes(config.objective))
    refuse(`objective is "${config.objective}"; a bundle trains ${BUNDLED.join(", ")}`);
  if (config.teacher !== "policy" || !objectives[config.objective].needs.includes("preferred")) return;
  const way = 'set teacher to "base", whose answers are made once and come along';
  const marks = config.objective !== "rlag-paper"; // the published loss asks for no reward
  if (marks && formsOf(config).includes("explain"))
    refuse(
      `teacher is "policy" and answers is "${config.answers}": the bundle's program marks no explanations; ${way}`,
    );
  if (config.samples > 1 && formsOf(config).includes("explain"))
    refuse(
      `teacher is "policy" and samples is ${config.samples}: the bundle's program makes one explanation each; ${way}`,
    );
  if (config.reward_control === "permuted")
    refuse(`teacher is "policy" and reward_control is "permuted"; ${way}`);
  if (config.chains > 0)
    refuse(`teacher is "policy" and chains is ${config.chains}: they would change every cycle; ${way}`);
}

/**
 * The run's part of the bundle, one text a file. The order is the run's: line i of views.jsonl is view i, line u of plan.jsonl update u.
 * @throws LabError bad-config as `checkBundled`; not-found where the run stopped before it had made what it teaches
 */
export function bundleTexts(run: BundledRun): TextFile[] {
  const { config, data, views, Z, reading, state } = run;
  checkBundled(config);
  requireMade(config, state);
  const passages = new Map<string, number>(); // each once: questions share them
  const placesOf = (texts: readonly string[]): number[] =>
    texts.map((text) => {
      const known = passages.get(text) ?? passages.size;
      passages.set(text, known);
      return known;
    });
  const taught = taughtBy(run);
  const lines = {
    views: views.map(({ of, question: { question, options, answer, evidence } }, v) => ({
      of,
      question,
      options,
      answer,
      gold: { brief: answer, explain: evidence === null ? null : goldResponse(evidence, answer) },
      passages: placesOf(Z.train[v]!),
      taught: taught(v),
    })),
    test: data.test.map(({ question, options, answer }, i) => ({
      question,
      options,
      answer,
      passages: placesOf(Z.test[i]!),
    })),
    foreign: (reading?.questions ?? []).map(({ question, options }, i) => ({
      question,
      options,
      passages: placesOf(reading!.Z[i]!),
      kept: mapForms(state.reading!, (kept) => said(run, kept[i]!)),
    })),
    chains: chainsAtHand(run).map(({ question, explanation, answer }) => ({
      question,
      said: { brief: answer, explain: goldResponse(explanation, answer) },
    })),
    plan: plannedUpdates(run),
    credit: views.flatMap((_, v) =>
      formsOf(config).flatMap((form) => {
        const weights = state.credit?.[form]?.[v];
        return weights ? [{ view: v, form, weights }] : [];
      }),
    ),
  };
  const told = {
    format: "closed-book bundle",
    version: 1,
    config,
    questions: { train: data.train.length, test: data.test.length },
    views: views.length,
    updates: lines.plan.length,
  };
  return [
    { name: "bundle.json", text: `${JSON.stringify(told, null, 1)}\n` },
    ...Object.entries(lines).map(([name, of]) => ({ name: `${name}.jsonl`, text: toLines(of) })),
    { name: "passages.jsonl", text: toLines([...passages.keys()]) },
  ];
}

const toLines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

const mapForms = <T, U>(of: ByForm<T>, change: (value: T) => U): ByForm<U> =>
  Object.fromEntries(Object.entries(of).map(([form, value]) => [form, change(value)]));

/** Every update: what comes in it, and its learning rate. */
function plannedUpdates(run: BundledRun): object[] {
  const { config } = run;
  const urn = urnOf(run);
  return Array.from({ length: config.cycles * config.updates }, (_, update) => ({
    update,
    cycle: 1 + Math.floor(update / config.updates),
    learning_rate: rateAt(update, config),
    places: drawUpdate(urn, update).map(({ question, visits, kept, chains }) => ({
      question,
      visits: visits.map(({ view, form }) => ({ view, form })),
      kept,
      chains,
    })),
  }));
}

function said({ tokenizer }: BundledRun, ids: readonly number[]): Said {
  return { text: tokenizer.decode(ids.slice(0, -1)), ids: [...ids] };
}

/** What is taught of a view and what it earned; null where the program makes it: gold text, or what a teacher that trains along says. */
function taughtBy(run: BundledRun): (view: number) => ByForm<object> | null {
  const { config, state } = run;
  if (!objectives[config.objective].needs.includes("preferred") || config.teacher === "policy")
    return () => null;
  return (v) =>
    Object.fromEntries(
      formsOf(config).map((form: Form) => {
        const answer = state.preferred![form]![v]!;
        const whole = isChoice(answer) ? { text: answer.text, ids: null } : said(run, answer.completion);
        return [
          form,
          { ...whole, answer: answer.text, chosen: isChoice(answer), reward: rewardOf(run, v, form) },
        ];
      }),
    );
}

/** @throws LabError not-found */
function requireMade(config: RunConfig, state: CycleState): void {
  const { needs } = objectives[config.objective];
  const made = !needs.includes("preferred") || (state.preferred !== null && state.grades !== null);
  if (made && state.updates > 0) return;
  throw new LabError(
    "not-found",
    "the run stopped before its first update: what it teaches is not made yet. Let it go on for an update, then bundle it",
  );
}
