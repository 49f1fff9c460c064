/**
 * Our matrix products against jax-js's on the same WebGPU adapter, same page, alternately: X (M, K), W (N, K) f32, M×K×N =
 * 256×576×1536, forward X·Wᵀ and input gradient dY·W. GFLOP/s = 2·M·K·N / wall time; the bar is 2.5× (issue 11 §3).
 */
import * as jax from "@jax-js/jax";
import { expect, test } from "vitest";
import { chooseVariants } from "../../src/gpu/autotune.ts";
import type { Range } from "../../src/gpu/buffers.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random } from "../helpers/kernel.ts";
import { median, writeResult } from "../helpers/results.ts";

const [M, K, N] = [256, 576, 1536];
const FLOPS = 2 * M * K * N;
const ROUNDS = 15;
const BAR = 2.5; // times as fast
const np = jax.numpy;

test("matrix products against jax-js", async () => {
  const gpu = await testGpu();
  const variants = await chooseVariants(gpu);
  expect(await jax.init("webgpu")).toContain("webgpu");
  jax.defaultDevice("webgpu");

  const [x, w, dy] = [random(M * K, 1), random(N * K, 2), random(M * N, 3)];
  const own = { x: gpu.upload(x, "x"), w: gpu.upload(w, "w"), dy: gpu.upload(dy, "dy") };
  const [y, dx] = [gpu.allocate(M * N * 4, "y"), gpu.allocate(M * K * 4, "dx")];
  const none = (i: number): Range => gpu.unused(i);
  const size = { M, N, K, ldw: K, ldr: 4, rank: 0, mode: 0, scale: 0 };
  const ours = {
    forward: () =>
      gpu.run(
        variants.matmulNt(M, "F32"),
        { x: own.x, w: own.w, h: none(0), b: none(1), r: none(2), y },
        { ...size, ldx: K, ldh: 4, hOffset: 0, ldb: 4, ldy: N },
      ),
    gradient: () =>
      gpu.run(
        variants.matmulNn(M, "F32"),
        { dy: own.dy, w: own.w, g: none(0), a: none(1), r: none(2), dx },
        { ...size, lddy: N, ldg: 4, gOffset: 0, lda: 4, lddx: K },
      ),
  };

  const theirs = {
    x: np.array(x).reshape([M, K]),
    w: np.array(w).reshape([N, K]),
    dy: np.array(dy).reshape([M, N]),
  };
  const products = {
    forward: jax.jit((x: jax.Array, w: jax.Array) => np.matmul(x, w.transpose())),
    gradient: jax.jit((dy: jax.Array, w: jax.Array) => np.matmul(dy, w)),
  };
  const left = { forward: theirs.x, gradient: theirs.dy };

  const result: Record<string, unknown> = {};
  for (const name of ["forward", "gradient"] as const) {
    const runOurs = async () => {
      ours[name]();
      await gpu.idle();
    };
    // `blockUntilReady` submits without waiting: hence the queue.
    const runTheirs = async (): Promise<jax.Array> => {
      const product = products[name](left[name].ref, theirs.w.ref);
      await jax.blockUntilReady(product.ref);
      await jax.getWebGPUDevice().queue.onSubmittedWorkDone();
      return product;
    };
    const seconds = { ours: [] as number[], jax: [] as number[] };
    for (let round = -1; round < ROUNDS; round++) {
      const start = performance.now();
      await runOurs();
      const between = performance.now();
      const product = await runTheirs();
      const end = performance.now();
      if (round < 0) {
        const [range, count] = name === "forward" ? [y, M * N] : [dx, M * K];
        expectClose(await gpu.readF32(range, count), await product.data(), {
          rtol: 1e-4,
          atol: 1e-3,
          label: name,
        });
        continue; // pipelines were built
      }
      product.dispose();
      seconds.ours.push((between - start) / 1000);
      seconds.jax.push((end - between) / 1000);
    }
    const rate = (s: number) => Math.round(FLOPS / s / 1e7) / 100;
    const ratio = median(seconds.jax) / median(seconds.ours);
    result[name] = {
      ours: rate(median(seconds.ours)),
      jax: rate(median(seconds.jax)),
      best: { ours: rate(Math.min(...seconds.ours)), jax: rate(Math.min(...seconds.jax)) },
      ratio: Math.round(100 * ratio) / 100,
    };
    expect(ratio, name).toBeGreaterThanOrEqual(BAR);
  }
  await writeResult("gemm.chromium", gpu.info.name, {
    about: `GFLOP/s = 2·${M}·${K}·${N} / wall time, f32 weights; medians of ${ROUNDS} alternating rounds, the best of them beside`,
    "jax-js": "0.1.25",
    ...result,
    bar: BAR,
  });
});
