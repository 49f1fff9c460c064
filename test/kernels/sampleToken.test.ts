import { expect, test } from "vitest";
import { uniformAt } from "../../src/core/rng.ts";
import { roundUp } from "../../src/core/shape.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { sampleToken } from "../../src/gpu/kernels/sampleToken.ts";
import {
  keptDistribution,
  type Sampling,
  sampleTokenReference,
} from "../../src/gpu/reference/sampleToken.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();
const narrow = withRows(gpu, sampleToken); // for many rows
const GREEDY: Sampling = { temperature: 0, top_k: 0, top_p: 1, seed: 0 };

/** One row before a step. */
interface Row extends Partial<Sampling> {
  logits: ArrayLike<number>;
  position?: number;
  done?: boolean;
  generated?: number;
  limit?: number;
  stops?: number[];
}

/** One step of rows with as many logits each; padding is a logit nobody may choose. */
async function step(rows: Row[], kernel = narrow, outStride = 4) {
  const [B, V] = [rows.length, rows[0]!.logits.length];
  const ld = roundUp(V, 4);
  const logits = new Float32Array(B * ld).fill(1e9);
  const settings = new Uint32Array(B * 4);
  const asFloats = new Float32Array(settings.buffer);
  const state = new Uint32Array(B * 8);
  const stops: number[] = [];
  rows.forEach((row, b) => {
    logits.set(row.logits, b * ld);
    const { temperature, top_k, top_p, seed } = { ...GREEDY, ...row };
    settings.set([0, top_k, 0, seed], b * 4);
    asFloats[b * 4] = temperature;
    asFloats[b * 4 + 2] = top_p;
    const { position = 10, done = false, generated = 0, limit = outStride } = row;
    const start = stops.push(...(row.stops ?? [])) - (row.stops ?? []).length;
    state.set([777, position, Number(done), generated, limit, start, stops.length, 55], b * 8);
  });
  const data = {
    logits,
    settings,
    state,
    stops: Uint32Array.from([...stops, 0]),
    output: new Uint32Array(B * outStride).fill(999),
  };
  const out = await runKernel(gpu, kernel, data, { B, V, ld, outStride });
  const [after, output] = [out.u32("state"), out.u32("output")];
  return rows.map((_, b) => ({
    token: after[b * 8]!,
    state: [...after.subarray(b * 8, b * 8 + 8)],
    output: [...output.subarray(b * outStride, (b + 1) * outStride)],
  }));
}

const tokens = async (rows: Row[], kernel = narrow) => (await step(rows, kernel)).map((r) => r.token);
const many = (n: number, row: Row): Row[] =>
  Array.from({ length: n }, (_, i) => ({ ...row, seed: 1000 + i }));

test.for([1, 63, 64, 65, 131, 2051])(
  "greedy takes the largest, the lowest id of equals (V=%i)",
  async (V) => {
    const logits = [0, 1, 2].map((b) => random(V, b + 1).map((x) => Math.round(20 * x) - 30));
    for (const kernel of [sampleToken, narrow]) {
      const want = logits.map((row) => sampleTokenReference(row, GREEDY, 0));
      expect(
        await tokens(
          logits.map((row) => ({ logits: row })),
          kernel,
        ),
      ).toEqual(want);
    }
  },
);

test.for([
  [1, { temperature: 1 }],
  [63, { temperature: 0.7 }],
  [64, { temperature: 1.5, top_k: 5 }],
  [65, { temperature: 1, top_p: 0.9 }],
  [131, { temperature: 0.8, top_k: 40, top_p: 0.95 }],
  [2051, { temperature: 1, top_k: 50, top_p: 0.5 }],
  [2051, { temperature: 2, top_k: 5000, top_p: 0.1 }],
] as const)("draws as the reference does (V=%i, %o)", async ([V, how]) => {
  const rows = Array.from({ length: 24 }, (_, b): Row => {
    const seed = 0xfffffff0 + b; // wraps round 2^32
    return {
      ...how,
      logits: random(V, b + 1).map((x) => 8 * x),
      seed: seed >>> 0,
      generated: b % 4,
      limit: 99,
    };
  });
  const want = rows.map((r) => sampleTokenReference(r.logits, { ...GREEDY, ...r }, r.generated!));
  for (const kernel of [sampleToken, narrow]) expect(await tokens(rows, kernel)).toEqual(want);
});

test("draws as the reference does among many equal logits", async () => {
  const rows = Array.from({ length: 96 }, (_, b): Row => {
    const logits = random(131, b + 1).map((x) => Math.round(3 * x));
    return {
      logits,
      temperature: 1.3,
      top_k: (b * 7) % 90,
      top_p: b % 3 === 0 ? 1 : 0.137 + (b % 8) / 10,
      seed: b,
    };
  });
  const want = rows.map((r) => sampleTokenReference(r.logits, { ...GREEDY, ...r }, 0));
  expect(await tokens(rows)).toEqual(want);
});

test("the largest vocabulary: 262,144", async () => {
  const logits = random(262_144, 3).map((x) => 12 * x);
  const rows = many(2, { logits, temperature: 0.9, top_k: 1000, top_p: 0.9 });
  const want = rows.map((r) => sampleTokenReference(logits, { ...GREEDY, ...r }, 0));
  expect(await tokens(rows)).toEqual(want);
});

test("the uniform number is that of src/core/rng.ts", async () => {
  const rows = Array.from({ length: 64 }, (_, i): Row => {
    return { logits: new Float32Array(4096), temperature: 1, seed: i * 0x3779b97, generated: i, limit: 99 };
  });
  const out = await step(rows, narrow, 64);
  expect(out.map((r) => r.token)).toEqual(
    rows.map((r) => Math.floor(4096 * uniformAt(r.seed!, "sampling", r.generated!))),
  );
});

test("top_k and top_p keep the lowest ids of equal logits", async () => {
  const logits = new Float32Array(100).fill(-2);
  for (const id of [7, 8, 90]) logits[id] = 3; // three high ones, 97 equal ones
  const most = async (how: Partial<Sampling>) => new Set(await tokens(many(200, { logits, ...how })));
  expect(await most({ temperature: 50, top_k: 5 })).toEqual(new Set([0, 1, 7, 8, 90]));
  expect(await most({ temperature: 1, top_k: 2 })).toEqual(new Set([7, 8]));
  expect(await most({ temperature: 1, top_k: 3, top_p: 0.5 })).toEqual(new Set([7, 8]));
  expect(await most({ temperature: 50, top_k: 5, top_p: 0.75 })).toEqual(new Set([0, 7, 8, 90]));
  const flat = new Set(
    await tokens(many(600, { logits: new Float32Array(100), temperature: 1, top_p: 0.25 })),
  );
  expect(flat).toEqual(new Set(Array.from({ length: 25 }, (_, id) => id)));
});

test("top_p 0 keeps one token, and a minute temperature is greedy", async () => {
  const logits = random(300, 9);
  const best = sampleTokenReference(logits, GREEDY, 0);
  expect(new Set(await tokens(many(20, { logits, temperature: 1, top_p: 0 })))).toEqual(new Set([best]));
  expect(new Set(await tokens(many(20, { logits, temperature: 1e-6 })))).toEqual(new Set([best]));
});

test("tokens come as often as they should", async () => {
  const logits = new Float32Array([1, -0.5, 2, 0, 1.5, -3, 0.3, 0.7, -1]);
  const how = { temperature: 0.8, top_k: 7, top_p: 0.97 };
  const p = keptDistribution(logits, { ...GREEDY, ...how });
  const n = 1500;
  const counts = new Float64Array(logits.length);
  for (const token of await tokens(many(n, { logits, ...how }))) counts[token]!++;
  let chiSquared = 0;
  for (const [v, share] of p.entries()) {
    if (share === 0) expect(counts[v]).toBe(0);
    else chiSquared += (counts[v]! - n * share) ** 2 / (n * share);
  }
  expect(p.filter((share) => share > 0)).toHaveLength(6);
  expect(chiSquared).toBeLessThan(20.5); // 5 degrees of freedom, p = 0.001
});

test("the state moves on; a stop token or the limit ends the row; a finished row stays as it is", async () => {
  const logits = [0, 5, 1];
  const rows: Row[] = [
    { logits, generated: 1, limit: 4 },
    { logits, generated: 3, limit: 4 },
    { logits, stops: [2, 1] },
    { logits, stops: [0] },
    { logits, done: true, generated: 2 },
  ];
  const out = await step(rows);
  expect(out.map((r) => r.state)).toEqual([
    [1, 11, 0, 2, 4, 0, 0, 55],
    [1, 11, 1, 4, 4, 0, 0, 55],
    [1, 11, 1, 1, 4, 0, 2, 55],
    [1, 11, 0, 1, 4, 2, 3, 55],
    [777, 10, 1, 2, 4, 3, 3, 55],
  ]);
  expect(out.map((r) => r.output)).toEqual([
    [999, 1, 999, 999],
    [999, 999, 999, 1],
    [1, 999, 999, 999],
    [1, 999, 999, 999],
    [999, 999, 999, 999],
  ]);
});
