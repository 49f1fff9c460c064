import { expect, test } from "vitest";
import { dequantise } from "../../src/gpu/dequantise.ts";
import { embed } from "../../src/gpu/kernels/embed.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import {
  packWeights,
  WEIGHT_TYPES,
  type WeightType,
  withWeights,
} from "../../src/gpu/kernels/weightTypes.ts";
import { randomWeights } from "../../src/gpu/randomWeights.ts";
import { embedReference } from "../../src/gpu/reference/embed.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";
import { quantFixtures, rowOf } from "../helpers/weights.ts";

const gpu = await testGpu();

const cases = WEIGHT_TYPES.flatMap((type) =>
  [
    [1, 4, 4],
    [63, 4, 8],
    [64, 4, 4],
    [13, 20, 24],
    [9, 128, 128],
  ].map(([T, C, ldw]) => ({ type, T: T!, C: C!, ldw: rowOf(type, ldw!) })),
);

test.for(cases)(
  "embed from $type (T=$T, C=$C, ldw=$ldw), a shard of the table",
  async ({ type, T, C, ldw }) => {
    const rows = 6;
    const firstRow = 5;
    const { words, values } = randomWeights(rows * ldw, type, 1);
    const ids = new Uint32Array(T).map((_, t) => (t * 7 + firstRow) % 16); // 0 … 15: below, in and above the shard
    const x = random(T * C, 2);
    const params = { T, C, ldw, firstRow, rows, scale: 1.5 };
    for (const kernel of [embed, withRows(gpu, embed)]) {
      const out = await runKernel(gpu, withWeights(kernel, type), { ids, w: words, x }, params);
      expectClose(out.f32("x"), embedReference(values, ids, x, params), embed.tolerance);
    }
  },
);

/** A whole tensor in rows of 256, through the table. */
async function readAll(type: WeightType, bytes: Uint8Array<ArrayBuffer>, rows: number) {
  const ids = Uint32Array.from({ length: rows }, (_, t) => t);
  const data = { ids, w: packWeights(type, bytes), x: { words: rows * 256 } };
  const params = { T: rows, C: 256, ldw: 256, firstRow: 0, rows, scale: 1 };
  return (await runKernel(gpu, withWeights(embed, type), data, params)).f32("x");
}
const TWO_ULP = { rtol: 2 ** -23, atol: 0 }; // at most: an ulp is 2⁻²⁴ … 2⁻²³ of a number

test("embed reads every quantised type within two units in the last place, subnormal scales too", async () => {
  const fixtures = await quantFixtures();
  expect(fixtures).toHaveLength(8);
  for (const { type, blocks, values } of fixtures) {
    expect(blocks[type === "Q6_K" ? 209 : 1]! & 0x7c, `${type}: the first d's exponent`).toBe(0);
    expectClose(await readAll(type, blocks, values.length / 256), values, { ...TWO_ULP, label: type });
  }
});

test("embed reads every finite f16, the subnormal ones too", async () => {
  const positive = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
  const bytes = new Uint8Array(Uint16Array.of(...positive, ...positive.map((half) => half | 0x8000)).buffer);
  expectClose(await readAll("F16", bytes, 248), dequantise("F16", bytes), { label: "f16" });
});

test("every part that stands in for `region load` is valid WGSL by itself", async () => {
  const parts = import.meta.glob<string>("../../shaders/parts/load*.wgsl", {
    eager: true,
    query: "?raw",
    import: "default",
  });
  expect(Object.keys(parts)).toHaveLength(WEIGHT_TYPES.length - 1);
  for (const [path, code] of Object.entries(parts)) {
    const { messages } = await gpu.device.createShaderModule({ code }).getCompilationInfo();
    expect(
      messages.map(({ message }) => message),
      path,
    ).toEqual([]);
  }
});
