import { describe, expect, test } from "vitest";
import { normalise } from "../../src/core/answers.ts";
import type { Entail, Question, TextPair } from "../../src/core/run.ts";
import { sentences } from "../../src/core/sentences.ts";
import { words } from "../../src/core/text.ts";
import type { Answer } from "../../src/train/answers.ts";
import { entailedBy, entailedParts } from "../../src/train/entailed.ts";
import { goldResponse, splitResponse } from "../../src/train/response.ts";
import { contentWords, grade, keySentence, rationality } from "../../src/train/reward.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json, publicFile } from "../helpers/fixtures.ts";

interface Response {
  text: string;
  explanation: string;
  answer: string;
  rationality: number;
  reward: number;
}
interface Fixture {
  responses: { question: string; passages: number[]; open: Response; closed: Response }[];
  controls: Record<string, (Response & { question: number })[]>;
}

const { responses, controls } = await json<Fixture>(fixture("pocket/responses.json"));
const test24 = (await json<Question[]>(publicFile("data/archive/test.json"))).slice(0, 24);
const documents = await json<{ passages: string[] }[]>(publicFile("data/archive/documents.json"));
const passages = documents.flatMap((document) => document.passages);
const Z = responses.map((response) => response.passages.map((i) => passages[i]!));

const ROUNDING = { atol: 1e-6 }; // the file has six decimals

const spoken = (text: string): Answer => {
  const { explanation, answer } = splitResponse(text.replace("<|im_end|>", ""));
  return { text: answer, completion: [], explanation, option_scores: null };
};

describe("responses of the reference", () => {
  const both = responses.flatMap(({ open, closed }, i) => [
    { i, ...open },
    { i, ...closed },
  ]);

  test("come apart into explanation and answer", () => {
    for (const { text, explanation, answer } of both) {
      expect(splitResponse(text.replace("<|im_end|>", ""))).toEqual({ explanation, answer });
    }
  });

  test("have the reference's rationality and reward", () => {
    const graded = both.map(({ i, text }) => grade(test24[i]!, spoken(text), Z[i]!, null));
    expectClose(
      graded.map((g) => g.rationality!.rationality),
      both.map((r) => r.rationality),
      ROUNDING,
    );
    expectClose(
      graded.map((g) => g.reward),
      both.map((r) => r.reward),
      ROUNDING,
    );
    expect(graded.some(({ reward }) => reward > 0.9)).toBe(true);
  });
});

describe("negative controls", () => {
  test.for(["shuffled", "wrong_option", "answer_alone", "unrelated_passage"])(
    "%s earns next to nothing",
    (name) => {
      const rows = controls[name]!;
      expect(rows).toHaveLength(24);
      const values = rows.map(({ question, text }) => {
        const response = spoken(text);
        const parts = rationality(
          test24[question]!,
          { explanation: response.explanation!, answer: response.text },
          Z[question]!,
          true,
        );
        return parts.rationality;
      });
      expectClose(
        values,
        rows.map((row) => row.rationality),
        ROUNDING,
      );
      expect(values.reduce((a, b) => a + b, 0) / values.length).toBeLessThanOrEqual(0.05);
    },
  );

  test("stay low without gold evidence, where the true response does not", () => {
    const open = (question: Question): Question => ({ ...question, evidence: null });
    const meanOf = (texts: { question: number; text: string }[]): number => {
      const values = texts.map(({ question, text }) =>
        grade(open(test24[question]!), spoken(text), Z[question]!, null),
      );
      return values.reduce((sum, g) => sum + g.rationality!.rationality, 0) / values.length;
    };
    for (const rows of Object.values(controls)) expect(meanOf(rows)).toBeLessThanOrEqual(0.2);
    const told = test24.map((q, question) => ({ question, text: goldResponse(q.evidence!, q.answer) }));
    expect(meanOf(told)).toBeGreaterThan(0.8);
  });
});

describe("entailed", () => {
  /** A passage "entails" a sentence by the share of the sentence's words that it has. */
  const asked: TextPair[] = [];
  const entail: Entail = async (pairs) => {
    asked.push(...pairs);
    return pairs.map(({ premise, hypothesis }) => {
      const said = words(hypothesis);
      return said.filter((word) => words(premise).includes(word)).length / said.length;
    });
  };
  const passages = ["Ada taught Bo.", "Cy sang."];

  test("mean over the sentences of the best passage, each asked of each", async () => {
    asked.length = 0;
    const part = await entailedBy(entail, "Ada taught Cy. Cy sang well! Nobody", passages);
    expectClose([part], [(2 / 3 + 2 / 3 + 0) / 3], { atol: 1e-12 });
    expect(asked).toHaveLength(6);
    expect(asked[3]).toEqual({ premise: "Cy sang.", hypothesis: "Cy sang well!" });
  });

  test("nothing said, or nothing to say it, is nothing entailed", async () => {
    expect(await entailedBy(entail, " ", passages)).toBe(0);
    expect(await entailedBy(entail, "Ada taught Bo.", [])).toBe(0);
  });

  test("is a further factor of rationality and reward; without it both are as before", () => {
    for (const [i, { open }] of responses.entries()) {
      const without = grade(test24[i]!, spoken(open.text), Z[i]!, null);
      const half = grade(test24[i]!, spoken(open.text), Z[i]!, null, 0.5);
      expect(without.rationality!.entailed).toBeNull();
      expect(half.rationality).toEqual({
        ...without.rationality,
        entailed: 0.5,
        rationality: without.rationality!.rationality / 2,
      });
      expect(half.reward).toBe(without.reward / 2);
    }
  });

  test("null for a chosen option, and for all where it is off", async () => {
    const chosen: Answer = { text: "Bo", completion: [], explanation: null, option_scores: null };
    const said = spoken("Ada taught Bo. The answer is Bo.");
    const progress: number[] = [];
    const Z2 = [passages, passages];
    expect(await entailedParts(entail, [chosen, said], Z2, (n) => progress.push(n))).toEqual([null, 1]);
    expect(progress).toEqual([2]);
    expect(await entailedParts(null, [chosen, said], Z2)).toEqual([null, null]);
    expect(grade(test24[0]!, chosen, [], null).rationality).toBeNull();
  });

  test("the negative controls stay as low by a judge that believes everything", async () => {
    for (const rows of Object.values(controls)) {
      const graded = rows.map(({ question, text }) =>
        grade(test24[question]!, spoken(text), Z[question]!, null, 1),
      );
      const sum = graded.reduce((total, { rationality: parts }) => total + parts!.rationality, 0);
      expect(sum / rows.length).toBeLessThanOrEqual(0.05);
    }
  });
});

describe("the parts", () => {
  const question: Question = {
    question: "Who taught Ada?",
    options: { A: "Bo", B: "Cy" },
    answer: "Bo",
    evidence: "The mentor of Ada was Bo.",
    relation: null,
    phrasings: [],
    bridge: null,
  };
  const passage = ["The mentor of Ada was Bo. Ada played the flute."];
  const parts = (text: string) => rationality(question, splitResponse(text), passage, true);

  test("a true explanation has all of them", () => {
    expect(parts("The mentor of Ada was Bo. The answer is Bo.")).toEqual({
      valid: 1,
      grounded_precision: 1,
      grounded_recall: 1,
      entailed: null,
      rationality: 1,
    });
  });

  test("F1 of half the words grounded and all of the evidence said is 2/3", () => {
    const {
      grounded_precision,
      grounded_recall,
      rationality: r,
    } = parts("Mentor Bo sang loudly. The answer is Bo.");
    expect([grounded_precision, grounded_recall]).toEqual([0.5, 1]);
    expectClose([r], [2 / 3], { atol: 1e-12 });
  });

  test("an explanation that names only another option is not valid", () => {
    expect(parts("The mentor of Ada was Cy. The answer is Bo.").valid).toBe(0);
    expect(parts("The mentor was somebody. The answer is Bo.").valid).toBe(1);
    expect(parts("The mentor of Ada was Bo.").valid).toBe(0); // no answer
  });

  test("a right answer earns its explanation, a wrong one nothing", () => {
    expect(grade(question, spoken("The mentor of Ada was Bo. The answer is bo."), passage, null).reward).toBe(
      1,
    );
    expect(
      grade(question, spoken("The mentor of Ada was Cy. The answer is Cy."), passage, null),
    ).toMatchObject({
      accuracy: 0,
      reward: 0,
    });
  });

  test("without gold the open-book lead decides, from 0.1 nats a token", () => {
    const choice = (lead: number): Answer => ({
      text: "Cy",
      completion: [],
      explanation: null,
      option_scores: { A: -1 - lead, B: -1 },
    });
    expect(grade(question, choice(0.125), passage, choice(0.125)).reward).toBe(1); // wrong, but sure
    expect(grade(question, choice(0.0625), passage, choice(0.0625)).reward).toBe(0);
    const said = spoken("The mentor of Ada was Bo. The answer is Bo.");
    expect(grade(question, said, passage, choice(0.5)).accuracy).toBe(0); // not the option it prefers
    const unread = { ...question, answer: "Bo", evidence: "nothing of the kind" };
    expect(
      grade(
        unread,
        spoken("Ada was a pupil of Cy. The answer is Cy."),
        ["Ada was a pupil of Cy."],
        choice(0.5),
      ).reward,
    ).toBe(1);
  });

  test("the key sentence without evidence is the one that fits question and answer", () => {
    expect(keySentence(null, "What did Ada play?", "flute", passage)).toBe("Ada played the flute.");
    expect(keySentence(null, "Quid?", "nihil", passage)).toBe("");
  });
});

test("words, content words, sentences and normalised answers", () => {
  expect(words("Zoë’s 2nd_flute, №7 — Łódź!")).toEqual(["zoë", "s", "2nd", "flute", "7", "łódź"]);
  expect(contentWords("The mentor of Ada was Bo, Bo!", "Who taught Ada?")).toEqual(["mentor", "bo", "bo"]);
  expect(sentences('He said "no." She left! Why? v1.2 is out\nnext line')).toEqual([
    'He said "no."',
    "She left!",
    "Why?",
    "v1.2 is out",
    "next line",
  ]);
  expect(normalise(" «Ｂrem　Coprea_».\n")).toBe("brem coprea_"); // NFKC: full-width B and space
  expect(normalise("?!")).toBe("");
});
