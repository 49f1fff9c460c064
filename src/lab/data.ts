/** What a run is given: its settings, and the folder of its documents and questions. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseRunConfig, type RunConfig } from "../core/config.ts";
import { parseDocuments } from "../core/documents.ts";
import { LabError } from "../core/errors.ts";
import { decodeText, parseJson, readOptional } from "../core/files.ts";
import type { SourceDocument } from "../core/messages.ts";
import { parseQuestions } from "../core/questions.ts";
import type { Question } from "../core/run.ts";
import type { RunData } from "../train/context.ts";
import { fromFolder, readBytes } from "./files.ts";

/** Reads a run's settings. @throws LabError not-found, bad-data or bad-config naming the file */
export async function readConfig(path: string): Promise<RunConfig> {
  const raw = parseJson(decodeText(await readBytes(path), path), path);
  try {
    return parseRunConfig(raw);
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

/**
 * documents.json, train.json, test.json and, where it is there, twohop.json (method.md §5).
 * @throws LabError not-found or bad-data naming the file and the question or document
 */
export async function readData(folder: string): Promise<RunData & { documents: SourceDocument[] }> {
  const read = async (name: string): Promise<string> =>
    decodeText(await readBytes(join(folder, name)), join(folder, name));
  const questions = async (name: string): Promise<Question[]> =>
    parseQuestions(await read(name), join(folder, name));
  const documents = parseDocuments([
    { name: join(folder, "documents.json"), text: await read("documents.json") },
  ]);
  const hasTwoHop = (await readOptional(fromFolder(folder), "twohop.json")) !== null;
  return {
    documents,
    train: await questions("train.json"),
    test: await questions("test.json"),
    twohop: hasTwoHop ? await questions("twohop.json") : [],
  };
}
