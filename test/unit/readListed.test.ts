/** A tokenizer.json read from its text, against JSON.parse: the same values, the same ids, and nothing taken that is not JSON. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { openTextTokenizer } from "../../src/model/tokenizer.ts";
import { readListed } from "../../src/model/tokens/readListed.ts";

const RUNS = { numRuns: 300, seed: 1 };
const token = fc.string({
  unit: fc.constantFrom("a", "a", "b", "▁", "😀", '"', "\\", "\n", "]", "}", ",", "7"),
  minLength: 1,
  maxLength: 4,
});

interface Made {
  vocab: Record<string, number>;
  merges: [string, string][];
}
const made = fc
  .tuple(fc.array(token, { minLength: 1, maxLength: 30 }), fc.boolean())
  .chain(([tokens, hasGaps]): fc.Arbitrary<Made> => {
    const texts = [...new Set(["a", "b", "▁", '"', "\n", ...tokens])];
    const vocab = Object.fromEntries(
      texts.map((text, i) => [text, hasGaps ? (i * 7) % 1009 : (i + 3) % texts.length]),
    );
    const some = fc.constantFrom(...texts, "not there");
    return fc
      .array(fc.tuple(some, some), { maxLength: 30 })
      .map((merges) => ({ vocab, merges: [...merges, ["a", "b"]] }));
  });

const written = ({ vocab, merges }: Made, asTexts: boolean, indent: number): string => {
  const model = {
    type: "BPE",
    vocab,
    unk_token: null,
    merges: asTexts ? merges.map((pair) => pair.join(" ")) : merges,
    ignore_merges: false,
  };
  return JSON.stringify(
    { version: "1.0", added_tokens: [], pre_tokenizer: null, model, decoder: null },
    null,
    indent,
  );
};
const open = (tokenizer: unknown) =>
  openTextTokenizer({ tokenizer, tokenizerConfig: {}, model: { vocab_size: 1009 } });

test("gives what JSON.parse gives, and a tokenizer of the same ids", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "▁", "😀", '"', "\\", "\n", "7"), maxLength: 40 });
  fc.assert(
    fc.property(made, fc.boolean(), fc.constantFrom(0, 2), text, (parts, asTexts, indent, sample) => {
      const file = written(parts, asTexts, indent);
      const listed = readListed(file);
      expect(listed).not.toBeNull();
      expect(JSON.stringify(listed, null, indent)).toBe(file);
      const [fast, plain] = [open(listed), open(JSON.parse(file))];
      expect(fast.encode(sample)).toEqual(plain.encode(sample));
      for (const id of Object.values(parts.vocab)) expect(fast.tokenText(id)).toBe(plain.tokenText(id));
    }),
    RUNS,
  );
});

test("of a changed file, gives what JSON.parse gives or leaves it to that", () => {
  const edit = fc.record({
    at: fc.nat(),
    drop: fc.nat({ max: 3 }),
    put: fc.constantFrom(
      "",
      "",
      '"',
      "\\",
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      "0",
      "-",
      ".",
      "e",
      " ",
      "\u0001",
      "null",
    ),
  });
  let taken = 0;
  fc.assert(
    fc.property(
      made,
      fc.boolean(),
      fc.array(edit, { minLength: 1, maxLength: 2 }),
      (parts, asTexts, edits) => {
        let file = written(parts, asTexts, 0);
        for (const { at, drop, put } of edits) {
          const place = at % file.length;
          file = file.slice(0, place) + put + file.slice(place + drop);
        }
        const listed = readListed(file);
        if (listed === null) return;
        taken++;
        expect(JSON.stringify(listed)).toBe(JSON.stringify(JSON.parse(file)));
      },
    ),
    { ...RUNS, numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(100);
});

test.for<[string, string]>([
  ["a list of pieces", '{"model":{"type":"Unigram","vocab":[["a",-1]]}}'],
  ["no vocabulary", '{"model":{"type":"BPE","merges":[]}}'],
  ["no model", '{"version":"1.0"}'],
  ["a model that is no object", '{"model":[]}'],
  ["two models", '{"model":{"vocab":{"a":0}},"model":{"vocab":{"b":0}}}'],
  ["two vocabularies", '{"model":{"vocab":{"a":0},"vocab":{"b":0}}}'],
  ["two tokens of one id", '{"model":{"vocab":{"a":0,"1":0}}}'],
  ["one token of two ids", '{"model":{"vocab":{"a":1,"a":0}}}'],
  ["an id with a sign", '{"model":{"vocab":{"a":-1}}}'],
  ["an id with a leading zero", '{"model":{"vocab":{"a":01}}}'],
  ["an id that is no whole number", '{"model":{"vocab":{"a":1.5}}}'],
  ["an id beyond all", '{"model":{"vocab":{"a":999999999}}}'],
  ["a merge of three", '{"model":{"vocab":{"a":0},"merges":[["a","a","a"]]}}'],
  ["a merge without a space", '{"model":{"vocab":{"a":0},"merges":["aa"]}}'],
  ["merges that are no list", '{"model":{"vocab":{"a":0},"merges":null}}'],
  ["an escape that JSON does not have", String.raw`{"model":{"vocab":{"a":0},"merges":[["\x","a"]]}}`],
  ["a control character", '{"model":{"vocab":{"a\u0001":0}}}'],
  ["something after the end", '{"model":{"vocab":{"a":0}}} 1'],
  ["no end", '{"model":{"vocab":{"a":0}}'],
  ["what is no JSON beside them", '{"version":nothing,"model":{"vocab":{"a":0}}}'],
  ["nothing", ""],
])("leaves to JSON.parse: %s", ([, file]) => {
  expect(readListed(file)).toBeNull();
});

test("a token may have the name of a property", () => {
  const file = '{"model":{"type":"WordLevel","unk_token":"a","vocab":{"__proto__":0,"a":1,"7":3}}}';
  const listed = readListed(file);
  expect(JSON.stringify(listed)).toBe(JSON.stringify(JSON.parse(file)));
  for (const id of [0, 1, 2, 3])
    expect(open(listed).tokenText(id)).toBe(open(JSON.parse(file)).tokenText(id));
});
