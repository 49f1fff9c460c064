/** Explanations of a model that is not ours: with the passage in front of it SmolLM2 earns rewards, without it hardly. */
import { expect, test } from "vitest";
import { COMMON_WORDS } from "../../src/core/modelWords.ts";
import { mean } from "../../src/core/shape.ts";
import { respond } from "../../src/train/answers.ts";
import { openPrompts } from "../../src/train/prompts.ts";
import { grade } from "../../src/train/reward.ts";
import { openSmollm2 } from "../helpers/currentEvents.ts";

const QUESTIONS = 16;

test("the first 16 Current Events questions: the book is worth reading", { timeout: 900_000 }, async () => {
  const { lm, tokenizer, questions, passages } = await openSmollm2(QUESTIONS);
  const prompts = openPrompts(tokenizer, COMMON_WORDS);
  const reward = async (open: boolean): Promise<number> => {
    const sitting = { policy: lm, tokenizer, prompts, passages: open ? passages : null, adapter: false };
    const answers = await respond(questions, sitting);
    expect(answers.every(({ text, completion }) => text !== "" && completion.length > 5)).toBe(true);
    return mean(answers.map((answer, i) => grade(questions[i]!, answer, passages[i]!, null).reward))!;
  };
  expect(await reward(true)).toBeGreaterThanOrEqual(0.35);
  expect(await reward(false)).toBeLessThanOrEqual(0.1);
});
