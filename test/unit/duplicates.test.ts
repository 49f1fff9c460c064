import { expect, test } from "vitest";
import type { SourceDocument } from "../../src/core/messages.ts";
import { openRng, shuffled } from "../../src/core/rng.ts";
import { findAlike } from "../../src/documents/duplicates.ts";

const words = Array.from({ length: 600 }, (_, i) => `word${(i * 7919) % 997}`);
const document = (id: string, text: string, hash: string | null = null): SourceDocument => ({
  id,
  title: id,
  text,
  passages: null,
  file:
    hash === null ? null : { name: id, kind: "text", size: 1, hash, pages: null, encoding: null, doubts: [] },
});

test("the same file, the same words in another file, nearly the same words", () => {
  const text = words.join(" ");
  const changed = words.map((word, i) => (i % 150 === 75 ? "other" : word)).join(" ");
  const found = findAlike([
    document("a", text, "1"),
    document("b", text, "1"),
    document("c", `“${text.toUpperCase()}!”`, "2"),
    document("d", changed),
    document("e", words.slice(0, 300).join(" ")),
  ]);
  expect(found).toEqual([
    { id: "b", of: "a", same: "file" },
    { id: "c", of: "a", same: "words" },
    { id: "d", of: "a", same: "words" },
  ]);
});

test("the same words in another order, short texts that differ, and empty ones are not alike", () => {
  const mixed = shuffled(words, openRng(1, "data", 0)).join(" ");
  const others = ["Ada lives here.", "Ada lives there.", "", " "].map((text, i) => document(`${i}`, text));
  expect(findAlike([document("a", words.join(" ")), document("b", mixed), ...others])).toEqual([]);
});

test("only documents from a position on are told, beside those before it", () => {
  const [a, b, c] = ["One two.", "One two.", "One two."].map((text, i) => document(`${i}`, text));
  expect(findAlike([a!, b!, c!], 2)).toEqual([{ id: "2", of: "0", same: "words" }]);
});
