/** How made questions stand: who rejected what, which wordings would be asked, and the set that comes of it. */
import { baselines } from "../core/baselines.ts";
import type { Fact, RankedPhrasing } from "../core/facts.ts";
import type { Baselines, Question, QuestionSet } from "../core/run.ts";
import { frameKey } from "./making/facts.ts";
import {
  canBeJudged,
  type Gate,
  type Judgement,
  judgementOf,
  type Thresholds,
  type Verdict,
} from "./making/gates.ts";
import { type KeptFact, splitFacts } from "./making/questions.ts";
import { type Choice, choiceOf, factsOf, type Review } from "./review.ts";

export type Status = "kept" | "dropped" | "passed" | "unchecked" | Gate;

/** A fact with all that is known of it. */
export interface Standing {
  fact: Fact; // as a person may have changed it
  choice: Choice;
  verdicts: (Verdict | null)[]; // per wording; null: not judged
  known: boolean; // the model has it already, closed book
  gate: Gate | null; // of the wording that got furthest; null: passed, or not judged
  status: Status;
  shown: number; // the wording that is asked first
}

export interface Overview {
  standings: Standing[];
  thresholds: Thresholds | null;
  swap: Judgement["swap"]; // wrong answers that the checks would have let through
  judged: number;
  judgeable: number;
}

export const GATES: readonly Gate[] = ["G0", "G1", "G2", "G3", "G4", "G6"];
/** Any will do before a judge has come: nothing is measured by it. */
const NO_JUDGE: Thresholds = { rank: 1, open: 0, agree: 0, gain: 0, wrong: 0 };

export function overviewOf(review: Review): Overview {
  const facts = factsOf(review);
  const scored = facts.map(({ id }) => review.scored[id] ?? null);
  const judgement = judgementOf(facts, scored, review.judge?.thresholds ?? NO_JUDGE);
  const standings = judgement.facts.map(({ fact, verdicts, known }): Standing => {
    const choice = choiceOf(review, fact.id);
    const passes = verdicts.findIndex((verdict) => verdict?.gate === null);
    const asked = verdicts.filter((verdict) => verdict !== null);
    const gate = passes >= 0 || asked.length === 0 ? null : furthest(asked);
    const status: Status =
      choice.said === "keep"
        ? "kept"
        : choice.said === "drop"
          ? "dropped"
          : asked.length === 0
            ? "unchecked"
            : (gate ?? "passed");
    return { fact, choice, verdicts, known, gate, status, shown: choice.first ?? Math.max(0, passes) };
  });
  return {
    standings: balanced(standings),
    thresholds: review.judge ? judgement.thresholds : null,
    swap: judgement.swap,
    judged: scored.filter((one) => one !== null).length,
    judgeable: facts.filter(canBeJudged).length,
  };
}

const MOST_OF_SENTENCE = 2;

/**
 * G6: of the facts of one sentence the two that stand best are asked; what a person keeps stays. That one type of answer is
 * asked for too often is said beside the set (`mostType`) and rejects nothing: true questions would go, and no other come.
 */
function balanced(standings: readonly Standing[]): Standing[] {
  const ofSentence = new Map<string, Standing[]>();
  for (const one of standings) {
    const { documentId, sentence } = one.fact;
    if (sentence === "" || !isIn(one, ["passed", "unchecked"])) continue;
    const key = `${documentId}\n${sentence}`;
    ofSentence.set(key, [...(ofSentence.get(key) ?? []), one]);
  }
  const surplus = new Set<Standing>();
  for (const facts of ofSentence.values())
    for (const one of facts.sort(better).slice(MOST_OF_SENTENCE))
      if (one.choice.said === null) surplus.add(one);
  return standings.map((one) => (surplus.has(one) ? { ...one, gate: "G6", status: "G6" } : one));
}

const RANKS: readonly Status[] = ["kept", "passed", "unchecked"];

/** What a person keeps, what passed, the clearer answer, more wordings; else as they stand in the sentence. */
const better = (a: Standing, b: Standing): number =>
  RANKS.indexOf(a.status) - RANKS.indexOf(b.status) ||
  (b.verdicts[b.shown]?.open ?? 0) - (a.verdicts[a.shown]?.open ?? 0) ||
  b.fact.phrasings.length - a.fact.phrasings.length;

const furthest = (verdicts: readonly Verdict[]): Gate =>
  GATES[Math.max(...verdicts.map(({ gate }) => GATES.indexOf(gate!)))]!; // none of them passed

/** Indices of the wordings that would be asked, the first first. */
export function wordingsOf({ fact, choice, verdicts, shown }: Standing): number[] {
  const used = fact.phrasings.flatMap((_, p) => {
    const verdict = verdicts[p];
    return p !== shown && (choice.use[p] ?? (!verdict || verdict.gate === null)) ? [p] : [];
  });
  return [shown, ...used];
}

/** Which of those count that nobody has looked at. */
export type Unseen = readonly Extract<Status, "passed" | "unchecked">[];

export const isIn = ({ status }: Standing, unseen: Unseen): boolean =>
  status === "kept" || unseen.some((one) => one === status);

/** Facts of the same kind that nobody has decided: the same frame around the answer, or the same rule for the question. */
export function alike(standings: readonly Standing[], of: Standing, by: "frame" | "rule"): Standing[] {
  const kind = ({ fact, shown }: Standing) =>
    by === "frame"
      ? fact.span.type === "hand"
        ? fact.id
        : frameKey(fact.span)
      : (fact.phrasings[shown] as RankedPhrasing | undefined)?.rule;
  return standings.filter((one) => one.choice.said === null && kind(one) === kind(of));
}

/** How many questions each passage has, of those that are in. */
export function coverage(passages: number, standings: readonly Standing[], unseen: Unseen): number[] {
  const counts = new Array<number>(passages).fill(0);
  for (const one of standings)
    if (isIn(one, unseen) && one.fact.passage < passages) counts[one.fact.passage]!++;
  return counts;
}

export type Sets = Record<"train" | "test" | "held", Question[]> & Partial<Record<QuestionSet, Question[]>>;

/** The questions that are in, split by fact and wording, behind those the corpus had before. */
export function setsOf(review: Review, { standings }: Pick<Overview, "standings">, unseen: Unseen): Sets {
  const kept = standings
    .filter((one) => isIn(one, unseen))
    .map((one): KeptFact => {
      const wordings = wordingsOf(one).map((p) => one.fact.phrasings[p]!.text);
      return { fact: one.fact, wordings };
    });
  const made = splitFacts(kept, review.seed);
  const { before } = review;
  if (before === null) return made;
  return {
    ...before,
    train: [...(before.train ?? []), ...made.train],
    test: [...(before.test ?? []), ...made.test],
    held: [...(before.held ?? []), ...made.held],
  };
}

/** Test and held-out wordings that are trained too; there should be none. */
export function leaks({ train, test, held }: Sets): string[] {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  const trained = new Set(train.flatMap(({ question, phrasings }) => [question, ...phrasings]).map(plain));
  return [...test, ...held].map(({ question }) => question).filter((text) => trained.has(plain(text)));
}

export interface SetCheck {
  baselines: Baselines; // over the held-out questions, or those to learn where there are none
  high: (keyof Baselines)[]; // that exceed chance by more than ten points
  mostType: { type: string; share: number } | null; // a kind of answer that is asked for in more than 30 %
}

const ABOVE_CHANCE = 0.1;
const MOST_OF_TYPE = 0.3;

/** @param found passages that a search finds for each of `questions` */
export function checkSet(
  questions: readonly Question[],
  found: readonly string[][],
  train: readonly Question[],
): Omit<SetCheck, "mostType"> {
  const measured = baselines(questions, found, train);
  const { chance } = measured;
  const high = (["longest_option", "answer_prior", "string_in_context"] as const).filter(
    (name) => chance !== null && (measured[name] ?? 0) > chance + ABOVE_CHANCE,
  );
  return { baselines: measured, high };
}

export function mostType(standings: readonly Standing[], unseen: Unseen): SetCheck["mostType"] {
  const types = standings.filter((one) => isIn(one, unseen)).map(({ fact }) => fact.kind ?? fact.span.type);
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most && most[1] > MOST_OF_TYPE * types.length && types.length >= 10
    ? { type: most[0], share: most[1] / types.length }
    : null;
}
