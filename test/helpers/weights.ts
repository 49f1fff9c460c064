/** Weights in their files' types: rows, what to try with which kernel, the fixtures. */
import { roundUp } from "../../src/core/shape.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { type GemmName, gemmCandidates, ROW_CLASSES } from "../../src/gpu/kernels/gemm.ts";
import { rowMultiple, WEIGHT_TYPES, type WeightType } from "../../src/gpu/kernels/weightTypes.ts";
import { fixture, json } from "./fixtures.ts";

/** A row of at least n weights of this type. */
export const rowOf = (type: WeightType, n: number): number => roundUp(n, rowMultiple(type));

/** What a variant of a product is tried with: the types that this adapter may choose it for, and, as types differ in how they load alone, three. */
export function typesFor(gpu: Gpu, product: GemmName, kernel: { key: string }): readonly WeightType[] {
  const mayChoose = (type: WeightType) =>
    ROW_CLASSES.some((rows) =>
      gemmCandidates(gpu, rows, type)[product].some(({ key }) => key === kernel.key),
    );
  return WEIGHT_TYPES.filter((type) => ["F32", "Q4_1", "Q6_K"].includes(type) || mayChoose(type));
}

export interface QuantFixture {
  type: WeightType;
  blocks: Uint8Array<ArrayBuffer>; // as in a file; the first has a subnormal scale
  values: Float32Array<ArrayBuffer>; // what llama.cpp's Python package makes of them
}

/** Every supported type of quants/; `read` is `sharedFile` for the whole of it. */
export async function quantFixtures(read = fixture): Promise<QuantFixture[]> {
  const index = await json<Record<string, unknown>>(read("quants/index.json"));
  const types = WEIGHT_TYPES.filter((type) => type in index);
  return Promise.all(
    types.map(async (type) => ({
      type,
      blocks: await read(`quants/${type}.blocks.bin`),
      values: new Float32Array((await read(`quants/${type}.values.f32.bin`)).buffer),
    })),
  );
}
