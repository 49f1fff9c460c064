/**
 * Chains (method.md §3): two facts, each explained and rewarded, where the answer of the first is what the second is about,
 * make a question that needs both, and its answer: "e1 e2 The answer is a2." Nothing is generated and nothing looked up: a
 * chain says what the model has said already, one after the other.
 */
import { names, sameAnswer, saysSomething } from "../core/answers.ts";
import type { RunConfig } from "../core/config.ts";
import { hash3, uniformAt } from "../core/rng.ts";
import type { Question } from "../core/run.ts";
import type { QuestionLoss } from "../model/policy.ts";
import type { CycleContext } from "./context.ts";
import { formsOf } from "./forms.ts";
import { goldResponse } from "./response.ts";
import { explanationTaught } from "./taught.ts";

const REWARDED = 0.3; // an explanation that earned less begins and ends no chain

/** A training question with what is known of its answer. */
export interface KnownFact {
  wordings: string[]; // the question in all its wordings, its own first
  explanation: string;
  answer: string;
}

export interface Chain {
  question: string;
  explanation: string; // both, the first hop first
  answer: string; // of the second hop
}

/**
 * All chains of two different facts. The bridge is found by strings: the answer of one fact stands in the question of
 * another, as whole words. There it is put in other words, those in which the first fact asks for it: "Which river runs
 * through Trormere?" and "What is the birthplace of Hoarn Yolt?" give "Which river runs through the birthplace of Hoarn
 * Yolt?". A fact none of whose wordings ends in "the … of …?" begins no chain.
 *
 * Held-out two-hop questions stay unseen: no chain has the answer of one that names the same subject, however it is worded.
 */
export function chainsOf(facts: readonly KnownFact[], heldOut: readonly Question[]): Chain[] {
  return facts.flatMap((first) => {
    const found = descriptionIn(first);
    if (found === null || !saysSomething(first.answer)) return [];
    const kept = heldOut.filter(({ question }) => names(question, found.subject));
    return facts.flatMap((second): Chain[] => {
      if (second === first || kept.some(({ answer }) => sameAnswer(answer, second.answer))) return [];
      const question = replaceWhole(second.wordings[0]!, first.answer, found.description);
      if (question === null) return [];
      return [{ question, explanation: `${first.explanation} ${second.explanation}`, answer: second.answer }];
    });
  });
}

/**
 * How a fact's wordings speak of what they ask for: "the birthplace of Hoarn Yolt", of the subject "Hoarn Yolt". The fact's
 * explanation must name that subject, so that "What is the river of Trormere called?" is not about "Trormere called".
 */
export function descriptionIn({
  wordings,
  explanation,
}: Pick<KnownFact, "wordings" | "explanation">): { description: string; subject: string } | null {
  for (const wording of wordings) {
    const match = /\b(the [^?,;:]+? of ([^?,;:]+?))\s*\?\s*$/i.exec(wording);
    if (match && names(explanation, match[2]!)) return { description: match[1]!, subject: match[2]! };
  }
  return null;
}

/** `text` with `part`, which must stand in it as it is written and as whole words, replaced with its article; else null. */
function replaceWhole(text: string, part: string, by: string): string | null {
  if (!text.includes(part)) return null;
  const escaped = part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])(?:[Tt]he\\s+)?${escaped}(?![\\p{L}\\p{N}])`, "u");
  return whole.test(text) ? text.replace(whole, () => by) : null;
}

/** What chains are put together of. */
export type ChainSource = Pick<CycleContext, "config" | "data" | "state" | "chains">;

/** The run's chains, put together once while what they are made of stays. The plan has that before the first update. */
export function chainsAtHand(run: ChainSource): Chain[] {
  if (run.config.chains === 0) return [];
  run.chains ??= findChains(run);
  return run.chains;
}

/** Chains of what the run teaches of its questions in their own words, where that was rewarded. */
function findChains(run: ChainSource): Chain[] {
  const facts = run.data.train.flatMap(({ question, phrasings }, i): KnownFact[] => {
    const { explanation, answer, reward } = explanationTaught(run, i);
    return reward > REWARDED ? [{ wordings: [question, ...phrasings], explanation, answer }] : [];
  });
  return chainsOf(facts, run.data.twohop);
}

/**
 * Which of `among` chains come with an update of `places` visits, each beside the visit at its place: `config.chains` times as
 * many chains, at least one where there are any, drawn by seed and update alone.
 */
export function drawChains(
  config: Pick<RunConfig, "chains" | "seed">,
  update: number,
  among: number,
  places: number,
): { chain: number; place: number }[] {
  if (config.chains === 0 || among === 0) return [];
  const count = Math.max(1, Math.round(config.chains * places));
  const seed = hash3(config.seed, update, 0);
  return Array.from({ length: count }, (_, n) => ({
    chain: Math.floor(uniformAt(seed, "chains", n) * among),
    place: n % places,
  }));
}

/** A chain as rows of an update: it counts as much as a visit that earned everything, in every form of the run. */
export function chainLoss(
  { config, prompts }: CycleContext,
  { question, explanation, answer }: Chain,
): QuestionLoss {
  const forms = formsOf(config);
  return {
    terms: forms.map((form) => ({
      name: "chain",
      sequence: {
        context: prompts.ask({ question, options: {} }, [], form === "explain"),
        completion: prompts.completion(form === "explain" ? goldResponse(explanation, answer) : answer),
      },
      tokens: null,
      teacher: null,
    })),
    loss: forms.map(() => -1),
  };
}
