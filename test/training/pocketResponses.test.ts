/**
 * Explanations of the built-in model on the demo archive against the reference: greedy tokens wherever the reference's
 * own choice was not a near tie, then explanation, answer, rationality and reward.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { POCKET_WORDS } from "../../src/core/modelWords.ts";
import type { Question } from "../../src/core/run.ts";
import { loadTokenizer } from "../../src/model/tokenizerFiles.ts";
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
