/** The model's veto: which questions are put to it, in which order, and what its scores decide. */
import { describe, expect, test } from "vitest";
import type { Fact } from "../../src/core/facts.ts";
import type { OptionSitting } from "../../src/core/run.ts";
import {
  judge,
  judgeFacts,
  judgementOf,
  type SixScores,
  sittingsOf,
} from "../../src/documents/making/gates.ts";
import { standsAlone } from "../../src/documents/making/standsAlone.ts";
import { scoreFact, type Thresholds, thresholdsFor } from "../../src/documents/questionMaking.ts";

const PASSAGES = [
  "Brem Coprea was born in Thornmoor.",
  "Lina Orvath was born in Naithford.",
  "Tomas Keld was born in Eldham.",
  "Ysa Brondt was born in Orlow.",
  "Odo Fenwick was born in Grimsey.",
];
const fact = (changes: Partial<Fact> = {}): Fact => ({
  id: "a",
  passage: 0,
  documentId: "d",
  sentence: PASSAGES[0]!,
  span: { type: "name", begin: 24, end: 33, text: "Thornmoor", head: null, before: [], after: [] },
  answer: "Thornmoor",
  phrasings: [
    { text: "In which town was Brem Coprea born?", rule: "inversion", rank: 1 },
    { text: "Brem Coprea was born in ____.", rule: "cloze", rank: 2 },
  ],
  distractors: ["Naithford", "Eldham"].map((text) => ({ text, made: false })),
  spare: [],
  ...changes,
});
const T: Thresholds = thresholdsFor(1e6); // rank 1, margins 0.3, 0.5, 0.3

test("six readings: its own passage, three orders of what a search finds, none, and others' without the answer", () => {
  const six = sittingsOf(fact(), 0, PASSAGES, [3, 0, 1], 0);
  const passages = six.map((sitting) => sitting.passages);
  expect(passages[0]).toEqual([PASSAGES[0]]);
  for (const shuffle of passages.slice(1, 4))
    expect([...shuffle].sort()).toEqual([PASSAGES[0]!, PASSAGES[1]!, PASSAGES[3]!].sort());
  expect(passages[4]).toEqual([]);
  expect(passages[5]).toHaveLength(3);
  expect(passages[5]!.join()).not.toContain("Thornmoor");
  expect(new Set(six.map(({ options }) => options.join()))).toEqual(new Set(["Thornmoor,Naithford,Eldham"]));
  expect(sittingsOf(fact(), 0, PASSAGES, [3, 0, 1], 0)).toEqual(six);
});

describe("two steps", () => {
  const asked = async (of: Fact, score: (sitting: OptionSitting) => number[]) => {
    const steps: OptionSitting[][] = [];
    const ask = async (sittings: readonly OptionSitting[]) => {
      steps.push([...sittings]);
      return sittings.map(score);
    };
    const scored = await scoreFact(of, PASSAGES, () => [0, 1, 2], ask, { thresholds: T, seed: 0 });
    return { steps, scored };
  };
  const byBook = ({ passages, options }: OptionSitting) =>
    options.map((option) => (passages.some((text) => text.includes(option)) ? 2 : 0));

  test("what the book and the closed book can decide goes on to the other four readings", async () => {
    const { steps, scored } = await asked(fact(), byBook);
    expect(steps.map((sittings) => sittings.length)).toEqual([2, 4]);
    expect(steps[0]!.map(({ passages }) => passages.length)).toEqual([1, 0]);
    expect(scored.scores[0]!.every((scores) => scores !== null)).toBe(true);
  });

  test("a wording whose passage the search does not bring is not asked at all", async () => {
    const { steps, scored } = await asked(fact(), byBook);
    expect(steps.flat().every(({ question }) => question.startsWith("In which town"))).toBe(true);
    expect(scored.ranks).toEqual([1, 2]);
    expect(scored.scores[1]).toEqual([null, null, null, null, null, null]);
  });

  test("what no option could pass is asked no further; what a wrong one could is, for the swap test", async () => {
    const nobody = await asked(fact(), ({ options }) => options.map(() => -1));
    expect(nobody.steps.map((sittings) => sittings.length)).toEqual([2]);
    const wrong = await asked(fact(), ({ passages, options }) =>
      options.map((_, i) => (i === 2 && passages.length > 0 ? 0 : -1)),
    );
    expect(wrong.steps.map((sittings) => sittings.length)).toEqual([2, 4]);
  });

  test("a person's wording is ranked by the search that is made for it", async () => {
    const phrasings = [{ text: "Born where, Brem Coprea?", rule: "hand" as const, rank: null }];
    const { scored, steps } = await asked(fact({ phrasings }), byBook);
    expect(scored.ranks).toEqual([1]);
    expect(steps).toHaveLength(2);
    const elsewhere = fact({ phrasings, passage: 4 });
    expect((await asked(elsewhere, byBook)).steps).toEqual([]);
  });

  test("facts without options are passed over, and an abort ends it", async () => {
    const stop = new AbortController();
    const open = fact({ id: "b", distractors: [] });
    const told: number[] = [];
    const ask = async (sittings: readonly OptionSitting[]) => sittings.map(byBook);
    const watch = { onProgress: (done: number) => told.push(done), signal: stop.signal };
    const settings = { thresholds: T, seed: 0 };
    const judged = await judgeFacts([open, fact()], PASSAGES, () => [0], ask, settings, watch);
    expect(told).toEqual([1, 2]);
    expect(judged.facts.map(({ verdicts }) => verdicts[0]?.gate)).toEqual([undefined, null]);
    stop.abort();
    await expect(judgeFacts([fact()], PASSAGES, () => [0], ask, settings, watch)).rejects.toThrow();
  });
});

/** Scores by which the first of three options has these leads: own, three shuffles, closed, others'. */
const leads = (...six: number[]): SixScores => six.map((lead) => [lead, 0, -1]);

test("each gate rejects what it is for, the first that does is named", () => {
  const good = [1, 1, 1, 1, -1, -1];
  const gate = (rank: number | null, scores: SixScores) => judge(rank, scores, T).gate;
  expect(gate(1, leads(...good))).toBeNull();
  expect(gate(2, leads(...good))).toBe("G0");
  expect(gate(null, leads(...good))).toBe("G0");
  expect(gate(1, leads(0.29, 1, 1, 1, -1, -1))).toBe("G1");
  expect(gate(1, leads(1, 1, -1, -1, -1, -1))).toBe("G2");
  expect(gate(1, leads(1, 1, 1, -1, -1, -1))).toBeNull(); // three of four
  expect(gate(1, leads(1, 1, 1, 1, 0.51, -1))).toBe("G3");
  expect(gate(1, leads(...good.slice(0, 5), 0.3))).toBe("G4");
  expect(gate(1, [[1, 0, -1], null, null, null, [0.9, 0, 0], null])).toBe("G3"); // asked no further
});

test("a day without its year and an answer beside its initials do not stand alone", () => {
  const noc = "University of Twente Network Operations Center";
  const yes: [string, string][] = [
    ["Who died in February 2015?", "Clytie Siddall"],
    ["Debian 7.0 was released on which date?", "May 4th, 2013"],
    ["Around 8 CET on ____ the tower fell.", "November 20th"], // the day is what is asked for
    ["On May 9th, 2004, who was killed?", "Manuel Estrada Sainz"],
    ["Who led the FSF in July 1998?", "Richard Stallman"],
    ["The MAY 9 engine was built by whom?", "Ana Bell"],
    ["Die Glocke läutete am 3. Mai 1901 in ____.", "Ulm"],
  ];
  const no: [string, string][] = [
    ["Who died on April 17th?", "Adrian von Bidder"],
    ["Wer starb am 3. März?", "Ana Bell"],
    ["The ____ (NOC) caught fire.", noc],
    ["The Softlanding Linux System is better known as ____.", "SLS"],
  ];
  expect(yes.filter(([text, answer]) => !standsAlone(text, answer))).toEqual([]);
  expect(no.filter(([text, answer]) => standsAlone(text, answer))).toEqual([]);
  const asked = { text: "Who was born on May 3rd, in Thornmoor?", rule: "wh" as const, rank: 1 };
  const clear: SixScores = leads(1, 1, 1, 1, -1, -1);
  const undated = fact({ phrasings: [asked, fact().phrasings[0]!], answer: "Brem Coprea" });
  const { facts } = judgementOf([undated], [{ ranks: [1, 1], scores: [clear, clear] }], T);
  expect(facts[0]!.verdicts.map((verdict) => verdict?.gate)).toEqual(["G0", null]);
});

test("where wrong answers pass too often the thresholds rise until they do not", () => {
  const facts = Array.from({ length: 20 }, (_, i) => fact({ id: `${i}` }));
  const ranks = [1, null];
  const none: SixScores = [null, null, null, null, null, null];
  const clear = { ranks, scores: [leads(2, 2, 2, 2, -1, -1), none] };
  // In these the second option leads by a little with the book: held to be right it would pass.
  const sly: SixScores = [0.4, 0.4, 0.4, 0.4, -0.5, -0.5].map((lead) => [0, lead, -9]);
  const scored = facts.map((_, i) => (i < 16 ? clear : { ranks, scores: [sly, none] }));
  const judged = judgementOf(facts, scored, T);
  expect(judged.thresholds.open).toBeGreaterThan(0.4);
  expect(judged.thresholds.gain / T.gain).toBeCloseTo(judged.thresholds.open / T.open);
  expect(judged.swap).toEqual({ tried: 40, passed: 0 });
  expect(judged.facts.filter(({ verdicts }) => verdicts[0]?.gate === null)).toHaveLength(16);
  expect(judgementOf(facts, [...scored.slice(0, 16), null, null, null, null], T).thresholds).toEqual(T);
});
