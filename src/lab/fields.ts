/** The fields of a JSONL line, checked as they are read. */
import { LabError } from "../core/errors.ts";
import type { TextTokenizer } from "../model/tokenizer.ts";
import type { Line } from "./files.ts";

/** What a model makes of ids and text; the tokenizer is null where the model's folder has none. */
export interface Vocabulary {
  size: number; // rows of the model's embedding
  positions: number; // tokens a sequence may have
  tokenizer: TextTokenizer | null;
}

/**
 * The ids given as `name`_ids, or those of the text given as `name`: special tokens written in it are what they say,
 * none are added.
 * @throws LabError bad-data when neither or both are there, or an id is outside the vocabulary
 */
export function idsOf({ where, fields }: Line, name: string, { size, tokenizer }: Vocabulary): number[] {
  const text = fields[name];
  const ids = fields[`${name}_ids`];
  if ((text === undefined) === (ids === undefined)) {
    throw new LabError(
      "bad-data",
      `${where}: needs either "${name}" (a text) or "${name}_ids" (a list of token ids)`,
    );
  }
  if (ids !== undefined) {
    const known = (id: unknown): id is number =>
      Number.isInteger(id) && (id as number) >= 0 && (id as number) < size;
    if (Array.isArray(ids) && ids.every(known)) return ids;
    throw new LabError(
      "bad-data",
      `${where}: "${name}_ids" must be a list of integers from 0 to ${size - 1}`,
    );
  }
  if (typeof text !== "string") throw new LabError("bad-data", `${where}: "${name}" must be a text`);
  if (tokenizer === null) {
    throw new LabError(
      "bad-data",
      `${where}: the model's folder has no tokenizer.json; give "${name}_ids" instead`,
    );
  }
  return tokenizer.encodeMarkup(text);
}

/** @throws LabError bad-data when a line asks for a sequence of more tokens than the model has positions */
export function checkLength({ where }: Line, tokens: number, { positions }: Vocabulary): void {
  if (tokens > positions)
    throw new LabError(
      "bad-data",
      `${where}: a sequence of ${tokens} tokens exceeds the model's ${positions} positions; shorten it`,
    );
}

/** A number within bounds, whole where asked; `fallback` where the line says nothing (undefined: it must). */
export function numberOf(
  { where, fields }: Line,
  name: string,
  { min, max, whole, fallback }: { min: number; max?: number; whole: boolean; fallback?: number },
): number {
  const value = fields[name] ?? fallback;
  const good = typeof value === "number" && value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER);
  if (good && (!whole || Number.isInteger(value))) return value;
  const need = `${whole ? "an integer" : "a number"} ≥ ${min}${max === undefined ? "" : ` and ≤ ${max}`}`;
  throw new LabError("bad-data", `${where}: "${name}" must be ${need}, got ${JSON.stringify(fields[name])}`);
}
