import { uniformAt } from "../../core/rng.ts";

export interface Sampling {
  temperature: number; // 0 = greedy
  top_k: number; // 0 = off
  top_p: number; // 1 = off
  seed: number;
}

/** A row's distribution after temperature, top_k and top_p in this order, by id; sorted, where the shader bisects. */
export function keptDistribution(
  logits: ArrayLike<number>,
  { temperature, top_k, top_p }: Sampling,
): Float64Array {
  const ids = Array.from(logits, (_, v) => v).sort((a, b) => logits[b]! - logits[a]! || a - b);
  const top = logits[ids[0]!]!;
  const kept = ids
    .slice(0, top_k || ids.length)
    .map((id) => ({ id, mass: Math.exp((logits[id]! - top) / temperature) }));
  const total = kept.reduce((sum, k) => sum + k.mass, 0);
  const p = new Float64Array(logits.length);
  let reached = 0;
  for (const { id, mass } of kept) {
    if (reached > 0 && reached >= top_p * total) break;
    p[id] = mass;
    reached += mass;
  }
  return p.map((mass) => mass / reached);
}

/** The token number `index` (from 0) that a generation with these settings takes from these logits. */
export function sampleTokenReference(logits: ArrayLike<number>, settings: Sampling, index: number): number {
  const top = Array.from(logits).reduce((a, b) => Math.max(a, b));
  if (settings.temperature === 0) return Array.from(logits).indexOf(top);
  const u = uniformAt(settings.seed, "sampling", index);
  let sum = 0;
  let last = 0;
  for (const [id, p] of keptDistribution(logits, settings).entries()) {
    if (p === 0) continue;
    last = id;
    sum += p;
    if (sum > u) break;
  }
  return last;
}
