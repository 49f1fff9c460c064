import { test } from "vitest";
import { embed } from "../../src/gpu/kernels/embed.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { WEIGHT_TYPES, withWeights } from "../../src/gpu/kernels/weightTypes.ts";
import { embedReference } from "../../src/gpu/reference/embed.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";
import { randomWeights } from "../helpers/weights.ts";

const gpu = await testGpu();

const cases = WEIGHT_TYPES.flatMap((type) =>
  [
    [1, 4, 4],
    [63, 4, 8],
    [64, 4, 4],
    [13, 20, 24],
    [9, 128, 128],
  ].map(([T, C, ldw]) => ({ type, T: T!, C: C!, ldw: ldw! })),
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
      const out = await runKernel(gpu, withWeights(kernel, type), { table: words, ids, x }, params);
      expectClose(out.f32("x"), embedReference(values, ids, x, params), embed.tolerance);
    }
  },
);
