import { describe, expect, test } from "vitest";
import { parseRunConfig, type RunConfig, storedRunConfig } from "../../src/core/config.ts";
import type { CycleRow, Question } from "../../src/core/run.ts";
import { checkQuestions } from "../../src/documents/questions.ts";
import type { GenerateRequest } from "../../src/model/policy.ts";
import type { Answer } from "../../src/train/answers.ts";
import { calibration } from "../../src/train/calibration.ts";
import type { CycleDeps, Entry, RunData } from "../../src/train/context.ts";
import { openControl } from "../../src/train/control.ts";
import { runCycles } from "../../src/train/cycle.ts";
import { otherArchive, spreadQuestions } from "../../src/train/elsewhere.ts";
import { planRun } from "../../src/train/plan.ts";
import { hopsOf, joins } from "../../src/train/twoHop.ts";
import { expectClose } from "../helpers/close.ts";
import { publicFile } from "../helpers/fixtures.ts";
import { standIn, wordTokenizer } from "../helpers/standIn.ts";

const ask = (question: string, answer: string, evidence: string, more: Partial<Question> = {}): Question => ({
  question,
  options: { A: "Trormere", B: "Saixwater", C: "Linrun" },
  answer,
  evidence,
  relation: null,
  phrasings: [],
  bridge: null,
  ...more,
});
const BORN = "The birthplace of Ada is Trormere.";
const RIVER = "The river Saixwater runs through Trormere.";
const test2 = [ask("Where was Ada born?", "Trormere", BORN), ask("Which river?", "Saixwater", RIVER)];
const joined = ask("Which river runs through the birthplace of Ada?", "Saixwater", `${BORN} ${RIVER}`, {
  bridge: "Trormere",
});
const stranger = ask("Which river runs through the birthplace of Bea?", "Linrun", "Nobody knows.", {
  bridge: "Raxmoor",
});

describe("two hops", () => {
  test("the single hops are those whose evidence is part of the question's own", () => {
    expect(hopsOf([joined, stranger, ask("?", "Linrun", BORN)], test2)).toEqual([[0, 1], null, null]);
  });

  test("every two-hop question of the archive has both its hops among the held-out ones", async () => {
    const read = async (name: string) =>
      checkQuestions(new TextDecoder().decode(await publicFile(`data/archive/${name}.json`)), `${name}.json`)
        .questions;
    const [held, twohop] = [await read("test"), await read("twohop")];
    const hops = hopsOf(twohop, held);
    expect(hops).toHaveLength(42);
    for (const [i, pair] of hops.entries()) {
      expect(held[pair![0]]!.relation).toBe("birthplace");
      expect(held[pair![1]]!.relation).toBe(twohop[i]!.relation);
    }
  });

  test("the bridge must be named as a whole word, and the answer be right", () => {
    const said = (explanation: string, text: string): Answer => ({
      text,
      completion: [],
      explanation,
      option_scores: null,
    });
    expect(joins(joined, said(`${BORN} ${RIVER}`, "Saixwater"))).toBe(true);
    expect(joins(joined, said("She was born in Trormereton.", "Saixwater"))).toBe(false);
    expect(joins(joined, said(BORN, "Linrun"))).toBe(false);
    expect(joins(ask("?", "Saixwater", RIVER), said(RIVER, "Saixwater"))).toBe(false); // no bridge
  });
});

test("calibration: the lead where it is right and where it is wrong, of what has options", () => {
  const chosen = (text: string, A: number, B: number): Answer => ({
    text,
    completion: [],
    explanation: null,
    option_scores: { A, B, C: -9 },
  });
  const questions = [...test2, joined, ask("open", "x", "y", { options: {} })];
  const answers = [
    chosen("Trormere", -1, -3),
    chosen("Trormere", -1, -1.5),
    chosen("Saixwater", -2, -1),
    null,
  ];
  const { test_scored, margin_right, margin_wrong } = calibration(questions, answers);
  expect(test_scored).toBe(3);
  expectClose([margin_right!, margin_wrong!], [1.5, 0.5], { atol: 1e-12 });
  expect(calibration([], [])).toEqual({ test_scored: 0, margin_right: null, margin_wrong: null });
});

describe("reading elsewhere", () => {
  const settings = { data: "data/archive", other_data: "data/archive-other", explain_every: 4 };

  test("is not asked of the archive it trains on, nor where explanations are never tested", () => {
    expect(otherArchive(settings)).toBe("data/archive-other");
    expect(otherArchive({ ...settings, data: "data/archive-other" })).toBeNull();
    expect(otherArchive({ ...settings, other_data: null })).toBeNull();
    expect(otherArchive({ ...settings, explain_every: 0 })).toBeNull();
  });

  test("takes 60 questions evenly, or as many as there are or the run asks for", () => {
    const many = Array.from({ length: 124 }, (_, i) => ask(`${i}`, "x", "y"));
    const spread = spreadQuestions(many, null);
    expect(spread).toHaveLength(60);
    expect(new Set(spread).size).toBe(60);
    expect([spread[0], spread[59]]).toEqual([many[0], many[121]]);
    expect(spreadQuestions(many, 4).map(({ question }) => question)).toEqual(["0", "31", "62", "93"]);
    expect(spreadQuestions(test2, null)).toEqual(test2);
  });
});

describe("in the plan", () => {
  const FURTHER = ["closed_exact", "open_exact", "twohop_explained", "other_open", "other_open_response"];
  const further = (config: RunConfig, hasTwoHop = true) =>
    planRun(config, hasTwoHop).flatMap(({ cycle, work }) =>
      FURTHER.includes(work) ? [`${cycle} ${work}`] : [],
    );
  const config = (change: object = {}) =>
    parseRunConfig({ cycles: 3, updates: 1, explain_every: 2, ...change });

  test("they come where explanations are tested", () => {
    const at = (cycle: number) => FURTHER.map((work) => `${cycle} ${work}`).sort();
    expect(further(config()).sort()).toEqual([...at(0), ...at(2), ...at(3)]);
    expect(further(config({ explain_every: 0 }))).toEqual([]);
  });

  test("each can be left out", () => {
    expect(further(config({ other_data: null, cycles: 0 }))).toEqual([
      "0 closed_exact",
      "0 open_exact",
      "0 twohop_explained",
    ]);
    expect(further(config({ thorough: false, cycles: 0 }))).toEqual([
      "0 other_open",
      "0 other_open_response",
    ]);
    expect(further(config({ other_data: null, cycles: 0 }), false)).not.toContain("0 twohop_explained");
  });

  test("a run stored before them goes on with the plan it began with", () => {
    const { thorough, other_data, ...early } = config();
    expect([thorough, other_data]).toEqual([true, "data/archive-other"]);
    expect(further(storedRunConfig(early))).toEqual([]);
  });
});

describe("measured", () => {
  const data: RunData = { train: test2, test: test2, twohop: [joined, stranger] };
  const elsewhere = [ask("Who taught Cem?", "Linrun", "Cem was taught by Linrun.")];

  /** Cycle 0 with a model that says to each question what `sayings` has for it, by the question's words. */
  async function measuredWith(sayings: (prompt: string) => string): Promise<{ row: CycleRow; entry: Entry }> {
    const tokenizer = wordTokenizer();
    const entries: Entry[] = [];
    const policy = {
      ...standIn(tokenizer, []),
      generate: async (requests: readonly GenerateRequest[]) =>
        requests.map(({ prompt }) => [
          ...tokenizer.encode(sayings(tokenizer.decode(prompt))),
          tokenizer.endOfTurn,
        ]),
    };
    const passage = { index: 0, text: `${BORN} ${RIVER}`, title: null, score: 1 };
    const deps: CycleDeps = {
      policy,
      tokenizer,
      retrieve: async (questions) => questions.map(() => [passage]),
      elsewhere: {
        questions: elsewhere,
        retrieve: async (questions) => questions.map(() => [{ ...passage, text: elsewhere[0]!.evidence! }]),
      },
      reading: null,
      entail: null,
      now: () => 0,
      checkpointSeconds: 0,
      store: async (entry) => {
        entries.push(structuredClone(entry));
      },
      onBaselines() {},
      onMemory() {},
      onProgress() {},
    };
    await runCycles(parseRunConfig({ cycles: 0, k: 1 }), data, deps, openControl(), null);
    const entry = entries.find(({ rows }) => rows.length > 0)!;
    return { row: entry.rows[0] as CycleRow, entry };
  }

  const KNOWS = (prompt: string): string => {
    const asked = prompt.slice(prompt.indexOf("Question:"));
    const explains = asked.includes("Explain");
    if (asked.includes("Cem")) return "Cem was taught by Linrun. The answer is Linrun.";
    if (asked.includes("river runs")) return `${BORN} ${RIVER} The answer is Saixwater.`;
    if (asked.includes("river")) {
      if (explains) return `${RIVER} The answer is Saixwater.`;
      return prompt.includes("Context:") ? "saixwater." : "Linrun";
    }
    return explains ? `${BORN} The answer is Trormere.` : "Trormere";
  };

  test("exact answers in its own words, two hops of what it knows, reading elsewhere", async () => {
    const { row, entry } = await measuredWith(KNOWS);
    expect(row).toMatchObject({
      closed_exact: 0.5,
      exact_of: 2,
      open_exact: 1, // "saixwater." says the same
      twohop_explained: 1,
      twohop_known: 1, // the other one's hops are not asked
      other_open_response: 1,
      other_explained: 1,
      other_scored: 1,
      test_scored: 2,
    });
    expect([0, 1]).toContain(row.other_open); // among options: the stand-in guesses
    expect(entry.answers).toMatchObject({ closed_reward: [1, 1], open_reward: [1, 1] });
  });

  test("a two-hop question counts only where both its facts are told rightly", async () => {
    const { row } = await measuredWith((prompt) =>
      prompt.includes("born") ? "It is unknown. The answer is Linrun." : KNOWS(prompt),
    );
    expect(row).toMatchObject({ twohop_known: 0, twohop_explained: null });
  });
});
