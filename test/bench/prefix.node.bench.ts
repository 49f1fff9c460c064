/**
 * Scoring five options behind one open-book prompt: the prompt once and the options behind it, against five sequences of their
 * own. Alternately in one run; the bar is 3× (issue 3 §7.5).
 */
import { expect, test } from "vitest";
import { loadArchive, pocketPrompts } from "../helpers/archive.ts";
import { loadFixtureModel } from "../helpers/model.ts";
import { median, writeResult } from "../helpers/results.ts";

const QUESTIONS = 24;
const ROUNDS = 5;

test("prefix sharing", async () => {
  const archive = await loadArchive();
  const prompts = await pocketPrompts();
  const lm = await loadFixtureModel("pocket");
  const shared = archive.questions.test.slice(0, QUESTIONS).map((q, i) => ({
    context: prompts.ask(q, archive.retrieved("test", i), false),
    completions: Object.values(q.options).map((option) => prompts.completion(option)),
  }));
  const apart = shared.flatMap(({ context, completions }) =>
    completions.map((c) => ({ context, completions: [c] })),
  );
  const time = async (requests: typeof shared) => {
    const start = performance.now();
    await lm.score(requests, false);
    return (performance.now() - start) / 1000;
  };
  await time(shared); // pipelines built, pacing settled
  await time(apart);
  const seconds = { shared: [] as number[], apart: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    seconds.shared.push(await time(shared));
    seconds.apart.push(await time(apart));
  }
  const tokens = (requests: typeof shared) =>
    requests.reduce((n, r) => n + r.context.length + r.completions.flat().length - r.completions.length, 0);
  const ratio = median(seconds.apart) / median(seconds.shared);
  await writeResult("prefix", lm.gpu.info.name, {
    about: `scoring ${QUESTIONS} questions × 5 options, open book, pocket; medians of ${ROUNDS} alternating rounds, seconds of wall time`,
    shared: { seconds: median(seconds.shared), tokens: tokens(shared) },
    separate: { seconds: median(seconds.apart), tokens: tokens(apart) },
    ratio,
    bar: 3,
  });
  expect(ratio).toBeGreaterThanOrEqual(3);
});
