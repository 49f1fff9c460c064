/**
 * An experiment: arms × seeds (× documents) as a list of runs to be done one after another. What became of each is in the
 * run's own record, under the id that is fixed here; so a queue that was cut off finds by itself where it was.
 */
import { type RunConfig, type SettingKey, storedRunConfig } from "./config.ts";
import type { CycleRow, RunRecord } from "./run.ts";

export interface ExperimentArm {
  name: string;
  config: RunConfig; // its seed and data are the planned run's
}

export interface PlannedRun {
  id: string; // of the run, before there is one
  arm: number;
  seed: number;
  data: string;
}

export interface Experiment {
  id: string;
  createdAt: number; // ms since the epoch
  name: string;
  arms: ExperimentArm[];
  runs: PlannedRun[]; // in their order
  going: boolean; // its runs are to be started; false: it waits for somebody
  failed: Record<string, string>; // by id of the run, why it failed; such a run is not tried again by itself
}

/** Settings that experiments hold equal, so that arms have as many visits and updates. */
export const EQUAL = [
  "cycles",
  "updates",
  "batch_size",
  "questions",
] as const satisfies readonly SettingKey[];

/** Every arm once with the first seed, then with the next: a night that ends early leaves a comparison. */
export function planRuns(
  arms: number,
  seeds: readonly number[],
  corpora: readonly string[],
  newId: () => string,
): PlannedRun[] {
  return seeds.flatMap((seed) =>
    corpora.flatMap((data) => Array.from({ length: arms }, (_, arm) => ({ id: newId(), arm, seed, data }))),
  );
}

export const configOfRun = ({ arms }: Experiment, { arm, seed, data }: PlannedRun): RunConfig => ({
  ...arms[arm]!.config,
  seed,
  data,
});

/** An experiment as this version reads it. */
export const completeExperiment = (experiment: Experiment): Experiment => ({
  ...experiment,
  arms: experiment.arms.map((arm) => ({ ...arm, config: storedRunConfig(arm.config) })),
});

/** The first run that is still to be done: not finished, not failed, not deleted by hand. Null where there is none. */
export function nextRun(
  { runs, failed }: Experiment,
  records: ReadonlyMap<string, RunRecord>,
  deleted: ReadonlySet<string>,
): PlannedRun | null {
  return (
    runs.find(({ id }) => !(id in failed) && !deleted.has(id) && records.get(id)?.status !== "finished") ??
    null
  );
}

/** What a run's time does not depend on. */
const FREE: readonly SettingKey[] = [
  "seed",
  "cycles",
  "anchor",
  "beta",
  "simpo_gamma",
  "kl_coef",
  "learning_rate",
  "lr_scheduler_type",
  "warmup_steps",
  "weight_decay",
  "max_grad_norm",
  "lora_alpha",
];

const costKey = (config: RunConfig): string =>
  JSON.stringify(Object.entries(config).filter(([key]) => !(FREE as readonly string[]).includes(key)));

/** Whether a run says how long one with these settings takes: the same work, on the same GPU where that is known. */
export const tellsTimeOf = (
  config: RunConfig,
  run: Pick<RunRecord, "config" | "gpuAdapter">,
  gpu: string | null,
): boolean =>
  (gpu === null || run.gpuAdapter === null || run.gpuAdapter === gpu) &&
  costKey(run.config) === costKey(config);

/**
 * Seconds a run takes, from the cycles of others with the same work: what comes before the first cycle, and the mean cycle
 * as often as it has cycles. Null where no cycle was measured.
 */
export function secondsOf(config: RunConfig, measured: readonly (readonly CycleRow[])[]): number | null {
  const found = measured.flatMap((rows) => {
    const [first, last] = [rows.find((r) => r.cycle === 0), rows.at(-1)];
    return first && last && last.cycle > 0
      ? [first.seconds + ((last.seconds - first.seconds) / last.cycle) * config.cycles]
      : [];
  });
  return found.length === 0 ? null : found.reduce((sum, s) => sum + s, 0) / found.length;
}
