import { describe, expect, test } from "vitest";
import type { GgufValue } from "../../src/model/gguf.ts";
import { tokenizerFilesOfGguf } from "../../src/model/ggufTokenizer.ts";
import { openTextTokenizer, openTokenizer } from "../../src/model/tokenizer.ts";

const KEYS = "tokenizer.ggml.";
type Fields = Record<string, GgufValue | undefined>;
const metadata = (fields: Fields): Map<string, GgufValue> =>
  new Map(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[`${KEYS}${key}`, value]])),
  );

const bytes = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, "0")}>`);
const pieces = ["▁", "a", "b", "ab", "▁a", "▁ab", "ba"];
const spm = {
  model: "llama",
  tokens: ["<unk>", "<s>", "</s>", ...bytes, ...pieces, "  "],
  token_type: [2, 3, 3, ...bytes.map(() => 6), ...pieces.map(() => 1), 4],
  scores: [0, 0, 0, ...bytes.map(() => 0), -9, -9, -9, -1, -3, -2, -4, -1000],
  bos_token_id: 1,
  eos_token_id: 2,
  add_space_prefix: false,
};
const bpe = {
  model: "gpt2",
  pre: "gpt-2",
  tokens: ["<s>", "</s>", "a", "b", "Ġ", "ab", "<tool>", "__proto__"],
  token_type: [3, 1, 1, 1, 1, 1, 4, 1],
  merges: ["a b"],
  bos_token_id: 0,
  eos_token_id: 1,
};
const open = (fields: Fields) => openTextTokenizer(tokenizerFilesOfGguf(metadata(fields), "m.gguf"));

describe("SentencePiece", () => {
  const first = 3 + bytes.length; // the id of the first piece
  const id = (piece: string) => first + pieces.indexOf(piece);

  test("joins the neighbours whose joint piece scores highest", () => {
    const tokenizer = open(spm);
    expect(tokenizer.encode("ab")).toEqual([id("ab")]);
    expect(tokenizer.encode(" ab")).toEqual([id("▁ab")]);
    expect(tokenizer.encode("aba")).toEqual([id("ab"), id("a")]); // -1 before ba's -4
    expect(tokenizer.encode("baba")).toEqual([id("b"), id("ab"), id("a")]);
  });

  test("writes what it has no piece for as bytes", () => {
    const tokenizer = open(spm);
    const euro = [0xe2, 0x82, 0xac].map((byte) => 3 + byte);
    expect(tokenizer.encode("a€b")).toEqual([id("a"), ...euro, id("b")]);
    expect(tokenizer.decode(tokenizer.encode("a€b"))).toBe("a€b");
  });

  test("takes user-defined pieces whole, spaces and all", () => {
    const tokenizer = open(spm);
    const two = spm.tokens.length - 1;
    expect(tokenizer.encode("a  b")).toEqual([id("a"), two, id("b")]);
    expect(tokenizer.decode([id("a"), two, id("b")])).toBe("a  b");
  });

  test("begins a text with a space unless told not to", () => {
    const { add_space_prefix: _, ...byDefault } = spm;
    const tokenizer = open(byDefault);
    expect(tokenizer.encode("ab")).toEqual([id("▁ab")]);
    expect(tokenizer.decode([id("▁ab")])).toBe("ab");
  });
});

describe("byte-level", () => {
  test("reads numbers of any type", () => {
    const typed = {
      ...bpe,
      token_type: Int32Array.from(bpe.token_type),
      bos_token_id: 0n,
    };
    expect(tokenizerFilesOfGguf(metadata(typed))).toEqual(tokenizerFilesOfGguf(metadata(bpe)));
  });

  test("tokens that begin or end are markup, whatever their type says; user-defined ones are found in text", () => {
    const tokenizer = open(bpe);
    expect(tokenizer.encode("ab<tool>a")).toEqual([5, 6, 2]);
    expect(tokenizer.encode("a</s>")).not.toContain(1);
    expect(tokenizer.encodeMarkup("a</s>")).toEqual([2, 1]);
  });

  test("a token may have the name of a property", () => {
    expect(open(bpe).tokenText(7)).toBe("__proto__");
  });

  test("the end tokens of every key stop, the one of the turn first", () => {
    const template = "{% for m in messages %}{{ m.content }}</s>{% endfor %}";
    const files = tokenizerFilesOfGguf(
      metadata({ ...bpe, eot_token_id: 0 }).set("tokenizer.chat_template", template),
    );
    expect(openTokenizer(files).stopIds).toEqual([1, 0]);
  });

  test("without a chat template only the plain tokenizer opens, and the message names the file", () => {
    expect(() => openTokenizer(tokenizerFilesOfGguf(metadata(bpe), "m.gguf"))).toThrow(
      /m\.gguf has no chat_template/,
    );
  });
});

test.for<[string, Fields, RegExp]>([
  ["no tokenizer", {}, /m\.gguf: tokenizer\.ggml\.tokens is not a list/],
  ["tokens that are no texts", { ...bpe, tokens: ["a", 1] }, /tokens is not a list of texts/],
  ["another kind", { ...bpe, model: "t5" }, /model is "t5"; this version reads gpt2, llama/],
  ["no kind", { ...bpe, model: undefined }, /model is "\(none\)"/],
  ["a kind that is a property's name", { ...bpe, model: "constructor" }, /model is "constructor"/],
  ["an unknown pre-tokenizer", { ...bpe, pre: "tekken" }, /pre is "tekken"; this version knows .*smollm/],
  ["too few types", { ...bpe, token_type: [1] }, /token_type is not a list of 8 numbers.*has 1/],
  ["no merges", { ...bpe, merges: undefined }, /merges is not a list/],
  ["no scores", { ...spm, scores: undefined }, /scores is missing/],
  ["scores that are no numbers", { ...spm, scores: spm.tokens }, /scores is not a list of 267 numbers/],
  [
    "an end token beyond the vocabulary",
    { ...bpe, eos_token_id: 8 },
    /eos_token_id is not .* 8 tokens \(it is 8\)/,
  ],
  ["an end token that is no number", { ...bpe, eos_token_id: "</s>" }, /eos_token_id is not/],
])("refuses %s", ([, fields, message]) => {
  const refused = () => tokenizerFilesOfGguf(metadata(fields), "m.gguf");
  expect(refused).toThrow(message);
  expect(refused).toThrow(expect.objectContaining({ code: "bad-model" }));
});
