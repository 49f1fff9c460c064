/** The folder of a run: what is in it, and how it grows so that a crash at any moment loses nothing but time. */
import { existsSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  parseRunConfig,
  type RunConfig,
  SETTING_KEYS,
  type SettingKey,
  storedRunConfig,
} from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { decodeText, type FileSource, parseJson, readOptional } from "../core/files.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { CycleAnswers, Extension, MetricRow, Question } from "../core/run.ts";
import type { Entry } from "../train/context.ts";
import { extend } from "../train/extend.ts";
import type { Checkpoint } from "../train/state.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpointFile.ts";
import { fromFolder, toLines, writeWhole } from "./files.ts";

/** run.json: what a resumed run must share with its beginning. */
export interface RunJson extends Machine {
  config: RunConfig;
  date?: string; // ISO, when it was begun; absent, as is the next, in files written before it was kept
  fingerprint?: Fingerprint; // of its data
  extended?: Extension[]; // where it went on for more cycles; absent where it did not
  continued: (Machine & { rows: number })[]; // where it went on with other kernels, after so many rows
}

/** What computes a run: the same on both sides of a break, its numbers are the same bits. */
export interface Machine {
  gpuAdapter: string;
  variants: Record<string, string>; // the kernel variants autotune chose
}

const METRICS = "metrics.jsonl"; // a line per update and per cycle
const ANSWERS = "answers.jsonl"; // a line per cycle: the option chosen for every held-out question
export const CHECKPOINT = "checkpoint.bin";
const QUESTIONS = "questions.jsonl"; // the held-out questions, in the order of the answers
const longerCheckpoint = (cycles: number): string => `checkpoint.${cycles}.bin`; // of a run that is about to be longer

/**
 * The beginning of the run that is in `out`, or null where there is none. It goes on with its own settings: what nobody
 * named may have had another default then.
 * @throws LabError bad-config naming those of `named` that differ from the ones it began with
 */
export async function readRunJson(out: string, named: Partial<RunConfig>): Promise<RunJson | null> {
  const path = join(out, "run.json");
  const text = await readText(fromFolder(out), "run.json", path);
  if (text === null) return null;
  const stored = parseJson(text, path) as Omit<RunJson, "continued">;
  const file: RunJson = { continued: [], ...stored, config: configOf(stored.config, path) };
  const told = (value: unknown): string => JSON.stringify(value);
  const same = (key: SettingKey): boolean =>
    told(file.config[key]) === told(named[key]) ||
    (key === "cycles" && (file.extended ?? []).some(({ cycles }) => cycles === named.cycles)); // it was begun for so many
  const differing = SETTING_KEYS.filter((key) => key in named && !same(key));
  if (differing.length > 0) {
    const list = differing
      .map((key) => `${key} (${told(file.config[key])}, now ${told(named[key])})`)
      .join(", ");
    throw new LabError(
      "bad-config",
      `${out} holds a run with other settings: ${list}; choose another --out or delete it${
        differing.join() === "cycles" && Number(named.cycles) > file.config.cycles
          ? `; once it has finished, --more ${Number(named.cycles) - file.config.cycles} goes on with it`
          : ""
      }`,
    );
  }
  return file;
}

/** @throws LabError bad-config naming the file and every setting that is unknown or wrong */
function configOf(stored: Partial<RunConfig>, path: string): RunConfig {
  try {
    return parseRunConfig(storedRunConfig(stored));
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** The file of a run that goes on `here` after `rows` rows: how it began stays, other kernels from here on are noted. */
export function continueOn(file: RunJson, here: Machine, rows: number): RunJson {
  const { gpuAdapter, variants } = file.continued.at(-1) ?? file;
  if (isDeepStrictEqual({ gpuAdapter, variants }, here)) return file;
  return { ...file, continued: [...file.continued.filter((c) => c.rows !== rows), { rows, ...here }] };
}

export const writeRunJson = (out: string, file: RunJson): Promise<void> =>
  writeWhole(join(out, "run.json"), `${JSON.stringify(file, null, 2)}\n`);

/**
 * Makes the finished run in `out` one of more cycles. A crash in between leaves it as it was, or as it shall be: its new
 * checkpoint lies beside the old one until run.json has the new number of cycles.
 */
export async function extendIn(
  out: string,
  file: RunJson,
  checkpoint: Checkpoint,
  more: number,
  hasTwoHop: boolean,
): Promise<{ file: RunJson; checkpoint: Checkpoint }> {
  const { config, state, extension } = extend(file.config, checkpoint.state, more, hasTwoHop);
  const longer = {
    file: { ...file, config, extended: [...(file.extended ?? []), extension] },
    checkpoint: { ...checkpoint, state },
  };
  await writeWhole(join(out, longerCheckpoint(config.cycles)), encodeCheckpoint(longer.checkpoint));
  await writeRunJson(out, longer.file);
  await finishExtension(out, config.cycles);
  return longer;
}

/** Puts a longer run's checkpoint in its place, where run.json has come so far. */
export async function finishExtension(out: string, cycles: number): Promise<void> {
  const name = longerCheckpoint(cycles);
  if (existsSync(join(out, name))) await rename(join(out, name), join(out, CHECKPOINT));
}

/** Keeps the held-out questions beside the answers to them. */
export const writeQuestions = (out: string, questions: readonly Question[]): Promise<void> =>
  writeWhole(join(out, QUESTIONS), toLines(questions));

/** The held-out questions of the run in `out`; null in a folder that was written before they were kept. */
export async function readQuestions(out: string): Promise<Question[] | null> {
  const files = fromFolder(out);
  if ((await readOptional(files, QUESTIONS)) === null) return null;
  return (await readLines(files, out, QUESTIONS)).map((line) => JSON.parse(line) as Question);
}

/**
 * Where the run in `out` goes on: its checkpoint, and the rows up to it. Rows written after the checkpoint are taken out
 * of the files: their work will be done again.
 */
export async function takeUp(out: string): Promise<{ checkpoint: Checkpoint | null; rows: MetricRow[] }> {
  const files = fromFolder(out);
  const bytes = await readOptional(files, CHECKPOINT);
  const checkpoint = bytes && decodeCheckpoint(bytes, join(out, CHECKPOINT));
  const lines = await readLines(files, out, METRICS);
  const kept = lines.slice(0, checkpoint?.state.rows ?? 0);
  if (kept.length !== (checkpoint?.state.rows ?? 0)) {
    const where = join(out, METRICS);
    throw new LabError(
      "bad-data",
      `${where} has ${lines.length} lines, the checkpoint was made after ${checkpoint?.state.rows}`,
    );
  }
  const rows = kept.map((line) => JSON.parse(line) as MetricRow);
  const cycles = rows.filter((row) => row.type === "cycle").length;
  const answers = (await readLines(files, out, ANSWERS)).slice(0, cycles);
  await writeWhole(join(out, METRICS), toText(kept));
  await writeWhole(join(out, ANSWERS), toText(answers));
  return { checkpoint, rows };
}

/** What the run in `out` has recorded, up to its last whole lines. */
export async function readRecord(out: string): Promise<{ rows: MetricRow[]; answers: CycleAnswers[] }> {
  const files = fromFolder(out);
  const rows = (await readLines(files, out, METRICS)).map((line) => JSON.parse(line) as MetricRow);
  const answers = (await readLines(files, out, ANSWERS)).map((line) => JSON.parse(line) as CycleAnswers);
  return { rows, answers };
}

/** Writes an entry: rows and answers first, safe on disk, then the checkpoint that counts on them. */
export async function storeEntry(out: string, { rows, answers, checkpoint }: Entry): Promise<void> {
  if (rows.length > 0) await append(join(out, METRICS), toLines(rows));
  if (answers !== null) await append(join(out, ANSWERS), toLines([answers]));
  if (checkpoint !== null) await writeWhole(join(out, CHECKPOINT), encodeCheckpoint(checkpoint));
}

/** Writes files into a folder of `out`. */
export async function writeFiles(
  out: string,
  folder: string,
  files: { name: string; bytes: Uint8Array }[],
): Promise<void> {
  for (const { name, bytes } of files) await writeWhole(join(out, folder, name), bytes);
}

async function append(path: string, text: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  const file = await open(path, "a");
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}

const toText = (lines: string[]): string => lines.map((line) => `${line}\n`).join("");

async function readLines(files: FileSource, out: string, name: string): Promise<string[]> {
  const text = (await readText(files, name, join(out, name))) ?? "";
  return text.split("\n").slice(0, -1); // a last line without its end was cut off
}

async function readText(files: FileSource, name: string, path: string): Promise<string | null> {
  const bytes = await readOptional(files, name);
  return bytes && decodeText(bytes, path);
}
