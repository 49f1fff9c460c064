import { gzipSync } from "node:zlib";
import { expect, inject, test } from "vitest";
import type { Chunk } from "../helpers/buildPage.ts";

const chunks = inject("chunks");

/** An entry and all that it imports statically: what a first load fetches. */
function closure(entry: Chunk): Chunk[] {
  const found = new Set([entry]);
  for (const chunk of found)
    for (const file of chunk.imports) for (const c of chunks) if (c.file === file) found.add(c);
  return [...found];
}
const firstLoad = [...new Set(chunks.filter((c) => c.entry).flatMap(closure))];
const modules = firstLoad.flatMap((chunk) => chunk.modules);

test("the page and both workers are entries", () => {
  for (const entry of ["src/app/main.tsx", "src/workers/train.worker.ts", "src/workers/retrieval.worker.ts"])
    expect(modules).toContain(entry);
});

test("no reference kernel is in a first-load chunk", () => {
  expect(modules.some((path) => path.startsWith("src/gpu/kernels/"))).toBe(true); // the names are as expected
  expect(modules.filter((path) => path.startsWith("src/gpu/reference/"))).toEqual([]);
});

test("the page's own thread has no engine", () => {
  const page = closure(chunks.find((c) => c.entry && c.modules.includes("src/app/main.tsx"))!);
  const engine = /^src\/(gpu|model|train|retrieval|workers)\//;
  expect(page.flatMap((c) => c.modules).filter((path) => engine.test(path))).toEqual([]);
});

test("a first load is at most 350 KB of gzipped JavaScript, onnxruntime's wasm left out", () => {
  const bytes = firstLoad.reduce((sum, chunk) => sum + gzipSync(chunk.code).length, 0);
  expect(bytes).toBeGreaterThan(50_000); // the chunks are there
  expect(bytes).toBeLessThanOrEqual(350_000);
});
