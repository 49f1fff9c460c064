/** The device under test: Dawn in Node, navigator.gpu in a browser tab. Without an adapter the test file fails. */
import { type Gpu, openGpu } from "../../src/gpu/device.ts";
import { inNode } from "./fixtures.ts";
import { atFloor, floored } from "./floor.ts";

let opened: Promise<Gpu> | null = null;

/** The one device of this test process. @throws LabError no-webgpu, no-adapter */
export function testGpu(): Promise<Gpu> {
  opened ??= freshGpu();
  return opened;
}

/** A device of its own, for tests that lose or destroy it. */
export async function freshGpu(): Promise<Gpu> {
  return openGpu({ gpu: await testWebGpu() });
}

/** The WebGPU that tests are on: of Node or of the browser, cut down where GPU_FLOOR says so. */
export async function testWebGpu(): Promise<GPU> {
  const gpu = inNode() ? await (await import("../../src/lab/nodeGpu.ts")).nodeGpu() : navigator.gpu;
  return atFloor() ? floored(gpu) : gpu;
}

/** Whether kernels that shuffle can be given to this device; Firefox has no subgroups, nor has the least device. */
export const canShuffle = (gpu: Gpu): boolean => gpu.has("subgroups") && gpu.info.subgroupMinSize >= 4;

/** The names of a product's variants, without those that this device cannot run. */
export const variantNames = (gpu: Gpu, names: readonly string[]): string[] =>
  names.filter((name) => canShuffle(gpu) || !/Shuffle|Vector/.test(name));
