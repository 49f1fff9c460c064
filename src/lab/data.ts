/** What a run is given: its settings, and the folder of its documents and questions. */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { parseRunConfig, type RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { parseJson } from "../core/files.ts";
import { type CorpusFiles, readCorpusFiles } from "../documents/corpus.ts";
import { readText } from "../documents/decode.ts";
import { type DroppedFile, type DropWatch, readDropped } from "../documents/dropped.ts";
import { corpusOf } from "../documents/gather.ts";
import { shortened } from "../documents/questions.ts";
import { fromFolder, readBytes, SHIPPED } from "./files.ts";
import { isRunFile, openRunFile } from "./runFile.ts";

/** Reads the settings a file names, which are right as far as they go; of a run's file all of them. @throws LabError not-found, bad-data or bad-config naming the file */
export async function readConfig(path: string): Promise<Partial<RunConfig>> {
  if (isRunFile(path)) return (await openRunFile(path)).config;
  const raw = parseJson(readText(await readBytes(path), path).text, path);
  try {
    parseRunConfig(raw);
    return raw as Partial<RunConfig>;
  } catch (error) {
    if (error instanceof LabError)
      throw new LabError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** A folder as the settings name it: from here, from beside the settings, or among what the product ships. */
export function findFolder(path: string, besides: string): string {
  const places = [resolve(path), resolve(besides, path), ...SHIPPED.map((folder) => resolve(folder, path))];
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    throw new LabError("not-found", `${path} is not there; looked in ${places.join(", ")}`);
  return found;
}

export interface DataWatch {
  onNote(note: string): void; // how a file was read where that is not plain, what of it was left out
  onProgress?: DropWatch["onProgress"];
}

/**
 * Documents and questions: a folder in the archive's form, else whatever the page reads too: a folder of files, a zip, or
 * one file. A file that cannot be read is noted, and the others go on.
 * @throws LabError not-found or bad-data naming the file and the question or document
 */
export async function readData(path: string, { onNote, onProgress }: DataWatch): Promise<CorpusFiles> {
  if (["documents.json", "train.json"].every((name) => existsSync(join(path, name))))
    return readCorpusFiles(fromFolder(path), (name) => join(path, name), onNote);
  const { signal } = new AbortController(); // an interrupt ends the program
  const dropped = await readDropped(await filesOf(path), { onProgress: onProgress ?? (() => {}), signal });
  for (const { name, reason } of dropped.unread)
    onNote(reason.includes(name) ? reason : `${name}: ${reason}`);
  dropped.notes.forEach(onNote);
  for (const told of shortened(dropped.faults)) onNote(`left out: ${told}`);
  if (dropped.documents.length === 0)
    throw new LabError(
      "not-found",
      `${path} has no documents: wanted are documents.json, train.json and test.json, or files such as PDF, DOCX, HTML or text`,
    );
  return corpusOf(dropped);
}

/** The same for a run, which needs questions. @throws LabError bad-data saying how to make some */
export async function readRunData(path: string, watch: DataWatch): Promise<CorpusFiles> {
  const data = await readData(path, watch);
  if (data.train.length === 0)
    throw new LabError(
      "bad-data",
      `${path} has ${data.documents.length} documents and no question to learn: make some with npm run lab -- questions ${path} --out FOLDER, and give that folder as data`,
    );
  return data;
}

/** A file, or every file below a folder, in the order of their paths. */
async function filesOf(path: string): Promise<DroppedFile[]> {
  if (!(await stat(path)).isDirectory()) return [{ name: basename(path), bytes: () => readBytes(path) }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((file) => ({
      name: relative(path, file).split(sep).join("/"),
      bytes: () => readBytes(file),
    }));
}
