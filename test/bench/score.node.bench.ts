/**
 * `lab score` on a file of options, a line each with the whole open-book prompt before it: lines of one context asked together,
 * against each line by itself as it was. Alternately in one run; the bar is 3× (issue 11 §3).
 */
import { expect, test } from "vitest";
import { scoreCommand } from "../../src/lab/score.ts";
import { loadArchive, pocketPrompts } from "../helpers/archive.ts";
import { loadFixtureModel } from "../helpers/model.ts";
import { median, writeResult } from "../helpers/results.ts";

const QUESTIONS = 24;
const ROUNDS = 5;

test("a file of options", async () => {
  const archive = await loadArchive();
  const prompts = await pocketPrompts();
  const lm = await loadFixtureModel("pocket");
  const requests = archive.questions.test.slice(0, QUESTIONS).flatMap((q, i) => {
    const context = prompts.ask(q, archive.retrieved("test", i), false);
    return Object.values(q.options).map((option) => ({ context, completions: [prompts.completion(option)] }));
  });
  const vocabulary = {
    size: lm.config.vocab_size,
    positions: lm.config.max_position_embeddings,
    tokenizer: null,
  };
  const together = () => scoreCommand.answer(lm, requests, false, vocabulary, () => {});
  const seconds = { together: [] as number[], apart: [] as number[] };
  const time = async (of: number[], work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    of.push((performance.now() - start) / 1000);
  };
  await together(); // pipelines built, pacing settled
  await lm.score(requests, false);
  for (let round = 0; round < ROUNDS; round++) {
    await time(seconds.together, together);
    await time(seconds.apart, () => lm.score(requests, false));
  }
  const ratio = median(seconds.apart) / median(seconds.together);
  await writeResult("score", lm.gpu.info.name, {
    about: `lab score, ${QUESTIONS} questions × 5 options, open book, pocket; medians of ${ROUNDS} alternating rounds, seconds of wall time`,
    together: median(seconds.together),
    apart: median(seconds.apart),
    ratio,
    bar: 3,
  });
  expect(ratio).toBeGreaterThanOrEqual(3);
});
