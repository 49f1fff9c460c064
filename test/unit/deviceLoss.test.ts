/**
 * How browsers lose a GPU (docs/anchors.md E7), on a device that fails as they do: each ends as the error that a run goes on from
 * (a few times, then no more: test/training/session.node.test.ts). No device is shared: retrieval has no GPU, "Check my GPU" its own.
 */
import { describe, expect, test } from "vitest";
import type { Gpu } from "../../src/gpu/device.ts";
import { peakCopy } from "../../src/gpu/kernels/peakCopy.ts";
import { plainChecks, runChecks } from "../../src/gpu/selfCheck.ts";
import { openFake } from "../helpers/fakeDevice.ts";

const range = (gpu: Gpu) => gpu.allocate(256, "numbers");
const dispatch = (gpu: Gpu) => {
  const names = Object.keys(peakCopy.bindings) as (keyof typeof peakCopy.bindings)[];
  const bindings = Object.fromEntries(names.map((name) => [name, range(gpu)])) as Record<
    (typeof names)[number],
    ReturnType<typeof range>
  >;
  const params = Object.fromEntries(Object.keys(peakCopy.params).map((name) => [name, 64]));
  gpu.run(peakCopy, bindings, params as Record<keyof typeof peakCopy.params, number>);
};
const lost = (why: RegExp) => ({
  code: "device-lost",
  message: expect.stringMatching(new RegExp(`${why.source}.*last checkpoint is safe`)),
});

describe("WebKit takes the device when memory is low", () => {
  test("and says so: whatever is waited for next fails, with its words", async () => {
    const { gpu, lose } = openFake();
    const numbers = range(gpu);
    lose("unknown", "GPU connection lost");
    await expect(gpu.read(numbers)).rejects.toMatchObject(lost(/unknown: GPU connection lost/));
    await expect(gpu.idle()).rejects.toMatchObject(lost(/GPU connection lost/));
    expect(gpu.failed).toBe(true);
  });

  test("without a word: reading fails first", async () => {
    const { gpu, failing, lose } = openFake();
    const numbers = range(gpu);
    failing.map = () => Promise.reject(new DOMException("the buffer was unmapped", "AbortError"));
    await expect(gpu.read(numbers)).rejects.toMatchObject(lost(/reading from it failed/));
    lose("unknown", "GPU connection lost"); // what it says afterwards changes nothing
    await expect(gpu.idle()).rejects.toMatchObject(lost(/reading from it failed/));
  });

  const never = () => new Promise<never>(() => {});
  const refuses = () => Promise.reject(new Error("it does not compile"));
  const profile = (gpu: Gpu) => {
    gpu.profiler.active = true;
    dispatch(gpu);
    gpu.submit();
    return gpu.profiler.collect();
  };
  const check = async (gpu: Gpu) => runChecks(gpu, (await plainChecks(gpu)).slice(0, 1));
  test.for([
    ["a buffer to be mapped", { map: never }, (gpu: Gpu) => gpu.read(range(gpu))],
    ["the queue", { done: never }, (gpu: Gpu) => gpu.idle()],
    ["a kernel to be built", { build: never }, (gpu: Gpu) => gpu.prepare([peakCopy])],
    ["memory to be granted", { scope: never() }, (gpu: Gpu) => gpu.read(range(gpu))],
    ["what a profile timed", { map: never }, profile],
    ["whether a checked kernel was refused", { build: refuses, scope: never() }, check],
  ] as const)("and what is waited for never comes: %s", async ([, fails, use]) => {
    const { gpu, failing, lose } = openFake();
    Object.assign(failing, fails);
    const waiting = expect(use(gpu)).rejects.toMatchObject(lost(/unknown: GPU connection lost/));
    await new Promise((resolve) => setTimeout(resolve, 5)); // it waits by now
    lose("unknown", "GPU connection lost");
    await waiting;
    await expect(use(gpu)).rejects.toMatchObject(lost(/GPU connection lost/)); // nor does anybody wait again
  });
});

describe("Safari 26 throws at once where the device is lost", () => {
  const gone = () => new DOMException("GPUDevice is lost", "InvalidStateError");
  test.for([
    ["createBuffer", (gpu: Gpu) => range(gpu)],
    ["createBuffer", (gpu: Gpu) => gpu.unused(0)],
    ["createBuffer", (gpu: Gpu) => gpu.record("a plan", () => {})],
    ["createBindGroup", dispatch],
    ["createBindGroupLayout", dispatch],
    ["createPipelineLayout", dispatch],
    ["createShaderModule", dispatch],
    ["createComputePipeline", dispatch],
    ["createShaderModule", (gpu: Gpu) => gpu.prepare([peakCopy])],
    ["createComputePipelineAsync", (gpu: Gpu) => gpu.prepare([peakCopy])],
    ["pushErrorScope", (gpu: Gpu) => range(gpu)],
    ["popErrorScope", (gpu: Gpu) => range(gpu)],
    ["writeBuffer", (gpu: Gpu) => gpu.upload(new Float32Array(64), "numbers")],
    [
      "createCommandEncoder",
      (gpu: Gpu) => {
        dispatch(gpu);
        gpu.submit();
      },
    ],
    [
      "submit",
      (gpu: Gpu) => {
        dispatch(gpu);
        gpu.submit();
      },
    ],
    ["submit", async (gpu: Gpu) => gpu.read(range(gpu))],
    ["mapAsync", async (gpu: Gpu) => gpu.read(range(gpu))],
    ["getMappedRange", async (gpu: Gpu) => gpu.read(range(gpu))],
    ["onSubmittedWorkDone", async (gpu: Gpu) => gpu.idle()],
  ] as const)("out of %s", async ([call, use]) => {
    const { gpu, failing } = openFake();
    failing.throws = { [call]: gone() };
    await expect((async () => use(gpu))()).rejects.toMatchObject({ code: "device-lost" });
    failing.throws = {};
    expect(() => gpu.check()).toThrow(/last checkpoint is safe/); // and stays so
  });

  test("a mistake of ours is not taken for it", () => {
    const { gpu, failing } = openFake();
    failing.throws = { createBuffer: new TypeError("size is not a number") };
    expect(() => range(gpu)).toThrow(TypeError);
    expect(gpu.failed).toBe(false);
  });
});

describe("Chrome computes on in memory that it did not get", () => {
  test("so nothing that was read is given out before it is known", async () => {
    const { gpu, failing } = openFake();
    let answer: (error: { message: string } | null) => void = () => {};
    failing.scope = new Promise((resolve) => {
      answer = resolve;
    });
    const reading = gpu.read(range(gpu)); // what was mapped is there long before the scope's answer
    setTimeout(() => answer({ message: "Not enough memory" }), 20);
    const refused = {
      code: "out-of-memory",
      message: "the GPU refused 256 bytes for numbers on top of 0: Not enough memory",
    };
    await expect(reading).rejects.toMatchObject(refused);
    failing.scope = Promise.resolve(null);
    await expect(gpu.read(range(gpu))).rejects.toMatchObject(refused); // what is asked for later is granted, and given out no more
    expect(gpu.failed).toBe(true);
  });

  test("nor where no scope was asked: memory for reading back, for parameters", async () => {
    const { gpu, say } = openFake();
    say(new GPUOutOfMemoryError("no memory for readback"));
    await expect(gpu.idle()).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching("readback"),
    });
  });

  test("and what it got is given out", async () => {
    const { gpu } = openFake();
    expect(await gpu.readF32(range(gpu), 4)).toEqual(new Float32Array(4));
    await gpu.idle();
  });

  test("an error that nobody caught ends what is waited for, whatever was mapped", async () => {
    const { gpu, say } = openFake();
    const numbers = range(gpu);
    say({ message: "[Invalid CommandBuffer] is invalid" });
    await expect(gpu.read(numbers)).rejects.toMatchObject({
      code: "kernel-failed",
      message: expect.stringMatching("Invalid CommandBuffer"),
    });
  });
});

test("a kernel that does not build on a lost device is no broken kernel, whoever speaks first", async () => {
  const { gpu, failing, lose } = openFake();
  failing.build = () => {
    lose("unknown", "gone");
    return Promise.reject(new DOMException("no device", "OperationError"));
  };
  await expect(gpu.prepare([peakCopy])).rejects.toMatchObject(lost(/gone/));
});

test("a device closed on purpose is not reported as lost", async () => {
  const { gpu, lose } = openFake();
  const numbers = range(gpu);
  gpu.destroy();
  lose("destroyed", "closed");
  await expect(gpu.read(numbers)).rejects.toMatchObject({ code: "aborted" });
});
