/** Documents that are there already: the same file, or nearly the same words. */
import type { SourceDocument } from "../core/messages.ts";
import { hash3 } from "../core/rng.ts";
import { documentText } from "./documents.ts";

export interface Alike {
  id: string;
  of: string; // the id of the earlier document
  same: "file" | "words";
}

const RUN = 5; // words in a row that are compared as one
const KEPT = 4; // of so many runs one is looked at, the same in every document
const LEAST_RUNS = 8; // fewer say nothing
const SHARE = 0.8; // of all runs of both, that both have

/** The documents from position `from` on that are like one before them, each with the first of those. */
export function findAlike(documents: readonly SourceDocument[], from = 0): Alike[] {
  const found: Alike[] = [];
  const files = new Map<string, string>(); // hash → id
  const texts = new Map<string, string>();
  const holders = new Map<number, number[]>(); // run → positions of the documents that have it
  const sizes: number[] = [];
  for (const [i, document] of documents.entries()) {
    const { id, file } = document;
    const words =
      documentText(document)
        .toLowerCase()
        .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
    const text = words.join(" ");
    const runs = runsOf(words);
    const earlier = (file && files.get(file.hash)) ?? null;
    const twin = texts.get(text) ?? nearest(runs, holders, sizes, documents);
    if (i >= from && earlier !== null) found.push({ id, of: earlier, same: "file" });
    else if (i >= from && twin !== null) found.push({ id, of: twin, same: "words" });
    if (file && !files.has(file.hash)) files.set(file.hash, id);
    if (words.length > 0 && !texts.has(text)) texts.set(text, id);
    sizes.push(runs.size);
    for (const run of runs) {
      const held = holders.get(run);
      if (held === undefined) holders.set(run, [i]);
      else held.push(i);
    }
  }
  return found;
}

function runsOf(words: readonly string[]): Set<number> {
  const hashes = words.map((word) => {
    let h = 0;
    for (let i = 0; i < word.length; i++) h = (Math.imul(h, 31) + word.charCodeAt(i)) | 0;
    return h;
  });
  const runs = new Set<number>();
  for (let i = RUN; i <= hashes.length; i++) {
    let h = 0;
    for (let j = i - RUN; j < i; j++) h = (Math.imul(h, 31) + hashes[j]!) | 0;
    const mixed = hash3(h, RUN, 0);
    if (mixed % KEPT === 0) runs.add(mixed);
  }
  return runs;
}

/** The first document that shares nearly all of these runs. */
function nearest(
  runs: ReadonlySet<number>,
  holders: ReadonlyMap<number, readonly number[]>,
  sizes: readonly number[],
  documents: readonly SourceDocument[],
): string | null {
  if (runs.size < LEAST_RUNS) return null;
  const common = new Map<number, number>();
  for (const run of runs)
    for (const position of holders.get(run) ?? []) common.set(position, (common.get(position) ?? 0) + 1);
  const like = [...common]
    .sort(([a], [b]) => a - b)
    .find(([position, count]) => count >= SHARE * (runs.size + sizes[position]! - count));
  return like === undefined ? null : documents[like[0]]!.id;
}
