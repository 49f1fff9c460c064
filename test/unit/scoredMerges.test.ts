/** The merges that follow from scores, against all of them listed and sorted, for small vocabularies with equal scores and texts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GgufValue } from "../../src/model/gguf.ts";
import { tokenizerFilesOfGguf } from "../../src/model/ggufTokenizer.ts";
import { scoredMerges } from "../../src/model/scoredMerges.ts";
import { openTextTokenizer, type TokenizerFiles } from "../../src/model/tokenizer.ts";
import { TokenTable } from "../../src/model/tokens/tokenTable.ts";

interface Piece {
  text: string;
  score: number;
  type: number; // as GGUF numbers them: normal, user-defined, unused
}

const [NORMAL, USER_DEFINED, UNUSED] = [1, 4, 5];
const letters = ["a", "b", "▁", "😀"].map((text) => ({ text, score: -9, type: NORMAL }));
const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom("a", "a", "b", "▁", "😀"), minLength: 0, maxLength });
const piece = fc.record<Piece>({
  text: text(5),
  score: fc.constantFrom(0, -1, -2, -3, -1e10, Number.NEGATIVE_INFINITY),
  type: fc.constantFrom(NORMAL, NORMAL, NORMAL, NORMAL, USER_DEFINED, UNUSED),
});
const vocabulary = fc
  .array(piece, { maxLength: 40 })
  .map((pieces): Piece[] => [{ text: "<unk>", score: 0, type: 2 }, ...letters, ...pieces]);
const RUNS = { numRuns: 300, seed: 1 };

const mayJoin = ({ type }: Piece): boolean => type === NORMAL || type === USER_DEFINED;
const scoreOf = ({ type, score }: Piece): number =>
  type === USER_DEFINED ? Number.POSITIVE_INFINITY : score;

/** Of a text that is there more than once the last piece counts. */
function eagerly(pieces: Piece[]): [left: number, right: number, joined: number][] {
  const ids = new Map(pieces.map(({ text }, id) => [text, id]));
  const ways: { left: number; right: number; id: number; a: number; b: number }[] = [];
  for (const [whole, id] of ids)
    for (let cut = 1; cut < whole.length; cut++) {
      const [left, right] = [ids.get(whole.slice(0, cut)), ids.get(whole.slice(cut))];
      if (left === undefined || right === undefined) continue;
      if (![left, right, id].every((one) => mayJoin(pieces[one]!))) continue;
      ways.push({ left, right, id, a: cut, b: whole.length - cut });
    }
  const score = ({ id }: { id: number }): number => scoreOf(pieces[id]!);
  ways.sort((x, y) => {
    if (score(x) !== score(y)) return score(x) > score(y) ? -1 : 1;
    return y.a - x.a || y.b - x.b || x.id - y.id;
  });
  return ways.map(({ left, right, id }) => [left, right, id]);
}

test("the rank of a pair is in the order of the list, and no other pair has one", () => {
  fc.assert(
    fc.property(vocabulary, (pieces) => {
      const merges = scoredMerges(
        new TokenTable(pieces.map(({ text }) => text)),
        Uint8Array.from(pieces, (one) => Number(mayJoin(one))),
        pieces.map(scoreOf),
      );
      const expected = eagerly(pieces);
      expect(merges.list()).toEqual(expected.map(([left, right]) => [left, right]));
      const ranks = expected.map(([left, right]) => merges.rank(left, right));
      expect(ranks.every((rank, i) => Number.isSafeInteger(rank) && rank > (ranks[i - 1] ?? -1))).toBe(true);
      expect(ranks.map((rank) => merges.joined(rank))).toEqual(expected.map(([, , joined]) => joined));
      let known = 0;
      const found = new Set(pieces.map((one) => pieces.findLastIndex(({ text }) => text === one.text)));
      for (const left of found) for (const right of found) if (merges.rank(left, right) >= 0) known++;
      expect(known).toBe(expected.length);
    }),
    RUNS,
  );
});

test("a tokenizer with looked-up merges gives the ids of one whose merges are listed in its file", () => {
  const written = (pieces: Piece[]): TokenizerFiles => {
    const fields: Record<string, GgufValue> = {
      model: "llama",
      tokens: pieces.map((one) => one.text),
      token_type: Int32Array.from(pieces, (one) => one.type),
      scores: pieces.map((one) => one.score),
      add_space_prefix: false,
    };
    return tokenizerFilesOfGguf(
      new Map(Object.entries(fields).map(([key, value]) => [`tokenizer.ggml.${key}`, value])),
    );
  };
  fc.assert(
    fc.property(vocabulary, fc.array(text(60), { maxLength: 5 }), (pieces, texts) => {
      const files = written(pieces);
      const lookedUp = openTextTokenizer(files);
      const listed = openTextTokenizer({ ...files, tokenizer: JSON.parse(JSON.stringify(files.tokenizer)) });
      for (const one of texts) expect(lookedUp.encode(one)).toEqual(listed.encode(one));
    }),
    RUNS,
  );
});

test("ranks are exact for as many pieces, and as long ones, as a file may have", () => {
  const long = "a".repeat(999);
  const filler = Array.from({ length: 50_000 }, (_, i) => String(i));
  const texts = [...filler, "b", "a", long, `${long}b`, `${long}a`];
  const merges = scoredMerges(
    new TokenTable(texts),
    new Uint8Array(texts.length).fill(1),
    texts.map(() => 0),
  );
  const [b, a, whole] = [texts.indexOf("b"), texts.indexOf("a"), texts.indexOf(long)];
  const ranks = [merges.rank(whole, b), merges.rank(whole, a), merges.rank(a, whole)];
  expect(ranks.every((rank, i) => Number.isSafeInteger(rank) && rank > (ranks[i - 1] ?? -1))).toBe(true);
  expect(ranks.map(merges.joined)).toEqual([texts.length - 2, texts.length - 1, texts.length - 1]);
});
