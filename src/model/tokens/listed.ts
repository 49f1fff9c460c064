/**
 * A vocabulary as a list, for a tokenizer that is made rather than read: what a tokenizer.json has of it (an object of ids, merges as
 * texts) costs a large tokenizer most of its time, and is wanted only where the file is written.
 */
import type { Part } from "./part.ts";
import type { TokenTable } from "./tokenTable.ts";

/** Merges in the order of their rank, as places in the list. */
export interface ListedMerges {
  lefts: Int32Array;
  rights: Int32Array;
  joined: Int32Array;
}

export interface Listed {
  table: TokenTable; // entries are ids
  merges: ListedMerges | null; // null: those of the part
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
    lazily("merges", () =>
      Array.from(merges.lefts, (left, rank) => [tokens[left]!, tokens[merges.rights[rank]!]!]),
    );
  Object.defineProperty(model, LISTED, { value: listed });
  return model;
}

export const listedOf = (part: Part): Listed | null => (part as { [LISTED]?: Listed })[LISTED] ?? null;
