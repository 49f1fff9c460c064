import { expect, inject, test } from "vitest";
import { closure, firstLoad, gzipped, LATER } from "../helpers/buildPage.ts";

const chunks = inject("chunks");

const first = firstLoad(chunks);
const modules = first.flatMap((chunk) => chunk.modules);

test("the page and both workers are entries", () => {
  for (const entry of ["src/app/main.tsx", "src/workers/train.worker.ts", "src/workers/retrieval.worker.ts"])
    expect(modules).toContain(entry);
});

test("no reference kernel is in a first-load chunk", () => {
  expect(modules.some((path) => path.startsWith("src/gpu/kernels/"))).toBe(true); // the names are as expected
  expect(modules.filter((path) => path.startsWith("src/gpu/reference/"))).toEqual([]);
});

test("what reads documents is loaded when it is needed: the worker by a drop, its libraries by their files", () => {
  const heavy = /\/(unpdf|mammoth|linkedom|@mozilla\/readability)\//;
  expect(chunks.flatMap((chunk) => chunk.modules).filter((path) => heavy.test(path))).not.toEqual([]);
  const entries = chunks.filter((chunk) => chunk.entry);
  expect(entries.flatMap((entry) => entry.modules)).toEqual(expect.arrayContaining(LATER));
  const loaded = entries.flatMap((entry) => closure(entry, chunks)).flatMap((chunk) => chunk.modules);
  expect(loaded.filter((path) => heavy.test(path))).toEqual([]);
  expect(modules.filter((path) => path.startsWith("src/documents/readers/pdf/"))).toEqual([]);
});

test("the page's own thread has no engine", () => {
  const entry = chunks.find((c) => c.entry && c.modules.includes("src/app/main.tsx"))!;
  const page = closure(entry, chunks);
  const engine = /^src\/(gpu|model|train|retrieval|workers)\//;
  expect(page.flatMap((c) => c.modules).filter((path) => engine.test(path))).toEqual([]);
});

test("a first load is at most 350 KB of gzipped JavaScript, onnxruntime's wasm left out", () => {
  const bytes = gzipped(first);
  expect(bytes).toBeGreaterThan(50_000); // the chunks are there
  expect(bytes).toBeLessThanOrEqual(350_000);
});
