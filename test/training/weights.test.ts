/** Weights in blocks and in several buffers: the same model as its numbers in one piece. */
import { expect, test } from "vitest";
import { firstVariants } from "../../src/gpu/autotune.ts";
import { dequantise } from "../../src/gpu/dequantise.ts";
import { type WeightType, weightBytes } from "../../src/gpu/kernels/weightTypes.ts";
import { randomWeights } from "../../src/gpu/randomWeights.ts";
import { matmulNnReference } from "../../src/gpu/reference/matmulNn.ts";
import { matmulNtReference } from "../../src/gpu/reference/matmulNt.ts";
import { openCausalLm } from "../../src/model/causalLm.ts";
import { openModelFiles } from "../../src/model/modelFiles.ts";
import { type Matrix, matrixOf, Ops } from "../../src/model/ops.ts";
import { countOf, type Tensor } from "../../src/model/tensor.ts";
import { uploadWeights } from "../../src/model/weights.ts";
import { expectClose, peak } from "../helpers/close.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random } from "../helpers/kernel.ts";
import { weightedSum } from "../helpers/losses.ts";
import { fixtureSource, gradientsOf } from "../helpers/model.ts";

const STEP = { step: 1, learning_rate: 1e-3, weight_decay: 0, max_grad_norm: 1 };
const gpu = await testGpu();
const source = fixtureSource("llama-tied/model");
const { config, tensors } = await openModelFiles(source);
const { sequences } = await json<{ sequences: number[][] }>(fixture("llama-tied/cases.json"));

/** Log-probabilities, greedy text and gradients with the fixture's adapter. */
async function results(tensors: ReadonlyMap<string, Tensor>, maxShardBytes?: number) {
  const weights = await uploadWeights(gpu, config, tensors, maxShardBytes);
  const lm = await openCausalLm(gpu, { config, weights });
  await lm.attachAdapter(fixtureSource("llama-tied/adapter"));
  const logprobs = await lm.score([{ context: [], completions: sequences }], true);
  const prompt = sequences[1]!;
  const greedy = { prompt, max_new_tokens: 12, stop_ids: [], temperature: 0, top_k: 0, top_p: 1, seed: 0 };
  const text = await lm.generate([greedy], true);
  const everywhere = sequences.map((ids) => new Array<number>(ids.length - 1).fill(0.25));
  await lm.update([weightedSum(sequences, everywhere)], STEP);
  const gradients = await gradientsOf(lm);
  lm.destroy();
  return { weights, logprobs, text, gradients };
}

type Results = Awaited<ReturnType<typeof results>>;
function expectGradients(got: Results, want: Results, share: number): void {
  for (const [name, w] of want.gradients)
    expectClose(got.gradients.get(name)!, w, { atol: share * peak(w), label: name });
}

test("a table in three shards is the table in one", async () => {
  const [whole, sharded] = [await results(tensors), await results(tensors, 45_056)];
  expect(whole.weights.embedding.shards).toHaveLength(1);
  expect(sharded.weights.head.shards.map(({ first, rows }) => [first, rows])).toEqual([
    [0, 128],
    [128, 128],
    [256, 3],
  ]);
  expect(sharded.logprobs).toEqual(whole.logprobs); // bit for bit: every logit is one shard's
  expect(sharded.text).toEqual(whole.text);
  expectGradients(sharded, whole, 1e-5); // dX of the head adds the shards up
});

test("a matrix whose rows no binding holds is refused with both numbers", async () => {
  const before = gpu.allocatedBytes;
  await expect(uploadWeights(gpu, config, tensors, 4096)).rejects.toMatchObject({
    code: "out-of-memory",
    message: expect.stringMatching(/^embedding: 64 rows of 256 bytes exceed the 4096 /),
  });
  expect(gpu.allocatedBytes).toBe(before);
});

test("a model of mixed block types, in shards, is its dequantised self", async () => {
  const types: WeightType[] = ["Q8_0", "Q4_0", "Q4_1", "Q5_0"];
  const quantised = new Map(tensors);
  const plain = new Map(tensors);
  for (const [i, [name, { shape }]] of [...tensors].entries()) {
    if (shape.length !== 2) continue;
    const dtype = types[i % types.length]!;
    const { bytes } = randomWeights(countOf(shape), dtype, i);
    const f32 = new Uint8Array(dequantise(dtype, bytes).buffer);
    quantised.set(name, tensorOf(dtype, shape, bytes));
    plain.set(name, tensorOf("F32", shape, f32));
  }
  const [got, want] = [await results(quantised, 12_288), await results(plain)];
  const used = new Set(
    got.weights.layers.flatMap(({ matrices }) => Object.values(matrices)).map((m) => m.type),
  );
  expect(used.size).toBe(types.length);
  expect(got.weights.bytes).toBeLessThan(0.4 * want.weights.bytes);
  got.logprobs.flat().forEach((row, i) => {
    expectClose(row, want.logprobs.flat()[i]!, { atol: 1e-4 });
  });
  expect(got.text).toEqual(want.text);
  expectGradients(got, want, 1e-4);
});

function tensorOf(dtype: WeightType, shape: number[], bytes: Uint8Array<ArrayBuffer>): Tensor {
  const row = weightBytes(dtype, shape[1]!);
  const read = async (first = 0, count = shape[0]! - first) =>
    bytes.subarray(first * row, (first + count) * row);
  return { dtype, shape, read };
}

test("products with shards: low rank, bias, another summand and accumulation fall on the right columns", async () => {
  const ops = new Ops(gpu, firstVariants(gpu), { NH: 4, NKV: 2, hs: 16, scale: 0.25 });
  const [M, N, K, rank] = [37, 150, 64, 4];
  const [x, w, dy] = [random(M * K, 1), random(N * K, 2), random(M * 152, 3)];
  for (let m = 0; m < M; m++) dy.fill(0, m * 152 + N, (m + 1) * 152);
  const up = (data: Float32Array<ArrayBuffer>) => gpu.upload(data, "test");
  const whole = matrixOf(up(w), N, K);
  const shard = (first: number, rows: number) => ({
    range: up(w.slice(first * K, (first + rows) * K)),
    first,
    rows,
  });
  const sharded: Matrix = { ...whole, shards: [shard(0, 64), shard(64, 64), shard(128, 22)] };
  const [left, b, a] = [up(random(M * rank, 4)), up(random(N * rank, 5)), up(random(rank * K, 6))];
  const low = { left, offset: 0, ld: rank, rank, scale: 0.5 };
  const [other, bias, start] = [up(random(M * N + 4, 7)), up(random(152, 8)), random(M * 152, 9)];
  const [inputs, gradients] = [up(x), up(dy)];
  const forward = async (w: Matrix, how: "overwrite" | "bias" | "accumulate") => {
    const y = up(start);
    const add = how === "accumulate" ? { add: y } : how === "bias" ? { bias } : {};
    ops.matmulNt(inputs, w, y, M, { lowRank: { ...low, factor: b }, ldy: 152, ...add });
    return gpu.readF32(y, M * 152);
  };
  for (const how of ["overwrite", "bias", "accumulate"] as const)
    expect(await forward(sharded, how), how).toEqual(await forward(whole, how));
  const backward = async (w: Matrix, how: "overwrite" | "other" | "accumulate") => {
    const dx = up(start);
    const add = how === "accumulate" ? { add: dx } : how === "other" ? { add: other } : {};
    ops.matmulNn(gradients, w, dx, M, { lowRank: { ...low, factor: a }, lddy: 152, ...add });
    return gpu.readF32(dx, M * K);
  };
  for (const how of ["overwrite", "other", "accumulate"] as const)
    expectClose(await backward(sharded, how), await backward(whole, how), { atol: 2e-5, label: how });
});

test("a head of 8,260 rows, which software adapters take in pieces: low rank, another summand and accumulation once", async () => {
  const ops = new Ops(gpu, firstVariants(gpu), { NH: 4, NKV: 2, hs: 16, scale: 0.25 });
  const [M, N, K, rank] = [17, 8260, 32, 4];
  const { words, values } = randomWeights(N * K, "Q8_0", 1);
  const up = (data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>) => gpu.upload(data, "test");
  const w: Matrix = {
    shards: [{ range: up(words), first: 0, rows: N }],
    type: "Q8_0",
    rows: N,
    cols: K,
  };
  const [dy, g, a, other] = [random(M * N, 2), random(M * rank, 3), random(rank * K, 4), random(M * K, 5)];
  const lowRank = { left: up(g), offset: 0, ld: rank, factor: up(a), rank, scale: 0.5 };
  const shape = { M, N, K, lddy: N, ldw: K, ldg: rank, gOffset: 0, lda: K, rank, scale: 0.5 };
  const product = matmulNnReference(dy, values, g, a, shape);
  const summed = product.map((value, i) => value + other[i]!);
  for (const how of ["overwrite", "other", "accumulate"] as const) {
    const dx = up(other.slice());
    const add = how === "overwrite" ? {} : { add: how === "accumulate" ? dx : up(other) };
    ops.matmulNn(up(dy), w, dx, M, { lowRank, ...add });
    const want = how === "overwrite" ? product : summed;
    expectClose(await gpu.readF32(dx, M * K), want, { atol: 1e-5 * peak(want), label: how });
  }
  const ldy = N + 4; // as logits may lie
  const [x, h, b, r] = [random(M * K, 6), random(M * rank, 7), random(N * rank, 8), random(N, 9)];
  const forward = { M, N, K, ldx: K, ldw: K, ldh: rank, hOffset: 0, ldb: rank, rank, scale: 0.5 };
  const rows = matmulNtReference(x, values, h, b, forward);
  for (const bias of [null, r]) {
    const y = up(new Float32Array(M * ldy));
    const options = { lowRank: { ...lowRank, left: up(h), factor: up(b) }, ldy };
    ops.matmulNt(up(x), w, y, M, bias ? { ...options, bias: up(bias) } : options);
    const got = await gpu.readF32(y, M * ldy);
    const want = rows.map((value, i) => value + (bias?.[i % N] ?? 0));
    expectClose(
      got.filter((_, i) => i % ldy < N),
      want,
      { atol: 1e-5 * peak(want), label: bias ? "bias" : "no bias" },
    );
  }
});
