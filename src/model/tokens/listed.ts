/**
 * A vocabulary as a list: what a tokenizer.json has of it (an object of ids, merges as texts) costs a large tokenizer most of its
 * time, and is wanted only where the file is written.
 */
import type { PairRanks } from "./pairRanks.ts";
import type { Part } from "./part.ts";
import type { TextList } from "./textList.ts";
import type { TokenTable } from "./tokenTable.ts";

export interface Listed {
  table: TokenTable;
  merges: PairRanks | TextList | null; // a list: left and right in turns; null: those of the part
}

const LISTED = Symbol("listed");

/**
 * `model` of a tokenizer.json whose large fields are made when somebody reads them.
 * @param made its `vocab`, and its `merges` where the list has them
 */
export function listedModel(part: Part, listed: Listed, made: Record<string, () => unknown>): Part {
  const model = { ...part };
  for (const [name, make] of Object.entries(made)) {
    let value: unknown;
    const get = () => {
      value ??= make();
      return value;
    };
    Object.defineProperty(model, name, { get, enumerable: true });
  }
  Object.defineProperty(model, LISTED, { value: listed });
  return model;
}

export const listedOf = (part: Part): Listed | null => (part as { [LISTED]?: Listed })[LISTED] ?? null;
