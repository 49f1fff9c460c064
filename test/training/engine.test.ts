/** What an engine must keep whatever the memory or the batch: the same step for any split, the same bits for the same seed. */
import { expect, test, vi } from "vitest";
import { klTopReference } from "../../src/gpu/reference/klTop.ts";
import { AMPLE } from "../../src/model/decoder.ts";
import type { GenerateRequest, QuestionLoss } from "../../src/model/policy.ts";
import { teach, topCount } from "../../src/model/teach.ts";
import { update } from "../../src/model/update.ts";
import { pairLoss } from "../../src/train/objectives/pair.ts";
import { expectClose, peak } from "../helpers/close.ts";
import { minusMean, plain } from "../helpers/losses.ts";
import { fixtureSource, gradientsOf, loadFixtureModel } from "../helpers/model.ts";

const lm = await loadFixtureModel("llama-tied/model");
const STEP = { step: 1, learning_rate: 1e-2, weight_decay: 0.01, max_grad_norm: 0.5 };

const tokens = (n: number, seed: number) =>
  Array.from({ length: n }, (_, i) => (seed * 31 + i * 17 + ((i * seed) % 7)) % 259);

/** Six questions that share passages and prompts in every way an update may meet. */
function questions(anchor = 1): QuestionLoss[] {
  const passage = (i: number) => ({ context: [1], completion: tokens(9 + i, 40 + i) });
  return Array.from({ length: 6 }, (_, i) => {
    const closed = tokens(11, i);
    const y_w = tokens(4, 90 + i);
    const y_l = i % 3 === 0 ? y_w : tokens(5, 70 + i);
    return pairLoss(
      {
        z: [passage(i % 2), passage(2)],
        c: { context: tokens(24 + i, 20 + i), completion: y_w },
        l: { context: closed, completion: y_l },
        w: { context: closed, completion: y_w },
      },
      {
        beta_z: i % 3 === 0 ? 0.5 : 0.2,
        beta: i % 3 === 0 ? 0 : 0.1 * (i % 2),
        anchor: anchor * (i % 2),
        clips: { chosen: -0.2, rejected: -1e30 },
      },
    );
  });
}

test.each(["llama-tied", "gemma3"])(
  "%s: a step is the same in one pack or in many, scored first and recomputed",
  async (family) => {
    const lm = await loadFixtureModel(`${family}/model`);
    await lm.attachAdapter(fixtureSource(`${family}/adapter`));
    const start = await lm.readState();
    const whole = await update(lm.decoder, lm.adapter, questions(), STEP);
    const want = await gradientsOf(lm);
    for (const savedTokens of [200, 60, 1]) {
      lm.writeState(start);
      const savedBytes = savedTokens * lm.decoder.savedBytesPerToken(lm.adapter);
      lm.decoder.limits = { ...AMPLE, savedBytes };
      const split = await update(lm.decoder, lm.adapter, questions(), STEP);
      lm.decoder.limits = AMPLE;
      expectClose([split.loss, split.grad_norm], [whole.loss, whole.grad_norm], {
        rtol: 1e-5,
        label: `${savedTokens} tokens`,
      });
      const got = await gradientsOf(lm);
      for (const [name, w] of want)
        expectClose(got.get(name)!, w, { atol: 2e-6 * peak(w), rtol: 1e-4, label: name });
    }
    lm.destroy();
  },
);

test("slopes known beforehand give the step that a function of the values gives", async () => {
  const linear = (slopes: number[][]): QuestionLoss[] =>
    questions().map(({ terms }, q) => ({
      terms: terms.map((t) => ({ ...t, watched: false })),
      loss: slopes[q]!,
    }));
  const slopes = questions().map(({ terms }, q) => terms.map((_, t) => ((q + 2 * t) % 3) - 1)); // some are 0
  const asFunctions = linear(slopes).map(({ terms }, q): QuestionLoss => {
    const loss = (values: readonly number[]) => ({
      loss: values.reduce((sum, v, t) => sum + slopes[q]![t]! * v, 0),
      slopes: slopes[q]!,
    });
    return { terms: terms.map((t, i) => ({ ...t, watched: slopes[q]![i] === 0 })), loss };
  });
  await lm.attachAdapter(fixtureSource("llama-tied/adapter"));
  const start = await lm.readState();
  const scoring = vi.spyOn(lm.decoder, "headLogprobs");
  for (const savedTokens of [1e9, 60]) {
    lm.decoder.limits = { ...AMPLE, savedBytes: savedTokens * lm.decoder.savedBytesPerToken(lm.adapter) };
    const ends = [];
    const scored = [];
    for (const losses of [linear(slopes), asFunctions]) {
      lm.writeState(start);
      scoring.mockClear();
      const stats = await lm.update(losses, STEP);
      ends.push([stats, await gradientsOf(lm)]);
      scored.push(scoring.mock.calls.length);
    }
    expect(ends[1]).toEqual(ends[0]);
    expect(scored[0]).toBe(1); // what no slope reaches; the rest is measured as its gradient is taken
    expect(scored[1]).toBeGreaterThan(1);
  }
  scoring.mockRestore();
  lm.decoder.limits = AMPLE;
});

test("tokens count by their weights, and terms of one sequence add up", async () => {
  const sequence = { context: tokens(11, 1), completion: tokens(6, 90) };
  const weights = [Float32Array.of(0.2, 5.2, 0, 1, 3, 0.2), Float32Array.of(1, 1, 1, 1, 1, 1)];
  const slopes = [-1.5, 0.25];
  const terms = weights.map((tokens) => ({ ...plain("w", sequence), tokens }));
  await lm.attachAdapter(fixtureSource("llama-tied/adapter"));
  const [logprobs] = (
    await lm.score([{ context: sequence.context, completions: [sequence.completion] }], true)
  )[0]!;
  const start = await lm.readState();
  const { values, supervised_tokens } = await lm.update([{ terms, loss: slopes }], STEP);
  const got = await gradientsOf(lm);
  const value = (w: Float32Array) =>
    w.reduce((sum, x, t) => sum + x * logprobs![t]!, 0) / w.reduce((a, b) => a + b, 0);
  expectClose(values[0]!, weights.map(value), { atol: 1e-5 });
  expect(supervised_tokens).toBe(6); // once
  lm.writeState(start);
  const one = Float32Array.from(weights[0]!, (w, t) => (1.5 * w) / 9.6 - (0.25 * weights[1]![t]!) / 6);
  const total = one.reduce((a, b) => a + b, 0);
  await lm.update([{ terms: [{ ...plain("w", sequence), tokens: one }], loss: [-total] }], STEP);
  for (const [name, w] of await gradientsOf(lm))
    expectClose(got.get(name)!, w, { atol: 1e-5 * peak(w), label: name });
  lm.writeState(start);
});

/** Questions taught softly: alone, beside hard terms on the same tokens, with weights, and one that is only watched. */
async function taught(): Promise<QuestionLoss[]> {
  const of = (i: number) => ({ context: tokens(7 + i, i), completion: tokens(5 + 3 * i, 50 + i) });
  const sequences = [of(0), of(1), of(2), of(3)];
  const teachers = await teach(
    lm.decoder,
    null,
    sequences.map(({ completion }, i) => ({ context: tokens(19, 90 + i), completion })),
    20,
  );
  const soft = (i: number) => ({ ...plain("kl", sequences[i]!), teacher: teachers[i]! });
  const weights = Float32Array.from({ length: 8 }, (_, t) => (t % 3) + 0.2);
  return [
    { terms: [soft(0), soft(3)], loss: [-1, 0] },
    { terms: [soft(1), { ...soft(1), tokens: weights }, plain("w", sequences[1]!)], loss: [-1, -0.5, -0.7] },
    { terms: [plain("w", sequences[3]!), soft(2)], loss: [-1, -2] },
  ];
}
const TEACHING = { ...STEP, weight_decay: 0, max_grad_norm: 1e9 };

test("the divergence from a teacher is that of its top tokens and one bucket", async () => {
  await lm.attachAdapter(fixtureSource("llama-tied/adapter"));
  const start = await lm.readState();
  const losses = await taught();
  const { values } = await lm.update(losses, STEP);
  lm.writeState(start);
  const all = Array.from({ length: 259 }, (_, id) => [id]);
  for (const [q, { terms }] of losses.entries()) {
    for (const [t, { sequence, teacher, tokens: weights }] of terms.entries()) {
      if (!teacher) continue;
      const { context, completion } = sequence;
      const prompts = completion.map((_, i) => [...context, ...completion.slice(0, i)]);
      const scored = await lm.score(
        prompts.map((prompt) => ({ context: prompt, completions: all })),
        true,
      );
      const logprobs = scored.flatMap((row) => row.map((s) => s[0]!));
      const shape = { R: completion.length, V: 259, ld: 259, count: teacher.count };
      const { kl } = klTopReference(
        logprobs,
        teacher.ids,
        teacher.logprobs,
        new Float32Array(shape.R),
        shape,
      );
      const w = weights ?? new Float32Array(shape.R).fill(1);
      const mean = kl.reduce((sum, x, i) => sum + x * w[i]!, 0) / w.reduce((a, b) => a + b, 0);
      expectClose([values[q]![t]!], [-mean], { atol: 2e-5, label: `question ${q}, term ${t}` });
      expect(mean).toBeGreaterThan(0.01);
    }
  }
});

test("a softly taught step goes down its gradient", async () => {
  await lm.attachAdapter(fixtureSource("llama-tied/adapter"));
  const start = await lm.readState();
  const losses = await taught();
  const { grad_norm } = await lm.update(losses, TEACHING);
  const { gpu, adapter } = lm;
  const gradient = await gpu.readF32(adapter.grads, adapter.size);
  const lossAt = async (by: number) => {
    const weights = start.weights.map((w, i) => w + (by * gradient[i]!) / grad_norm);
    lm.writeState({ ...start, weights });
    return (await lm.update(losses, TEACHING)).loss;
  };
  const h = 5e-3;
  const slope = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
  lm.writeState(start);
  expectClose([slope], [grad_norm], { rtol: 2e-3 });
});

test("soft targets: the same step in one pack or many, by known slopes or by a function", async () => {
  await lm.attachAdapter(fixtureSource("llama-tied/adapter"));
  const start = await lm.readState();
  const linear = await taught();
  const asFunctions = linear.map(({ terms, loss }): QuestionLoss => {
    const slopes = loss as number[];
    return {
      terms: terms.map((term, t) => ({ ...term, watched: slopes[t] === 0 })),
      loss: (values) => ({ loss: values.reduce((sum, v, t) => sum + slopes[t]! * v, 0), slopes }),
    };
  });
  const run = async (losses: QuestionLoss[], savedTokens: number) => {
    lm.writeState(start);
    lm.decoder.limits = { ...AMPLE, savedBytes: savedTokens * lm.decoder.savedBytesPerToken(lm.adapter) };
    const stats = await lm.update(losses, STEP);
    lm.decoder.limits = AMPLE;
    return { stats, gradients: await gradientsOf(lm) };
  };
  const whole = await run(linear, 1e9);
  expect(await run(asFunctions, 1e9)).toEqual(whole);
  for (const savedTokens of [30, 1]) {
    const split = await run(linear, savedTokens);
    expect(await run(asFunctions, savedTokens)).toEqual(split);
    expectClose(split.stats.values.flat(), whole.stats.values.flat(), { atol: 2e-6 });
    for (const [name, w] of whole.gradients)
      expectClose(split.gradients.get(name)!, w, { atol: 2e-6 * peak(w), rtol: 1e-4, label: name });
  }
});

test("a teacher's tokens are those that scoring finds likeliest, the same alone and together", async () => {
  const sequences = [0, 1, 2].map((i) => ({ context: tokens(i, 3), completion: tokens(4 + i, 50 + i) }));
  const together = await teach(lm.decoder, null, sequences, 5);
  expect(together.map(({ ids }) => ids.length / 5)).toEqual([3, 5, 6]); // without a context the first has no prediction
  for (const [i, sequence] of sequences.entries())
    expect((await teach(lm.decoder, null, [sequence], 5))[0]).toEqual(together[i]);
  const { context, completion } = sequences[2]!;
  const all = Array.from({ length: 259 }, (_, id) => [id]);
  const [scores] = await lm.score([{ context: [...context, completion[0]!], completions: all }], false);
  const order = scores!.map((s, id) => [s[0]!, id] as const).sort((a, b) => b[0] - a[0]);
  expect([...together[2]!.ids.subarray(5, 10)]).toEqual(order.slice(0, 5).map(([, id]) => id));
  expectClose(
    together[2]!.logprobs.subarray(5, 10),
    order.slice(0, 5).map(([lp]) => lp),
    { atol: 1e-5 },
  );
  expect((await teach(lm.decoder, null, sequences.slice(2), 1000))[0]!.count).toBe(259);
  expect(await teach(lm.decoder, null, [{ context: [], completion: [1] }], 5)).toMatchObject([
    { count: 5, ids: new Uint32Array(0) },
  ]);
  expect((await lm.teach(sequences.slice(2)))[0]!.count).toBe(259);
  expect([1024, 49_152, 262_144].map(topCount)).toEqual([256, 20, 20]);
  await expect(teach(lm.decoder, null, sequences, 0)).rejects.toThrow(/0 top tokens .* 1 to 1024/);
});

test("slopes and weights that do not fit their terms are refused with both numbers", async () => {
  const sequence = { context: [1, 2], completion: tokens(6, 90) };
  const loss = (term: object, slopes = [-1]) =>
    lm.update([{ terms: [{ ...plain("w", sequence), ...term }], loss: slopes }], STEP);
  await expect(loss({}, [-1, 1])).rejects.toThrow(/question 0 has 1 terms and 2 slopes/);
  await expect(loss({ tokens: new Float32Array(5) })).rejects.toThrow(/term 0 \(w\): 6 tokens .* 5 have/);
});

test("two runs of three steps end in the same bits", async () => {
  const ends: Float32Array[] = [];
  for (let run = 0; run < 2; run++) {
    lm.newAdapter(
      { r: 3, lora_alpha: 6, target_modules: ["q_proj", "v_proj", "up_proj"], use_rslora: false },
      7,
    );
    for (let step = 1; step <= 3; step++) await lm.update(questions(), { ...STEP, step });
    ends.push((await lm.readState()).weights);
  }
  expect(ends[1]).toEqual(ends[0]);
  expect(peak(ends[0]!)).toBeGreaterThan(0);
});

test("a loss that is not finite changes nothing and says so", async () => {
  lm.newAdapter({ r: 4, lora_alpha: 8, target_modules: ["q_proj"], use_rslora: false }, 1);
  const before = await lm.readState();
  const infinite = { ...minusMean([{ context: [1], completion: tokens(9, 40) }]), loss: [-3e38] };
  const unsound = minusMean([{ context: [1], completion: tokens(9, 40) }]);
  const broken = [
    questions(3e38),
    questions(Number.NaN),
    [infinite],
    [{ ...unsound, loss: () => ({ loss: Number.NaN, slopes: [0] }) }],
  ];
  for (const losses of broken)
    await expect(lm.update(losses, STEP)).rejects.toMatchObject({ code: "not-finite" });
  expect((await lm.readState()).weights).toEqual(before.weights);
});

const request = (i: number, more: Partial<GenerateRequest> = {}): GenerateRequest => ({
  prompt: tokens(5 + 3 * i, i + 1),
  max_new_tokens: 20,
  stop_ids: [],
  temperature: 0.8,
  top_k: 20,
  top_p: 0.9,
  seed: i,
  ...more,
});

test("generation: the same alone and in a batch, for greedy and sampled rows of different lengths", async () => {
  const requests = [
    request(0),
    request(1, { temperature: 0 }),
    request(2, { max_new_tokens: 3 }),
    request(3, { top_k: 0, top_p: 1 }),
    request(4, { max_new_tokens: 0 }),
  ];
  const together = await lm.generate(requests, false);
  expect(together.map((ids) => ids.length)).toEqual([20, 20, 3, 20, 0]);
  for (const [i, r] of requests.entries())
    expect((await lm.generate([r], false))[0], `request ${i}`).toEqual(together[i]);
  const [other] = await lm.generate([request(0, { seed: 99 })], false);
  expect(other).not.toEqual(together[0]);
});

test("a single new token is the first of many", async () => {
  const requests = [0, 1, 2].map((i) => request(i, { temperature: 0 }));
  const many = await lm.generate(requests, false);
  const one = await lm.generate(
    requests.map((r) => ({ ...r, max_new_tokens: 1 })),
    false,
  );
  expect(one).toEqual(many.map(([first]) => [first]));
});

test("generation ends with a stop token, which it keeps", async () => {
  const greedy = request(1, { temperature: 0 });
  const [free] = await lm.generate([greedy], false);
  const stop = free![6]!;
  const [stopped] = await lm.generate([{ ...greedy, stop_ids: [stop] }], false);
  expect(stopped).toEqual(free!.slice(0, free!.indexOf(stop) + 1));
});

test("greedy tokens are those that scoring finds most probable", async () => {
  const greedy = request(2, { temperature: 0, max_new_tokens: 6 });
  const [ids] = await lm.generate([greedy], false);
  const all = Array.from({ length: 259 }, (_, id) => [id]);
  for (let t = 0; t < 6; t++) {
    const [scores] = await lm.score(
      [{ context: [...greedy.prompt, ...ids!.slice(0, t)], completions: all }],
      false,
    );
    const logps = scores!.map((s) => s[0]!);
    expect(logps.indexOf(Math.max(...logps))).toBe(ids![t]);
  }
});

test("inputs that cannot be run are refused by name and number", async () => {
  await expect(lm.score([{ context: [1], completions: [[259]] }], false)).rejects.toThrow(
    /token id 259 .* vocabulary of 259/,
  );
  await expect(lm.generate([request(0, { prompt: [] })], false)).rejects.toThrow(/the prompt is empty/);
  await expect(lm.generate([request(0, { max_new_tokens: 600 })], false)).rejects.toThrow(
    /605 tokens exceeds the model's 512/,
  );
  await expect(lm.update([], STEP)).rejects.toThrow(/at least one question/);
});

test("work that is refused midway gives its memory back", async () => {
  lm.newAdapter({ r: 4, lora_alpha: 8, target_modules: ["q_proj"], use_rslora: false }, 1);
  const held = () => [lm.decoder.arena.mark(), lm.decoder.tables.mark(), lm.gpu.allocatedBytes];
  const [whole, tooLong] = [500, 600].map((n) => ({ context: [1], completion: tokens(n, 3) }));
  const sequences = [...Array.from({ length: 5 }, () => whole!), tooLong!]; // refused in the second pack
  const update = () => lm.update([minusMean(sequences)], STEP);
  const score = () =>
    lm.score(
      sequences.map(({ context, completion }) => ({ context, completions: [completion] })),
      true,
    );
  for (const work of [score, () => lm.kl(sequences), () => lm.teach(sequences), update]) {
    await expect(work()).rejects.toThrow(/600 tokens exceeds the model's 512/); // blocks grow once, and stay
    const before = held();
    await expect(work()).rejects.toThrow(/600 tokens exceeds the model's 512/);
    expect(held()).toEqual(before);
  }
  expect(held().slice(0, 2)).toEqual([
    [0, 0],
    [0, 0],
  ]);
});
