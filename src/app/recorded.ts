/**
 * Recorded runs: what the engine really did once, on a named machine, bundled for visitors who have not run anything
 * or cannot. Files in public/recorded/: `index.json` lists names, best first; each holds a `RecordedRun`.
 */
import { parseRunConfig, type RunConfig, storedRunConfig } from "../core/config.ts";
import type { Baselines, CycleAnswers, MetricRow } from "../core/run.ts";
import { fetchOptionalJson } from "./site.ts";

export interface RecordedRun {
  config: RunConfig;
  gpuAdapter: string;
  date: string; // ISO date
  rows: MetricRow[];
  answers: CycleAnswers[];
  baselines: Baselines | null;
  note: string | null; // what must be known to read it, as "the archive's first edition"
}

/** All recorded runs that are there and can be read; none is no error. One that is damaged leaves the others. */
export async function loadRecordedRuns(): Promise<RecordedRun[]> {
  const names = await fetchOptionalJson("recorded/index.json");
  if (!Array.isArray(names)) return [];
  const read = async (name: unknown) => readRecordedRun(await fetchOptionalJson(`recorded/${name}`));
  const runs = await Promise.allSettled(names.map(read));
  return runs.flatMap((run) => (run.status === "fulfilled" && run.value) || []);
}

/** A file as a recorded run, or null when it is none. Settings are checked like anybody's. */
export function readRecordedRun(file: unknown): RecordedRun | null {
  if (typeof file !== "object" || file === null) return null;
  const { config, gpuAdapter, date, rows, answers, baselines, note } = file as Partial<RecordedRun>;
  if (typeof gpuAdapter !== "string" || typeof date !== "string" || !Array.isArray(rows)) return null;
  return {
    config: parseRunConfig(storedRunConfig(config ?? {})),
    gpuAdapter,
    date,
    rows,
    answers: Array.isArray(answers) ? answers : [],
    baselines: baselines ?? null,
    note: typeof note === "string" ? note : null,
  };
}
