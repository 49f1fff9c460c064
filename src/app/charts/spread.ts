/** Heights moved down where they would overlap, kept in order, and up again where that runs out of room. */
export function spread(heights: readonly number[], apart: number, bottom: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a]! - heights[b]!);
  const out = [...heights];
  let above = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    out[i] = Math.max(heights[i]!, above + apart);
    above = out[i]!;
  }
  let below = bottom + apart;
  for (const i of order.reverse()) {
    out[i] = Math.min(out[i]!, below - apart);
    below = out[i]!;
  }
  return out;
}
