/** That the device of these tests is the one asked for, so that a pass says what it seems to; `test/bench/floors.mjs` keeps what is said. */
import { expect, test } from "vitest";
import { inNode } from "../helpers/fixtures.ts";
import { atFloor, FLOOR_LIMITS } from "../helpers/floor.ts";
import { testGpu } from "../helpers/gpu.ts";

declare module "vitest" {
  interface TaskMeta {
    device?: { adapter: string; subgroups: number[] | null; features: string[] };
  }
}

const gpu = await testGpu();
const OPTIONAL = ["subgroups", "shader-f16", "timestamp-query"] as const;

test("the device has what was asked for", ({ task }) => {
  const { name, subgroupMinSize, subgroupMaxSize } = gpu.info;
  const features = OPTIONAL.filter((feature) => gpu.has(feature));
  const subgroups = gpu.has("subgroups") ? [subgroupMinSize, subgroupMaxSize] : null;
  task.meta.device = { adapter: name, subgroups, features };

  // Of the product's own wish no device has more than the default limits.
  const limits = Object.keys(FLOOR_LIMITS) as (keyof typeof FLOOR_LIMITS)[];
  expect(Object.fromEntries(limits.map((limit) => [limit, gpu.device.limits[limit]]))).toEqual(FLOOR_LIMITS);
  const width = inNode() ? process.env.LP_NATIVE_VECTOR_WIDTH : undefined; // bits of lavapipe's vectors
  if (atFloor()) expect(features).toEqual([]);
  else if (width) expect(subgroups).toEqual([Number(width) / 32, Number(width) / 32]);
});
