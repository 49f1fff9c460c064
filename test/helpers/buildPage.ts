/** Global set-up of the end-to-end tests: builds the page, and notes which modules went into which chunk. */
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
  await build({ root, logLevel: "warn", plugins: [note()], worker: { plugins: () => [note()] } });
  project.provide("chunks", chunks);
}
