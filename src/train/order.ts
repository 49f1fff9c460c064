import type { RunConfig } from "../core/config.ts";
import { openRng, shuffled } from "../core/rng.ts";

/**
 * The training questions of update `update` (from 0 over the run) as indices: `config.order` used cyclically, else one
 * seeded shuffle of the `count` questions a cycle, of which each update takes the next `batch_size`, round and round.
 * A pure function of its arguments, so a resumed run draws the same batches.
 */
export function batchAt(
  update: number,
  count: number,
  config: Pick<RunConfig, "order" | "seed" | "updates" | "batch_size">,
): number[] {
  if (config.order !== null) return config.order[update % config.order.length]!;
  const cycle = Math.floor(update / config.updates); // from 0
  const within = update % config.updates;
  const indices = Array.from({ length: count }, (_, i) => i);
  const order = shuffled(indices, openRng(config.seed, "order", cycle * count));
  return Array.from(
    { length: config.batch_size },
    (_, i) => order[(within * config.batch_size + i) % count]!,
  );
}
