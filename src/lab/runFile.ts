/** Runs as one file: `run` writes its own, `pack` makes one of a run's folder, `show` reads one. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../core/errors.ts";
import { parseJson } from "../core/files.ts";
import { RUN_FILE_ENDING, type RunFacts, type RunFile, readRunFile, writeRunFile } from "../core/runFile.ts";
import { readText } from "../documents/decode.ts";
import { isShipped, readBytes, writeWhole } from "./files.ts";
import { readQuestions, readRecord, readRunJson } from "./outFolder.ts";
import type { Report } from "./report.ts";
import { showRow } from "./show.ts";

export const isRunFile = (path: string): boolean => path.endsWith(RUN_FILE_ENDING);

/** @throws LabError not-found, bad-data or bad-config naming the file */
export const openRunFile = async (path: string): Promise<RunFile> =>
  readRunFile(new Blob([await readBytes(path)]), path);

/** Writes what the run in `out` has recorded to `path`. */
export async function saveRunFile(
  out: string,
  path: string,
  facts: RunFacts,
  { questions = null, adapter = null }: Partial<Pick<RunFile, "questions" | "adapter">> = {},
): Promise<void> {
  const file = await writeRunFile({ ...facts, ...(await readRecord(out)), questions, adapter });
  await writeWhole(path, new Uint8Array(await file.arrayBuffer()));
}

export interface PackOptions {
  run: string; // the folder that `run` wrote
  out: string;
  name: string;
  note: string | null;
  adapter: boolean;
  questions: boolean | null; // their texts; null: of the page's own archives yes, of others no
}

const PEFT_FILES = ["adapter_config.json", "adapter_model.safetensors"];

/** @throws LabError not-found where the folder holds no finished or stopped run */
export async function packCommand({ run, out, name, note, adapter, questions }: PackOptions): Promise<void> {
  const begun = await readRunJson(run, {});
  const path = join(run, "report.json");
  if (begun === null || !existsSync(path))
    throw new LabError(
      "not-found",
      `${run} holds no run that has ended: run.json and report.json must be there`,
    );
  const { baselines, memory } = parseJson(readText(await readBytes(path), path).text, path) as Report;
  const { rows } = await readRecord(run);
  const cycle = Math.max(0, ...rows.flatMap((row) => (row.type === "cycle" ? [row.cycle] : [])));
  const read = async (file: string) => ({
    name: file,
    content: new Blob([await readBytes(join(run, "adapter", file))]),
  });
  const facts: RunFacts = {
    name,
    note,
    date: begun.date ?? (await stat(join(run, "run.json"))).mtime.toISOString(),
    status: cycle === begun.config.cycles ? "finished" : "stopped",
    config: begun.config,
    gpuAdapter: begun.gpuAdapter,
    variants: begun.variants,
    fingerprint: begun.fingerprint ?? null,
    baselines,
    memory,
    notes: [],
    extended: begun.extended ?? [],
  };
  await saveRunFile(run, out, facts, {
    questions: (questions ?? isShipped(begun.config.data)) ? await readQuestions(run) : null,
    adapter: adapter ? { cycle, files: await Promise.all(PEFT_FILES.map(read)) } : null,
  });
}

/** Prints what a run file says: what it is of, and a line per cycle. */
export async function showCommand(path: string): Promise<void> {
  const { rows, adapter, questions: texts, ...facts } = await openRunFile(path);
  const { name, date, status, gpuAdapter, note, fingerprint, config } = facts;
  console.log(`${name || "a run"}, ${status}, begun ${date}, on ${gpuAdapter ?? "an unnamed adapter"}`);
  if (note !== null) console.log(note);
  console.log(
    `model ${config.model}, data ${config.data}, objective ${config.objective}, seed ${config.seed}`,
  );
  if (fingerprint)
    console.log(`questions ${fingerprint.questions}, documents ${fingerprint.documents} (SHA-256)`);
  if (texts) console.log(`with the texts of its ${texts.length} held-out questions`);
  console.log(adapter === null ? "without its adapter" : `with its adapter after cycle ${adapter.cycle}`);
  rows.forEach(showRow);
}
