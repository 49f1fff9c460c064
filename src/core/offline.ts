/** What working without a network takes: the parts, and which files of the built page each has. */

/** The cache of what is fetched after the first visit; the service worker answers from it (vite.offline.ts). */
export const LATER_CACHE = "closed-book-later";

export const PARTS = {
  page: "the page",
  model: "the built-in model",
  embedder: "the built-in embedder",
  wasm: "its WebAssembly",
  importers: "the readers of documents",
} as const;
export type Part = keyof typeof PARTS;

export interface NeededFile {
  file: string; // its path in the built folder
  part: Part;
}

export interface NeededFiles {
  now: NeededFile[]; // cached in one step, when the service worker is installed
  later: NeededFile[]; // large, or needed by few: cached one by one after the first visit
}

/**
 * Sorts the files of a built page. The readers are the documents worker and whatever its text names, onward.
 * @param files paths in the built folder
 * @param texts those of its scripts, by path
 */
export function filesNeeded(files: readonly string[], texts: ReadonlyMap<string, string>): NeededFiles {
  const worker = files.find((file) => /(^|\/)documents\.worker-[^/]*\.js$/.test(file));
  const readers = new Set(worker === undefined ? [] : [worker]);
  for (const reader of readers)
    for (const file of texts.keys()) if (texts.get(reader)?.includes(nameOf(file))) readers.add(file);
  const needed: NeededFiles = { now: [], later: [] };
  for (const file of files) {
    const part = partOf(file, readers);
    needed[part === "wasm" || part === "importers" ? "later" : "now"].push({ file, part });
  }
  return needed;
}

const nameOf = (path: string): string => path.split("/").at(-1)!;

function partOf(file: string, readers: ReadonlySet<string>): Part {
  if (file.endsWith(".wasm")) return "wasm";
  if (readers.has(file)) return "importers";
  if (file.startsWith("models/pocket/")) return "model";
  return file.startsWith("models/embedder-static/") ? "embedder" : "page";
}
