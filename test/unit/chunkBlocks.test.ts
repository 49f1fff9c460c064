import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Block } from "../../src/core/blocks.ts";
import { words } from "../../src/core/text.ts";
import { block } from "../../src/documents/blocks.ts";
import { readDocument } from "../../src/documents/read.ts";
import { chunk } from "../../src/retrieval/chunk.ts";
import { cutBlocks } from "../../src/retrieval/chunkBlocks.ts";
import { rulerOf, toEnd } from "../../src/retrieval/pieces.ts";

const countWords = (text: string) => text.split(/\s+/).filter((word) => word !== "").length;
const measure = rulerOf(countWords);
const cut = (blocks: Block[], maxTokens = 12) =>
  toEnd(cutBlocks(blocks, { tokens: maxTokens, rough: Number.POSITIVE_INFINITY }, measure));
const texts = (blocks: Block[], maxTokens?: number) => cut(blocks, maxTokens).map(({ text }) => text);
const heading = (text: string, page: number | null = null) => block("heading", text, { page, level: 1 });
const text = (content: string, page: number | null = null) => block("text", content, { page });

test("a heading begins a passage and is the first line of all that stand under it, with their pages", () => {
  const blocks = [
    text("Before it.", 1),
    heading("The mill", 1),
    text("One two three four five. Six seven eight nine ten.", 2),
    text("Eleven.", 3),
    heading("The bridge", 3),
    text("Built of stone.", 4),
  ];
  expect(cut(blocks, 9)).toEqual([
    { text: "Before it.", heading: null, page: 1 },
    { text: "The mill\nOne two three four five.", heading: "The mill", page: 2 },
    { text: "The mill\nSix seven eight nine ten.\nEleven.", heading: "The mill", page: 2 },
    { text: "The bridge\nBuilt of stone.", heading: "The bridge", page: 4 },
  ]);
});

test("headings without text between them are one; one without text below it is a passage", () => {
  expect(texts([heading("Part I"), heading("The mill"), text("It stands."), heading("Index")])).toEqual([
    "Part I · The mill\nIt stands.",
    "Index",
  ]);
  expect(texts([heading("a b c d"), heading("e f g h"), text("i.")], 8)).toEqual(["a b c d", "e f g h\ni."]);
});

test("a heading as long as a text is one", () => {
  expect(cut([heading("one two three four five."), text("six.")], 8)).toEqual([
    { text: "one two three four five.\nsix.", heading: null, page: null },
  ]);
});

test("rows stay whole, code is a passage of its own cut at line ends, what is left out is not cut", () => {
  const row = (content: string) => block("row", content);
  expect(texts([row("Town: Ay. River: Bee."), row("Town: Cee; River: Dee; Founded: 1412.")], 6)).toEqual([
    "Town: Ay. River: Bee.",
    "Town: Cee; River: Dee; Founded: 1412.",
  ]);
  expect(texts([row("a. b. c. d. e. f. g. h. i. j.")], 6)).toEqual(["a. b. c. d. e. f. g. h. i. j."]);
  const code = block("code", "if (a)\n  b(c, d);\n\nelse\n  e(f);");
  expect(texts([text("Before."), code, text("After.")], 4)).toEqual([
    "Before.",
    "if (a)\n  b(c, d);",
    "else\n  e(f);",
    "After.",
  ]);
  const left = block("text", "page 1", { left: "running head" });
  expect(texts([text("One."), left, text("Two.")])).toEqual(["One.\nTwo."]);
  expect(cut([left])).toEqual([]);
});

test("every word comes out once and in order, headings aside, within the budget", () => {
  const sentence = fc
    .array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 30 })
    .map((w) => `${w.join(" ")}.`);
  const blocks = fc.array(
    fc.record({
      kind: fc.constantFrom("heading" as const, "text" as const, "row" as const, "code" as const),
      text: fc.array(sentence, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(" ")),
      page: fc.option(fc.nat(9)),
      level: fc.constant(null),
      left: fc.constantFrom(null, null, null, "contents"),
    }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(blocks, fc.integer({ min: 2, max: 20 }), (source, max) => {
      const passages = cut(source, max);
      const out = passages.flatMap(({ text, heading }, i) => {
        const again = heading !== null && passages[i - 1]?.heading === heading;
        return words(again ? text.slice(heading.length) : text);
      });
      const kept = source.filter(({ left }) => left === null);
      // The same heading twice in a row, with text below both, cannot be told from one that goes on.
      const repeated = kept.some(
        ({ kind, text }, i) => kind === "heading" && kept.slice(0, i).some((b) => b.text === text),
      );
      if (!repeated) expect(out).toEqual(kept.flatMap(({ text }) => words(text)));
      for (const { text } of passages) expect(countWords(text)).toBeLessThanOrEqual(2 * max);
    }),
    { seed: 1 },
  );
});

test("a document's passages have its title; one with all of it left out is refused by name", () => {
  const document = (blocks: Block[]) => ({ id: "d", title: "D", text: null, passages: null, blocks });
  expect(chunk([document([heading("H", 2), text("One.", 2)])], countWords)).toEqual([
    { documentId: "d", title: "D", text: "H\nOne.", tokens: 2, heading: "H", page: 2 },
  ]);
  expect(() => chunk([document([block("text", "One.", { left: "contents" })])], countWords)).toThrow(
    /"d" is empty/,
  );
});

test("of a PDF each passage stands under its own heading, on its page", async () => {
  const bytes = readFileSync(join(import.meta.dirname, "../fixtures/documents/two-columns.pdf"));
  const file = { name: "two-columns.pdf", bytes: new Uint8Array(bytes) };
  const watch = { onProgress: () => {}, signal: new AbortController().signal };
  const passages = cut((await readDocument(file, watch)).blocks, 60);
  expect(new Set(passages.map(({ page }) => page))).toEqual(new Set([1, 2]));
  const told = passages.filter(({ heading }) => heading !== null);
  expect(told.length).toBeGreaterThan(20);
  for (const { text, heading } of told) expect(text.startsWith(`${heading}\n`)).toBe(true);
  expect(passages.every(({ text }) => !text.includes("The archive, two columns"))).toBe(true);
});
