/** Small random problems for the matrix products: for the start-up self-test and the autotuner's stopwatch. */

import { uniformAt } from "../core/rng.ts";
import { roundUp } from "../core/shape.ts";
import type { Range } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import type { Kernel } from "./kernel.ts";
import type { GemmName } from "./kernels/gemm.ts";
import { HEAD_TILE, headLse, headTiles } from "./kernels/headLse.ts";
import { matmulNn } from "./kernels/matmulNn.ts";
import { matmulNt } from "./kernels/matmulNt.ts";
import { matmulTn, TN_ROWS, tnWords } from "./kernels/matmulTn.ts";
import { rowMultiple, type WeightType, withWeights } from "./kernels/weightTypes.ts";
import { randomWeights } from "./randomWeights.ts";

/** Rows, columns and depth of a product; N and K are multiples of 4. Where K is a row of weights, it becomes whole blocks. */
export interface TrialSize {
  M: number;
  N: number;
  K: number;
}

export interface Trial {
  output: Range;
  count: number; // floats of the output
  typed(kernel: Kernel): Kernel; // the kernel for the trial's weights
  run(kernel: Kernel): void; // any variant of the product
  flops: number; // of one run
  want(): Promise<Float64Array>; // dense, from the reference, which is fetched only now
  close(): void;
}

const PLAIN: Readonly<Record<GemmName, Pick<Kernel, "flops">>> = { matmulNt, matmulNn, matmulTn, headLse };
const RANK = 8;
const SCALE = 0.5;

/** Uploads random operands for a product with weights of this type. */
export function openTrial(gpu: Gpu, name: GemmName, { M, N, K }: TrialSize, type: WeightType): Trial {
  const ranges: Range[] = [];
  const ldw = roundUp(K, rowMultiple(type));
  let stream = 0;
  const numbers = (count: number) => {
    const values = randoms(count, stream++);
    return { values, range: keep(gpu.upload(values, "trial")) };
  };
  const weights = (count: number) => {
    const { words, values } = randomWeights(count, type, stream++);
    return { values, range: keep(gpu.upload(words, "trial weights")) };
  };
  const keep = (range: Range): Range => {
    ranges.push(range);
    return range;
  };
  const empty = (count: number) => keep(gpu.allocate(count * 4, "trial output"));
  const trial = (
    output: Range,
    count: number,
    bindings: Record<string, Range>,
    params: Record<string, number>,
    want: () => Promise<Float64Array>,
  ): Trial => {
    const typed = (kernel: Kernel) => ("w" in bindings ? withWeights(kernel, type) : kernel);
    const close = () => {
      for (const range of ranges) gpu.free(range);
    };
    const run = (kernel: Kernel) => gpu.run(typed(kernel), bindings, params);
    return { output, count, typed, run, flops: PLAIN[name].flops(params), want, close };
  };

  switch (name) {
    case "matmulNt": {
      const K = ldw;
      const [x, w, h, b] = [numbers(M * K), weights(N * ldw), numbers(M * RANK), numbers(N * RANK)];
      const y = empty(M * N);
      const shape = {
        M,
        N,
        K,
        ldx: K,
        ldw,
        ldh: RANK,
        hOffset: 0,
        ldb: RANK,
        rank: RANK,
        scale: SCALE,
      };
      return trial(
        y,
        M * N,
        { x: x.range, w: w.range, h: h.range, b: b.range, r: gpu.unused(0), y },
        { ...shape, ldr: N, ldy: N, mode: 0 },
        async () => {
          const { matmulNtReference } = await import("./reference/matmulNt.ts");
          return matmulNtReference(x.values, w.values, h.values, b.values, shape);
        },
      );
    }
    case "matmulNn": {
      const [dy, w, g, a] = [numbers(M * N), weights(N * ldw), numbers(M * RANK), numbers(RANK * K)];
      const dx = empty(M * K);
      const shape = {
        M,
        N,
        K,
        lddy: N,
        ldw,
        ldg: RANK,
        gOffset: 0,
        lda: K,
        rank: RANK,
        scale: SCALE,
      };
      return trial(
        dx,
        M * K,
        { dy: dy.range, w: w.range, g: g.range, a: a.range, r: gpu.unused(0), dx },
        { ...shape, ldr: K, lddx: K, mode: 0 },
        async () => {
          const { matmulNnReference } = await import("./reference/matmulNn.ts");
          return matmulNnReference(dy.values, w.values, g.values, a.values, shape);
        },
      );
    }
    case "matmulTn": {
      const [I, J] = [16, K];
      const [p, q] = [numbers(M * I), numbers(M * J)];
      const partials = empty(tnWords(M, I, J));
      const shape = { M, I, J, ldp: I, pOffset: 0, ldq: J, qOffset: 0 };
      return trial(partials, tnWords(M, I, J), { p: p.range, q: q.range, partials }, shape, async () => {
        const { matmulTnReference } = await import("./reference/matmulTn.ts");
        return matmulTnReference(p.values, q.values, shape, TN_ROWS);
      });
    }
    case "headLse": {
      const K = ldw;
      const tiles = headTiles(N);
      const [x, w] = [numbers(M * K), weights(N * ldw)];
      const targets = keep(gpu.upload(new Uint32Array(roundUp(M, 4)), "trial targets")); // the first word each
      const [partials, targetLogit] = [empty(M * tiles * 2), empty(M)];
      const shape = { R: M, V: N, C: K, ldx: K, ldw };
      return trial(
        partials,
        M * tiles * 2,
        { x: x.range, w: w.range, targets, partials, targetLogit },
        { ...shape, vFirst: 0, tileFirst: 0, tiles },
        async () => {
          const { headLseReference } = await import("./reference/headLse.ts");
          return headLseReference(x.values, w.values, shape, HEAD_TILE).partials;
        },
      );
    }
  }
}

function randoms(count: number, stream: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => 2 * uniformAt(stream, "probe", i) - 1);
}
