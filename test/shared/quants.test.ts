import { expect, test } from "vitest";
import { dequantise } from "../../src/gpu/dequantise.ts";
import { sharedFile } from "../helpers/fixtures.ts";
import { quantFixtures } from "../helpers/weights.ts";

const fixtures = await quantFixtures((path) => sharedFile(`fixtures/${path}`));

test.for(fixtures.map((f) => [f.type, f] as const))(
  "%s: 16,384 values, bit for bit llama.cpp's",
  ([type, { blocks, values }]) => {
    expect(values).toHaveLength(16_384);
    expect(new Uint32Array(dequantise(type, blocks).buffer)).toEqual(new Uint32Array(values.buffer));
  },
);
