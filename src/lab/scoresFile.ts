/** What a model said of made questions, on disk as it comes, so that judging stops and goes on. */
import { appendFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { LabError } from "../core/errors.ts";
import { decodeText, parseJson, readOptional } from "../core/files.ts";
import type { Scored, Thresholds } from "../documents/questionMaking.ts";
import { fromFolder, toLines, writeWhole } from "./files.ts";

/** What must be the same for scores to go on. */
export interface ScoresHead {
  model: string;
  thresholds: Thresholds;
  seed: number;
  documents: string; // SHA-256 of the passages
}

interface ScoresLine {
  fact: string; // its id
  scored: Scored;
}

export interface ScoresFile {
  known: ReadonlyMap<string, Scored>; // by fact
  add(fact: string, scored: Scored): Promise<void>;
}

/** Opens the file, or begins it. @throws LabError bad-config where it is of other documents or of another model */
export async function openScores(path: string, head: ScoresHead): Promise<ScoresFile> {
  const bytes = await readOptional(fromFolder(dirname(path)), basename(path));
  const [first, ...lines] = bytes === null ? [] : decodeText(bytes, path).split("\n").slice(0, -1); // the last may be torn
  if (first !== undefined && first !== JSON.stringify(head))
    throw new LabError(
      "bad-config",
      `${path} holds what was judged of other documents, by another model or another seed: choose another --out or delete it`,
    );
  const known = lines.map((line, i) => parseJson(line, `${path}, line ${i + 2}`) as ScoresLine);
  await writeWhole(path, toLines([head, ...known]));
  return {
    known: new Map(known.map(({ fact, scored }) => [fact, scored])),
    add: (fact, scored) => appendFile(path, toLines([{ fact, scored } satisfies ScoresLine])),
  };
}
