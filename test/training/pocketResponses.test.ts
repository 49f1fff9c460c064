/**
 * Explanations of the built-in model on the demo archive against the reference: greedy tokens wherever the reference's
 * own choice was not a near tie, then explanation, answer, rationality and reward.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { POCKET_WORDS } from "../../src/core/modelWords.ts";
import type { Question } from "../../src/core/run.ts";
import { loadTokenizer } from "../../src/model/tokenizerFiles.ts";
import { bookAdded } from "../../src/train/added.ts";
import { type Answer, respond } from "../../src/train/answers.ts";
import { openPrompts } from "../../src/train/prompts.ts";
import { grade } from "../../src/train/reward.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json, publicFile } from "../helpers/fixtures.ts";
import { fixtureSource, loadFixtureModel } from "../helpers/model.ts";

interface Response {
  ids: number[];
  smallest_margin: number; // logits, between the first and the second token
  explanation: string;
  answer: string;
  rationality: number;
  reward: number;
}
interface Asked {
  question: string;
  passages: number[];
  open: Response;
  closed: Response;
}

const SURE_LOGITS = 1e-3; // below this a float32 engine may choose the other token
const { responses } = await json<{ responses: Asked[] }>(fixture("pocket/responses.json"));
const questions = (await json<Question[]>(publicFile("data/archive/test.json"))).slice(0, responses.length);
const documents = await json<{ passages: string[] }[]>(publicFile("data/archive/documents.json"));
const passages = documents.flatMap((document) => document.passages);
const Z = responses.map((asked) => asked.passages.map((i) => passages[i]!));

describe.for(["open", "closed"] as const)("%s book", (book) => {
  const sure = responses.flatMap((asked, i) => (asked[book].smallest_margin > SURE_LOGITS ? [i] : []));
  const want = sure.map((i) => responses[i]![book]);
  let got: Answer[] = [];

  beforeAll(async () => {
    const policy = await loadFixtureModel("pocket");
    const tokenizer = await loadTokenizer(fixtureSource("models/pocket", publicFile));
    const prompts = openPrompts(tokenizer, POCKET_WORDS);
    const sitting = { policy, tokenizer, prompts, adapter: false, passages: book === "open" ? Z : null };
    const all = await respond(questions, sitting);
    got = sure.map((i) => all[i]!);
    policy.destroy();
  });

  test("the responses are the reference's, token for token", () => {
    expect(sure.length).toBeGreaterThanOrEqual(responses.length - 2);
    expect(got.map(({ completion }) => completion)).toEqual(want.map(({ ids }) => ids));
  });

  test("so are explanation, answer, rationality and reward", () => {
    expect(got.map(({ explanation, text }) => [explanation, text])).toEqual(
      want.map(({ explanation, answer }) => [explanation, answer]),
    );
    const grades = got.map((answer, at) => grade(questions[sure[at]!]!, answer, Z[sure[at]!]!, null));
    const rounding = { atol: 1e-6 }; // the file has six decimals
    expectClose(
      grades.map((g) => g.rationality!.rationality),
      want.map((w) => w.rationality),
      rounding,
    );
    expectClose(
      grades.map((g) => g.reward),
      want.map((w) => w.reward),
      rounding,
    );
  });
});

test("what the open book added: most by the sentence that states the fact, and token by token the gap itself", async () => {
  const policy = await loadFixtureModel("pocket");
  const tokenizer = await loadTokenizer(fixtureSource("models/pocket", publicFile));
  const config = { ...POCKET_WORDS, answers: "both", credit: 0.2 } as const;
  const rewarded = responses.flatMap(({ open }, i) => (open.reward > 0.9 ? [i] : [])).slice(0, 3);
  let found = 0;
  for (const i of rewarded) {
    const retrieved = Z[i]!.map((text, index) => ({ index, text, title: null, score: 0 }));
    const forms = await bookAdded({ policy, tokenizer }, config, questions[i]!, retrieved);
    expect(forms.map(({ form }) => form)).toEqual(["brief", "explain"]);
    expect(forms[1]!.correct).toBe(true);
    for (const { tokens, sentences } of forms) {
      for (const { open, closed, weight } of tokens)
        expect(weight).toBeCloseTo(0.2 + Math.min(5, Math.max(0, open - closed)), 5);
      expect(sentences.map((of) => of.map(({ text }) => text).join(" "))).toEqual(Z[i]);
      const all = sentences.flat().map(({ text, added }) => ({ text, added: added! }));
      const most = all.reduce((a, b) => (b.added > a.added ? b : a));
      expect(most.added).toBeGreaterThan(1); // nats
      if (most.text === questions[i]!.evidence) found++;
    }
  }
  expect(found).toBeGreaterThanOrEqual(5); // of 6
  policy.destroy();
});
