/** A run's settings and numbers as files other tools read. */
import { BUNDLE_ENDING } from "../../../core/bundle.ts";
import type { CycleRow, MetricRow, Question, RunRecord, UpdateRow } from "../../../core/run.ts";
import { factsOf, RUN_FILE_ENDING, writeRunFile } from "../../../core/runFile.ts";
import { download } from "../../download.ts";
import { runName } from "../../presets.ts";
import type { StoredRun } from "../../stores/runStore.ts";
import type { TrainClient } from "../../workers.ts";

/** One table of all rows: a column per field of either kind, empty where a row does not have it or it was not measured. */
export function rowsAsCsv(rows: readonly MetricRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))] as (
    | keyof CycleRow
    | keyof UpdateRow
  )[];
  const line = (row: MetricRow) =>
    columns.map((c) => (row as Partial<CycleRow & UpdateRow>)[c] ?? "").join(",");
  return `${[columns.join(","), ...rows.map(line)].join("\n")}\n`;
}

const fileName = (run: RunRecord, ending: string): string =>
  `closed-book ${runName(run).replace(/[\\/:*?"<>|]+/g, " ")} ${run.id.slice(0, 6)}${ending}`;

export function downloadCsv({ run, rows }: StoredRun): void {
  download(fileName(run, ".csv"), "text/csv", rowsAsCsv(rows));
}

/** What goes along with a run besides its rows and answers. */
export interface TakenAlong {
  questions: readonly Question[] | null; // the held-out ones, as texts
  adapter: { train: TrainClient; cycle: number } | null; // the one that the train worker exports of it
}

/** The run as one file. Answers how many bytes it has. */
export async function downloadRun(
  { run, rows, answers }: StoredRun,
  { questions, adapter }: TakenAlong,
): Promise<number> {
  const files = await adapter?.train.ask("export", { runId: run.id, format: "peft" });
  const file = await writeRunFile({
    ...factsOf(run),
    rows: [...rows],
    answers: [...answers],
    questions: questions && [...questions],
    adapter: adapter && { cycle: adapter.cycle, files: files ?? [] },
  });
  download(fileName(run, RUN_FILE_ENDING), "application/zip", file);
  return file.size;
}

/** The run as a bundle for other machines. Answers how many bytes it has. */
export async function downloadBundle(run: RunRecord, train: TrainClient): Promise<number> {
  const file = await train.ask("bundle", { runId: run.id });
  download(fileName(run, BUNDLE_ENDING), "application/zip", file);
  return file.size;
}
