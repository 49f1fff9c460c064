/** The middle value, the lower one of two; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}

/** The value that carries the most weight; 0 of none. */
export function commonest(values: readonly { value: number; weight: number }[]): number {
  const weights = new Map<number, number>();
  for (const { value, weight } of values) weights.set(value, (weights.get(value) ?? 0) + weight);
  let best = { value: 0, weight: 0 };
  for (const [value, weight] of weights) if (weight > best.weight) best = { value, weight };
  return best.value;
}
