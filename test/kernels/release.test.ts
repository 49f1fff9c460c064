/** What the GPU lends is given back, also where something fails. */
import { afterEach, expect, test, vi } from "vitest";
import type { Gpu } from "../../src/gpu/device.ts";
import { sumPartials } from "../../src/gpu/kernels/sumPartials.ts";
import { testGpu } from "../helpers/gpu.ts";

const gpu = await testGpu();
afterEach(() => vi.restoreAllMocks());

/** Notes every buffer made from here on, and which of them are destroyed. */
function watch({ device }: Gpu) {
  const open = new Set<GPUBuffer>();
  const create = device.createBuffer.bind(device);
  vi.spyOn(device, "createBuffer").mockImplementation((descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    open.add(buffer);
    buffer.destroy = () => {
      open.delete(buffer);
      return destroy();
    };
    return buffer;
  });
  return open;
}

const shape = { splits: 1, I: 4, J: 4, si: 4, sj: 1, outOffset: 0, beta: 0, scale: 1 };
const dispatch = () => {
  const [partials, out] = [gpu.upload(new Float32Array(16).fill(2), "partials"), gpu.allocate(64, "out")];
  return { run: () => gpu.run(sumPartials, { partials, out }, shape), out, ranges: [partials, out] };
};

test("a plan that could not be recorded leaves nothing, and the next one can be", async () => {
  const { run, out, ranges } = dispatch();
  const open = watch(gpu);
  const broken = () => {
    run();
    throw new Error("half way");
  };
  expect(() => gpu.record("broken", broken)).toThrow("half way");
  expect(open.size).toBe(0);
  const plan = gpu.record("whole", run);
  gpu.replay(plan);
  expect([...(await gpu.readF32(out, 16))]).toEqual(new Array(16).fill(2));
  gpu.discard(plan);
  expect(open.size).toBe(0);
  for (const range of ranges) gpu.free(range);
});

test("a readback that fails gives its buffer back", async () => {
  const range = gpu.upload(new Float32Array(4), "read");
  const open = watch(gpu);
  const make = vi.mocked(gpu.device.createBuffer).getMockImplementation()!;
  vi.mocked(gpu.device.createBuffer).mockImplementation((descriptor) => {
    const buffer = make(descriptor);
    buffer.mapAsync = () => Promise.reject(new Error("not today"));
    return buffer;
  });
  await expect(gpu.readF32(range, 4)).rejects.toMatchObject({ code: "device-lost" });
  expect(open.size).toBe(0);
  gpu.free(range);
});

test("what was timed is given back, read or not", async () => {
  const { run, ranges } = dispatch();
  const open = watch(gpu);
  gpu.profiler.active = true;
  run();
  if (!gpu.device.features.has("timestamp-query")) {
    // Nothing is timed without it, and the device is as good as before.
    expect(() => gpu.submit()).toThrow();
    gpu.profiler.active = false;
    for (const range of ranges) gpu.free(range);
    return gpu.idle();
  }
  await gpu.idle();
  gpu.profiler.active = false;
  expect(open.size).toBe(2); // what the GPU resolves to, and what is read
  expect(await gpu.profiler.collect()).toMatchObject([{ name: sumPartials.key, dispatches: 1 }]);
  expect(open.size).toBe(0);

  gpu.profiler.active = true;
  run();
  await gpu.idle();
  gpu.profiler.active = false;
  for (const buffer of open) buffer.mapAsync = () => Promise.reject(new Error("not today"));
  await expect(gpu.profiler.collect()).rejects.toThrow("not today");
  expect(open.size).toBe(0);
  expect(await gpu.profiler.collect()).toEqual([]);
  for (const range of ranges) gpu.free(range);
});
