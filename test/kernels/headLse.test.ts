import { expect, test } from "vitest";
import { gemmVariants } from "../../src/gpu/kernels/gemm.ts";
import { HEAD_TILE, headLse, headTiles } from "../../src/gpu/kernels/headLse.ts";
import { withWeights } from "../../src/gpu/kernels/weightTypes.ts";
import { randomWeights } from "../../src/gpu/randomWeights.ts";
import { headLseReference } from "../../src/gpu/reference/headLse.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu, variantNames } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";
import { rowOf, typesFor } from "../helpers/weights.ts";

const gpu = await testGpu();
const VARIANTS = gemmVariants(gpu).headLse;

test("every variant is tried", () => {
  const names = ["headLse", "headLseTile", "headLseShuffle"];
  expect([...new Set(VARIANTS.map(({ name }) => name))]).toEqual(variantNames(gpu, names));
});
const NONE = 0xffffffff;

const SHAPES = [
  { R: 1, V: 1, C: 4 },
  { R: 3, V: 7, C: 32 },
  { R: 8, V: HEAD_TILE - 1, C: 36 },
  { R: 9, V: HEAD_TILE, C: 64 },
  { R: 33, V: HEAD_TILE + 1, C: 20 },
  { R: 65, V: 2 * HEAD_TILE + 35, C: 260 },
];

const cases = VARIANTS.flatMap((kernel) =>
  typesFor(gpu, "headLse", kernel).flatMap((type) =>
    (type === "F32" ? SHAPES : SHAPES.slice(-3)).map((shape) => ({
      kernel,
      type,
      name: kernel.key,
      ...shape,
      C: rowOf(type, shape.C), // whole blocks, as a model's head has
    })),
  ),
);

test.for(cases)("$name $type (R=$R, V=$V, C=$C)", async ({ kernel, type, R, V, C }) => {
  const shape = { R, V, C, ldx: C + 4, ldw: rowOf(type, C + 8) };
  const x = random(R * shape.ldx, 1);
  const w = randomWeights(V * shape.ldw, type, 2);
  // This W is the middle shard of a larger head: ids vFirst … vFirst+V−1, one tile before it and one behind.
  const [vFirst, tileFirst, tiles] = [100, 1, headTiles(V) + 2];
  // targets in this shard, without a target, below and above the shard
  const targets = Uint32Array.from(
    { length: R },
    (_, r) => [vFirst + ((r * 29) % V), NONE, 99, vFirst + V][r % 4]!,
  );
  const out = await runKernel(
    gpu,
    withWeights(kernel, type),
    {
      x,
      w: w.words,
      targets,
      partials: { words: R * tiles * 2, fill: 7 },
      targetLogit: { words: R, fill: 7 },
    },
    { ...shape, vFirst, tileFirst, tiles },
  );
  const { partials, logits } = headLseReference(x, w.values, shape, HEAD_TILE);
  const want = new Float64Array(R * tiles * 2).fill(7); // other shards' tiles stay
  for (let r = 0; r < R; r++)
    want.set(
      partials.subarray(r * headTiles(V) * 2, (r + 1) * headTiles(V) * 2),
      (r * tiles + tileFirst) * 2,
    );
  expectClose(out.f32("partials"), want, { ...headLse.tolerance, label: "partials" });
  const logit = Array.from(targets, (t, r) =>
    t >= vFirst && t < vFirst + V ? logits[r * V + t - vFirst]! : 7,
  );
  expectClose(out.f32("targetLogit"), logit, { ...headLse.tolerance, label: "targetLogit" });
});

test.for(VARIANTS.map((kernel) => ({ kernel, name: kernel.key })))(
  "$name survives logits of ±4000",
  async ({ kernel }) => {
    const [R, V, C] = [5, 70, 8];
    const x = random(R * C, 1).map((v) => v * 2000);
    const w = randomWeights(V * C, "F32", 2);
    const shape = { R, V, C, ldx: C, ldw: C };
    const out = await runKernel(
      gpu,
      kernel,
      {
        x,
        w: w.words,
        targets: new Uint32Array(R).fill(NONE),
        partials: { words: R * 4 },
        targetLogit: { words: R },
      },
      { ...shape, vFirst: 0, tileFirst: 0, tiles: 2 },
    );
    const { partials } = headLseReference(x, w.values, shape, HEAD_TILE);
    // exp amplifies the logits' own rounding: 4000 · 2⁻²³ · √8 is 1.4e-3
    expectClose(out.f32("partials"), partials, { rtol: 3e-3, label: "partials" });
    expect(Math.max(...partials)).toBeGreaterThan(1000);
  },
);
