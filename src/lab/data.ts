/** What a run is given: its settings, and the folder of its documents and questions. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseRunConfig, type RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { parseJson } from "../core/files.ts";
import { type CorpusFiles, readCorpusFiles } from "../documents/corpus.ts";
import { readText } from "../documents/decode.ts";
import { fromFolder, readBytes } from "./files.ts";
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
  const shipped = ["../public", "../../public"].map((up) => resolve(import.meta.dirname, up)); // built, or from source
  const places = [resolve(path), resolve(besides, path), ...shipped.map((folder) => resolve(folder, path))];
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    throw new LabError("not-found", `${path} is not there; looked in ${places.join(", ")}`);
  return found;
}

/** A folder of documents and questions. @throws LabError not-found or bad-data naming the file and the question or document */
export const readData = (folder: string, onNote?: (note: string) => void): Promise<CorpusFiles> =>
  readCorpusFiles(fromFolder(folder), (name) => join(folder, name), onNote);
