/** The learning rate over a run. */
import type { RunConfig } from "./config.ts";

/** The updates that teach: all but those of the last cycles, if in these the model only keeps reading. */
export const taughtUpdates = ({
  cycles,
  updates,
  retain_cycles,
}: Pick<RunConfig, "cycles" | "updates" | "retain_cycles">): number => (cycles - retain_cycles) * updates;

/** The learning rate of update `update` (from 0 over the run): the schedule's while it teaches, then the one of reading. */
export function rateAt(update: number, config: RunConfig): number {
  const taught = taughtUpdates(config);
  return update < taught ? learningRateAt(update, taught, config) : config.retain_rate;
}

/**
 * The learning rate of update `step` (from 0) of `steps`: lr·(s+1)/W during the W warm-up updates, then constant, linear
 * lr·(1 − (s−W)/(N−W)) or cosine lr·½(1 + cos π(s−W)/(N−W)) (method.md §3).
 */
export function learningRateAt(
  step: number,
  steps: number,
  config: Pick<RunConfig, "learning_rate" | "lr_scheduler_type" | "warmup_steps">,
): number {
  const { learning_rate: lr, lr_scheduler_type, warmup_steps: W } = config;
  if (step < W) return (lr * (step + 1)) / W;
  const done = (step - W) / (steps - W); // step < steps, so the divisor is positive
  switch (lr_scheduler_type) {
    case "constant":
      return lr;
    case "linear":
      return lr * (1 - done);
    case "cosine":
      return lr * 0.5 * (1 + Math.cos(Math.PI * done));
  }
}

/**
 * The rates where a finished run goes on for `more` cycles: of its last update, and of the first new one, which is that of
 * a run planned for all of them. A rate that had fallen rises again; a constant one stays.
 */
export function ratesAround(config: RunConfig, more: number): [before: number, after: number] {
  const done = config.cycles * config.updates;
  return [rateAt(done - 1, config), rateAt(done, { ...config, cycles: config.cycles + more })];
}
