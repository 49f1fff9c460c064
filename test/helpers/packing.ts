/** Packed layouts of attention (kernels.md 7.5) for tests: a prompt, behind it the options that continue it, then the next prompt. */

export interface Packed {
  T: number;
  spans: Uint32Array<ArrayBuffer>; // (T, 4): prefix [x, y) and own [z, w) of every query
  reach: Uint32Array<ArrayBuffer>; // (T): key j is seen by the queries [j, reach[j])
}

/**
 * Packs groups `[prompt, ...options]` of lengths; an option sees its prompt and its own past, never another option, and of
 * both only the last `window` tokens. With a window there may be one option a prompt, so that reach can say the same.
 */
export function pack(groups: readonly (readonly number[])[], window = Number.POSITIVE_INFINITY): Packed {
  const spans: number[] = [];
  const reach: number[] = [];
  for (const [prompt = 0, ...options] of groups) {
    const start = reach.length;
    const end = start + prompt + options.reduce((a, b) => a + b, 0);
    for (let t = start; t < start + prompt; t++) {
      spans.push(start, start, Math.max(start, t + 1 - window), t + 1);
      reach.push(Math.min(end, t + window));
    }
    for (const option of options) {
      const own = reach.length;
      for (let t = own; t < own + option; t++) {
        const first = t + 1 - window; // behind a single option, tokens lie as their positions do
        const shared = Math.min(start + prompt, Math.max(start, first));
        spans.push(shared, start + prompt, Math.max(own, first), t + 1);
        reach.push(Math.min(own + option, t + window));
      }
    }
  }
  return { T: reach.length, spans: new Uint32Array(spans), reach: new Uint32Array(reach) };
}

/** The mask as text, a row a query: "#" where query t sees key j. */
export function maskOf(packed: Packed, by: "spans" | "reach"): string[] {
  const { T, spans, reach } = packed;
  const sees = {
    spans: (t: number, j: number) =>
      (j >= spans[4 * t]! && j < spans[4 * t + 1]!) || (j >= spans[4 * t + 2]! && j < spans[4 * t + 3]!),
    reach: (t: number, j: number) => t >= j && t < reach[j]!,
  }[by];
  return Array.from({ length: T }, (_, t) =>
    Array.from({ length: T }, (_, j) => (sees(t, j) ? "#" : ".")).join(""),
  );
}
