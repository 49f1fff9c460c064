/** A run's settings and numbers as files other tools read. */
import type { CycleRow, MetricRow, UpdateRow } from "../../../core/run.ts";
import { download } from "../../download.ts";
import type { StoredRun } from "../../stores/runStore.ts";

/** Everything, in the form in which recorded runs are bundled. */
export const runAsJson = ({ run, rows, answers }: StoredRun): string =>
  `${JSON.stringify(
    {
      config: run.config,
      gpuAdapter: run.gpuAdapter,
      date: new Date(run.createdAt).toISOString(),
      baselines: run.baselines,
      rows,
      answers,
    },
    null,
    1,
  )}\n`;

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

export function exportRun(stored: StoredRun, form: "json" | "csv"): void {
  const name = `closed-book-run-${stored.run.id.slice(0, 8)}.${form}`;
  if (form === "json") download(name, "application/json", runAsJson(stored));
  else download(name, "text/csv", rowsAsCsv(stored.rows));
}
