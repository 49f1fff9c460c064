/**
 * A vocabulary as a list, for a tokenizer that is made rather than read: what a tokenizer.json has of it (an object of ids, merges as
 * texts) costs a large tokenizer most of its time, and is wanted only where the file is written.
 */
import type { PairRanks } from "./pairRanks.ts";
import type { Part } from "./part.ts";
import type { TokenTable } from "./tokenTable.ts";

/** Merges that are looked up. */
export interface MadeMerges extends PairRanks {
  /** All of them in the order of their rank, left and right, as places in the list. */
  list(): [number, number][];
}

export interface Listed {
  table: TokenTable; // entries are ids
  merges: MadeMerges | null; // null: those of the part
}

const LISTED = Symbol("listed");

/** `model` of a tokenizer.json whose `vocab` (and `merges`, where the list has them) is made when somebody reads it. */
export function listedModel(part: Part, listed: Listed): Part {
  const { merges } = listed;
  const tokens = listed.table.texts;
  const model = { ...part };
  const lazily = (name: string, make: () => unknown): void => {
    let made: unknown;
    const get = () => {
      made ??= make();
      return made;
    };
    Object.defineProperty(model, name, { get, enumerable: true });
  };
  // Own properties throughout: a piece may be called "__proto__".
  lazily("vocab", () => Object.fromEntries(tokens.map((token, id) => [token, id])));
  if (merges !== null)
    lazily("merges", () => merges.list().map(([left, right]) => [tokens[left]!, tokens[right]!]));
  Object.defineProperty(model, LISTED, { value: listed });
  return model;
}

export const listedOf = (part: Part): Listed | null => (part as { [LISTED]?: Listed })[LISTED] ?? null;
