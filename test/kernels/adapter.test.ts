import { expect, test } from "vitest";
import { fixture } from "../helpers/fixtures.ts";
import { freshGpu, testGpu } from "../helpers/gpu.ts";

test("there is a named adapter, and one device for all tests", async () => {
  const gpu = await testGpu();
  expect(gpu.info.name).not.toBe("");
  expect(GPUBufferUsage.STORAGE).toBe(0x80);
  expect(await testGpu()).toBe(gpu);
  const other = await freshGpu();
  expect(other.device).not.toBe(gpu.device);
  other.device.destroy();
});

test("fixtures are read on this side too, absent ones refused", async () => {
  expect((await fixture("llama-tied/model/model.safetensors")).byteLength).toBe(413_712);
  await expect(fixture("absent.bin")).rejects.toThrow("absent.bin");
});
