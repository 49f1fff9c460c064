/** Runs one kernel on data from the CPU and checks that nothing was written past the end of any output. */

import { roundUp } from "../../src/core/shape.ts";
import type { Range } from "../../src/gpu/buffers.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import type { Kernel } from "../../src/gpu/kernel.ts";

const GUARD = 0x7e57ab1e;
const GUARD_WORDS = 64;

/** An input, or an output of `words` 32-bit words (pre-filled with `fill`, default a large value that must be overwritten). */
export type KernelData =
  | Float32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | { words: number; fill?: number };

export interface KernelResult<B extends string> {
  f32(name: B): Float32Array<ArrayBuffer>;
  u32(name: B): Uint32Array<ArrayBuffer>;
}

/**
 * One dispatch; every binding gets its own buffer (so `arena` inputs and outputs never overlap), each with guard words
 * behind its data that are bound and must survive.
 * @throws Error if a guard was overwritten
 */
export async function runKernel<B extends string, P extends string>(
  gpu: Gpu,
  kernel: Kernel<B, P>,
  data: Record<B, KernelData>,
  params: Record<P, number>,
): Promise<KernelResult<B>> {
  await gpu.prepare([kernel as unknown as Kernel]);
  const names = Object.keys(kernel.bindings) as B[];
  const lengths = {} as Record<B, number>;
  const ranges = {} as Record<B, Range>;
  for (const name of names) {
    const d = data[name];
    const length = "words" in d ? d.words : d.length;
    const words = new Uint32Array(roundUp(length + GUARD_WORDS, 64)).fill(GUARD);
    if ("words" in d) new Float32Array(words.buffer, 0, length).fill(d.fill ?? 12345.678);
    else words.set(new Uint32Array(d.buffer, d.byteOffset, d.length));
    lengths[name] = length;
    ranges[name] = gpu.upload(words, name);
  }
  gpu.run(kernel, ranges, params);
  const bytes = await gpu.read(...names.map((n) => ranges[n]));
  for (const name of names) gpu.free(ranges[name]);
  names.forEach((name, i) => {
    const words = new Uint32Array(bytes[i]!);
    for (let w = lengths[name]; w < words.length; w++) {
      if (words[w] !== GUARD)
        throw new Error(`${kernel.name} wrote past the end of ${name}: word ${w} of ${lengths[name]}`);
    }
  });
  const of = (name: B) => bytes[names.indexOf(name)]!;
  return {
    f32: (name) => new Float32Array(of(name), 0, lengths[name]),
    u32: (name) => new Uint32Array(of(name), 0, lengths[name]),
  };
}

/** n numbers in [−1, 1), the same for the same seed. */
export function random(n: number, seed = 1): Float32Array<ArrayBuffer> {
  const out = new Float32Array(n);
  let s = (seed * 2654435761) >>> 0 || 1;
  for (let i = 0; i < n; i++) {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    out[i] = ((s >>> 0) / 2 ** 32) * 2 - 1;
  }
  return out;
}
