/** The device under test: Dawn in Node, navigator.gpu in a browser tab. Without an adapter the test file fails. */
import { type Gpu, openGpu } from "../../src/gpu/device.ts";
import { inNode } from "./fixtures.ts";

let opened: Promise<Gpu> | null = null;

/** The one device of this test process. @throws LabError no-webgpu, no-adapter */
export function testGpu(): Promise<Gpu> {
  opened ??= freshGpu();
  return opened;
}

/** A device of its own, for tests that lose or destroy it. */
export async function freshGpu(): Promise<Gpu> {
  if (!inNode()) return openGpu();
  const { nodeGpu } = await import("../../src/lab/nodeGpu.ts");
  return openGpu({ gpu: await nodeGpu() });
}
