/** The model vetoes by log-probability: which phrasings of a fact may be asked (docs/lab.md 1c E). */

import { normalise } from "../../core/answers.ts";
import type { Fact } from "../../core/facts.ts";
import { openRng, shuffled } from "../../core/rng.ts";
import type { OptionSitting } from "../../core/run.ts";
import { standsAlone } from "./standsAlone.ts";

/** s(option | prompt) of every sitting in nats per token, in the order of its options; the answer is the first. */
export type Judge = (sittings: readonly OptionSitting[]) => Promise<number[][]>;

export interface Thresholds {
  rank: number; // G0: of its own passage, at most
  open: number; // G1: least margin with its passage, nats per token
  agree: number; // G2: right in so many of four contexts
  gain: number; // G3: least of open margin − closed margin
  wrong: number; // G4: the answer must not lead by this with other passages
}

/** Larger models read better and guess better; measured for the smallest, proposals for the others (docs/lab.md 1d). */
export function thresholdsFor(parameters: number): Thresholds {
  if (parameters < 20e6) return { rank: 1, open: 0.3, agree: 3, gain: 0.5, wrong: 0.3 };
  if (parameters < 300e6) return { rank: 2, open: 0.2, agree: 3, gain: 0.3, wrong: 0.2 };
  return { rank: 3, open: 0.1, agree: 3, gain: 0.3, wrong: 0.2 };
}

/**
 * What the model said of one phrasing; margins are the answer's lead over the best wrong option, nats per token. Null is
 * what it was not asked, since an earlier gate had decided.
 */
export interface Verdict {
  rank: number | null; // null: the search does not find its passage
  open: number | null; // with its own passage
  agree: number | null; // contexts of four in which the answer comes first
  closed: number | null;
  wrong: number | null; // with passages of others
  gate: Gate | null; // the first that rejects it; null: it may be asked
}

/**
 * G0 (its rank, and whether it stands alone) to G4 are a wording's, G6 is a fact's among the others; G5, repetition, makes
 * one fact of two (questions.ts).
 */
export type Gate = "G0" | "G1" | "G2" | "G3" | "G4" | "G6";

export interface JudgedFact {
  fact: Fact;
  verdicts: (Verdict | null)[]; // per phrasing; null: not asked of the model
  known: boolean; // closed book it is right already in three of four phrasings
}

export const NEAR = 3; // passages that an open book would show
const SHUFFLES = 3;
const OWN = 0;
const SHUFFLED = [1, 2, 3];
const CLOSED = SHUFFLES + 1;
const WRONG = SHUFFLES + 2;
const KNOWN_SHARE = 0.75;

/** The six sittings of a phrasing: its own passage, three shuffles of what a search finds, closed book, other passages. */
export function sittingsOf(
  fact: Fact,
  phrasing: number,
  passages: readonly string[],
  found: readonly number[],
  seed: number,
): OptionSitting[] {
  const options = [fact.answer, ...fact.distractors.map(({ text }) => text)];
  const question = fact.phrasings[phrasing]!.text;
  const rng = openRng(seed, "data", 64 * fact.passage + phrasing);
  const top = [fact.passage, ...found.filter((i) => i !== fact.passage)]
    .slice(0, NEAR)
    .map((i) => passages[i]!);
  const shuffles = Array.from({ length: SHUFFLES }, () => shuffled(top, rng));
  const gold = normalise(fact.answer);
  const plain = normalised(passages);
  const others = shuffled(
    passages.filter((_, i) => i !== fact.passage && !plain[i]!.includes(gold)),
    rng,
  ).slice(0, NEAR);
  return [[passages[fact.passage]!], ...shuffles, [], others].map((context) => ({
    question,
    options,
    passages: context,
  }));
}

const known = new WeakMap<readonly string[], string[]>();

/** The same passages are asked of for every phrasing. */
function normalised(passages: readonly string[]): string[] {
  const plain = known.get(passages) ?? passages.map(normalise);
  known.set(passages, plain);
  return plain;
}

/** The lead of option `gold` over the best other one. */
const lead = (scores: readonly number[], gold: number): number =>
  scores[gold]! - Math.max(...scores.filter((_, i) => i !== gold));

/** @param scores of the six sittings @param gold which option is held to be right: 0, or another for the swap test */
export function judge(rank: number | null, scores: SixScores, t: Thresholds, gold = 0): Verdict {
  const leadIn = (sitting: number) => (scores[sitting] ? lead(scores[sitting], gold) : null);
  const contexts = scores.slice(0, CLOSED);
  const verdict = {
    rank,
    open: leadIn(OWN),
    agree: contexts.every((one) => one !== null)
      ? contexts.filter((context) => lead(context, gold) > 0).length
      : null,
    closed: leadIn(CLOSED),
    wrong: leadIn(WRONG),
  };
  return { ...verdict, gate: gateOf(verdict, t) };
}

function gateOf({ rank, open, agree, closed, wrong }: Omit<Verdict, "gate">, t: Thresholds): Gate | null {
  if (rank === null || rank > t.rank) return "G0";
  if (open === null || closed === null || !(open >= t.open)) return "G1";
  if (agree !== null && agree < t.agree) return "G2";
  if (!(open - closed >= t.gain) || wrong === null) return "G3";
  if (wrong >= t.wrong) return "G4";
  return null;
}

export interface Judgement {
  facts: JudgedFact[];
  thresholds: Thresholds; // as raised by the swap test
  swap: { tried: number; passed: number }; // wrong golds that the gates would have let through
}

const MOST_SWAPPED = 0.05;
const RAISE = 1.25;
const MOST_RAISES = 8;

/** What was asked of one fact, per phrasing: stored, so that judging stops and goes on, and thresholds may move. */
export interface Scored {
  ranks: (number | null)[]; // of its own passage, as RankedPhrasing has it
  scores: SixScores[]; // per phrasing
}

/** Of the six sittings the options' s, nats per token; null where the model was not asked. */
export type SixScores = (readonly number[] | null)[];

/** Whether there is anything to judge: an open question has no options to compare. */
export const canBeJudged = ({ distractors }: Fact): boolean => distractors.length >= 2;

/**
 * Puts the phrasings of a fact to the model, no further than a gate stands open to any option, the wrong ones too, which
 * the swap test tries: what no option could pass is not asked.
 * @param search passages that an open book finds for a question, by index
 */
export async function scoreFact(
  fact: Fact,
  passages: readonly string[],
  search: (question: string) => readonly number[],
  ask: Judge,
  { thresholds: t, seed }: JudgeSettings,
): Promise<Scored> {
  const found = fact.phrasings.map(({ text }) => search(text));
  // A person's own wording was never ranked: the search that was just made tells.
  const ranks = fact.phrasings.map(({ rule, rank }, p) =>
    rule === "hand" ? rankIn(found[p]!, fact.passage) : rank,
  );
  const sittings = found.map((near, p) => sittingsOf(fact, p, passages, near, seed));
  const scores = sittings.map((six): SixScores => six.map(() => null));
  const askAll = async (wanted: readonly (readonly [phrasing: number, sitting: number])[]) => {
    if (wanted.length === 0) return;
    const answers = await ask(wanted.map(([p, i]) => sittings[p]![i]!));
    for (const [at, [p, i]] of wanted.entries()) scores[p]![i] = answers[at]!;
  };
  const each = [...scores.keys()];
  const ranked = each.filter(
    (p) => ranks[p] != null && ranks[p] <= t.rank && standsAlone(fact.phrasings[p]!.text, fact.answer),
  );
  await askAll(ranked.flatMap((p) => [[p, OWN] as const, [p, CLOSED] as const]));
  const open = ranked.filter((p) =>
    [fact.answer, ...fact.distractors].some((_, gold) => {
      const { open, closed } = judge(1, scores[p]!, t, gold);
      return open! >= t.open && open! - closed! >= t.gain;
    }),
  );
  await askAll(open.flatMap((p) => [...SHUFFLED, WRONG].map((sitting) => [p, sitting] as const)));
  return { ranks, scores };
}

export interface JudgeSettings {
  thresholds: Thresholds;
  seed: number;
}

const rankIn = (found: readonly number[], passage: number): number | null =>
  found.includes(passage) ? found.indexOf(passage) + 1 : null;

/**
 * Verdicts from scores; a fact without any is not judged yet. Wrong golds are tried with the same scores: where more than
 * 5 % of them pass, the thresholds rise until they do not.
 */
export function judgementOf(
  facts: readonly Fact[],
  scored: readonly (Scored | null)[],
  least: Thresholds,
): Judgement {
  let thresholds = least;
  let swap = swapTest(scored, thresholds);
  for (let raised = 0; swap.passed > MOST_SWAPPED * swap.tried && raised < MOST_RAISES; raised++) {
    thresholds = { ...thresholds, open: thresholds.open * RAISE, gain: thresholds.gain * RAISE };
    swap = swapTest(scored, thresholds);
  }
  const judged = facts.map((fact, i): JudgedFact => {
    const own = scored[i];
    const verdicts = fact.phrasings.map(({ text }, p): Verdict | null => {
      if (!own) return null;
      const verdict = judge(own.ranks[p]!, own.scores[p]!, thresholds);
      return standsAlone(text, fact.answer) ? verdict : { ...verdict, gate: "G0" };
    });
    const closed = verdicts.flatMap((verdict) => verdict?.closed ?? []);
    const known =
      closed.length > 0 && closed.filter((margin) => margin > 0).length >= KNOWN_SHARE * closed.length;
    return { fact, verdicts, known };
  });
  return { facts: judged, thresholds, swap };
}

/** Judges every phrasing of the facts that have options, one fact after another. */
export async function judgeFacts(
  facts: readonly Fact[],
  passages: readonly string[],
  search: (question: string) => readonly number[],
  ask: Judge,
  settings: JudgeSettings,
  watch: { onProgress(done: number, of: number): void; signal: AbortSignal },
): Promise<Judgement> {
  const scored: (Scored | null)[] = [];
  for (const [i, fact] of facts.entries()) {
    watch.signal.throwIfAborted();
    scored.push(canBeJudged(fact) ? await scoreFact(fact, passages, search, ask, settings) : null);
    watch.onProgress(i + 1, facts.length);
  }
  return judgementOf(facts, scored, settings.thresholds);
}

/** Every wrong option in turn held to be the answer: how many facts would have a phrasing that passes. */
function swapTest(scored: readonly (Scored | null)[], t: Thresholds): { tried: number; passed: number } {
  let [tried, passed] = [0, 0];
  for (const own of scored) {
    const options = Math.max(0, ...(own?.scores ?? []).map((six) => six[OWN]?.length ?? 0));
    for (let gold = 1; gold < options; gold++) {
      tried++;
      if (own!.scores.some((six, p) => judge(own!.ranks[p]!, six, t, gold).gate === null)) passed++;
    }
  }
  return { tried, passed };
}
