/** Global set-up of the end-to-end tests: builds the page, and notes which modules went into which chunk. */
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { build } from "vite";
import type { TestProject } from "vitest/node";
import { root } from "../machine.mjs";

export interface Chunk {
  file: string; // under dist
  entry: boolean; // of the page or of a worker
  imports: string[]; // static: loaded with it
  modules: string[]; // relative to the root, with slashes
  code: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    chunks: Chunk[];
  }
}

export async function setup(project: TestProject): Promise<void> {
  project.provide("chunks", await buildPage());
}

/** Builds dist as `npm run build` does. */
export async function buildPage(): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  const note = (): Plugin => ({
    name: "note-chunks",
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        chunks.push({
          file: chunk.fileName,
          entry: chunk.isEntry,
          imports: chunk.imports,
          modules: chunk.moduleIds.map((id) =>
            id.replaceAll("\\", "/").replace(`${root.replaceAll("\\", "/")}/`, ""),
          ),
          code: chunk.code,
        });
      }
    },
  });
  const { NODE_ENV } = process.env; // vitest's "test" would build React's development half
  process.env.NODE_ENV = "production";
  try {
    await build({ root, logLevel: "warn", plugins: [note()], worker: { plugins: () => [note()] } });
  } finally {
    process.env.NODE_ENV = NODE_ENV;
  }
  return chunks;
}

/** An entry and all that it imports statically. */
export function closure(entry: Chunk, chunks: readonly Chunk[]): Chunk[] {
  const found = new Set([entry]);
  for (const chunk of found)
    for (const file of chunk.imports) for (const c of chunks) if (c.file === file) found.add(c);
  return [...found];
}

/** Workers that start when they are first needed; test/e2e/documents.test.ts sees that a first load leaves them alone. */
export const LATER = [
  "src/workers/models.worker.ts",
  "src/workers/documents.worker.ts",
  "src/workers/map.worker.ts",
];

/** What a first load fetches: the page and its two workers. */
export const firstLoad = (chunks: readonly Chunk[]): Chunk[] => [
  ...new Set(
    chunks
      .filter(({ entry, modules }) => entry && !modules.some((path) => LATER.includes(path)))
      .flatMap((chunk) => closure(chunk, chunks)),
  ),
];

/** Gzipped bytes of JavaScript; onnxruntime's wasm is not among chunks. */
export const gzipped = (chunks: readonly Chunk[]): number =>
  chunks.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
