/**
 * Counter-based random numbers: the value is a pure function of (seed, stream, index), so a run can be resumed at
 * any point and the same function can be written in WGSL. The mixer is PCG's output hash on 32-bit words
 * (Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 2020, pcg3d).
 */
export function hash3(a: number, b: number, c: number): number {
  let x = (Math.imul(a, 1664525) + 1013904223) >>> 0;
  let y = (Math.imul(b, 1664525) + 1013904223) >>> 0;
  let z = (Math.imul(c, 1664525) + 1013904223) >>> 0;
  x = (x + Math.imul(y, z)) >>> 0;
  y = (y + Math.imul(z, x)) >>> 0;
  z = (z + Math.imul(x, y)) >>> 0;
  x = (x ^ (x >>> 16)) >>> 0;
  y = (y ^ (y >>> 16)) >>> 0;
  z = (z ^ (z >>> 16)) >>> 0;
  x = (x + Math.imul(y, z)) >>> 0;
  y = (y + Math.imul(z, x)) >>> 0;
  z = (z + Math.imul(x, y)) >>> 0;
  return x;
}

/** What a stream of numbers is for; two purposes never share one. */
export type RngStream =
  | "adapter-init"
  | "order"
  | "sampling"
  | "probe"
  | "data"
  | "bootstrap"
  | "wording"
  | "retain"
  | "chains"
  | "control"
  | "map";
const STREAMS: Record<RngStream, number> = {
  "adapter-init": 1,
  order: 2,
  sampling: 3,
  probe: 4,
  data: 5,
  bootstrap: 6,
  wording: 7,
  retain: 8,
  chains: 9,
  control: 10,
  map: 11,
};

/** A uniform number in [0, 1) with 24 bits, at position `index` of a stream. */
export function uniformAt(seed: number, stream: RngStream, index: number): number {
  return (hash3(seed >>> 0, STREAMS[stream], index >>> 0) >>> 8) / 2 ** 24;
}

/** A cursor over one stream; `position` is all its state. */
export interface Rng {
  position: number;
  next(): number;
}

/** Opens a stream at a position (0 unless resuming). */
export function openRng(seed: number, stream: RngStream, position = 0): Rng {
  return {
    position,
    next() {
      return uniformAt(seed, stream, this.position++);
    },
  };
}

/** A new array with the items in random order (Fisher–Yates); takes `items.length − 1` numbers from the stream. */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(rng.next() * (i + 1));
    const swap = out[i]!;
    out[i] = out[j]!;
    out[j] = swap;
  }
  return out;
}
