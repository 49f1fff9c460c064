import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SourceDocument } from "../../src/core/messages.ts";
import { words } from "../../src/core/text.ts";
import { CHUNK_DEFAULTS, chunk } from "../../src/retrieval/chunk.ts";
import { roughTokens } from "../../src/retrieval/pieces.ts";
import { openIndex, type SearchOptions, search } from "../../src/retrieval/search.ts";

const countWords = (text: string) => text.split(/\s+/).filter((word) => word !== "").length;
const document = (text: string | null, passages: string[] | null = null): SourceDocument => ({
  id: "d",
  title: "D",
  text,
  passages,
});
const NO_GUESS = { maxRough: Number.POSITIVE_INFINITY };
const cut = (text: string, maxTokens: number, overlapTokens = 0) =>
  chunk([document(text)], countWords, { maxTokens, overlapTokens, ...NO_GUESS });

describe("documents are cut into passages", () => {
  test("at sentence ends, within the budget", () => {
    expect(cut("One two three. Four five. Six seven eight nine.", 5).map((p) => p.text)).toEqual([
      "One two three. Four five.",
      "Six seven eight nine.",
    ]);
  });

  test("the last sentences of one begin the next", () => {
    expect(cut("A b c. D e. F g h. I j k l.", 8, 3).map((p) => p.text)).toEqual([
      "A b c. D e. F g h.",
      "F g h. I j k l.",
    ]);
  });

  test("the overlap gives way where the next sentence would not fit", () => {
    expect(cut("A b c. D e. F g h i j k l.", 7, 5).map((p) => p.text)).toEqual([
      "A b c. D e.",
      "F g h i j k l.",
    ]);
  });

  test("a long sentence between words, a long word inside", () => {
    expect(cut("a b c d e f g", 4).map((p) => p.text)).toEqual(["a b c", "d e f g"]);
    const letters = (text: string) => [...text].length;
    const parts = chunk([document("🂡".repeat(9))], letters, {
      maxTokens: 2,
      overlapTokens: 0,
      ...NO_GUESS,
    }).map((p) => p.text);
    expect(parts.join("").replaceAll(" ", "")).toBe("🂡".repeat(9));
    expect(() => parts.map(encodeURIComponent)).not.toThrow(); // it refuses half a character
  });

  test("lines broken for width are joined, others end a sentence", () => {
    expect(cut("one line\ngoes on. Another\nLine", 4).map((p) => p.text)).toEqual([
      "one line goes on.",
      "Another Line",
    ]);
  });

  test("in scripts without spaces no space is put in, and no mark parted from its letter", () => {
    const text = "磨坊由安保管。图书馆建于一九〇一年。".repeat(40);
    const passages = chunk([document(text)], () => 1);
    expect(passages.length).toBeGreaterThan(1);
    for (const passage of passages) expect(passage.text).toMatch(/^[^ ]*。$/);
    const thai = chunk([document("ที่นี่".repeat(200))], () => 1, { ...CHUNK_DEFAULTS, overlapTokens: 0 });
    expect(thai.map((p) => p.text).join("")).toBe("ที่นี่".repeat(200));
    for (const { text } of thai) expect(text).not.toMatch(/^\p{M}/u);
  });

  test("text that the embedder has few tokens for is cut by a guess", () => {
    const data = "iVBORw0KGgo".repeat(500);
    const passages = chunk([document(`![mill](data:image/png;base64,${data}) The mill stands.`)], countWords);
    for (const passage of passages) {
      expect(roughTokens(passage.text)).toBeLessThanOrEqual(CHUNK_DEFAULTS.maxRough);
      expect(passage.text.length).toBeLessThanOrEqual(1000);
    }
    expect(passages.map((p) => p.text).join("")).toContain(data.slice(0, 100));
  });

  test("English and German within the embedder's budget are cut by that alone", () => {
    const english =
      "The miller's daughter, who was born in Thornmoor, played the flute and taught six pupils there. ";
    const german =
      "Die Müllerstochter, die in Dornmoor geboren wurde, spielte Flöte und unterrichtete dort Schüler. ";
    for (const text of [english, german]) {
      const guessed = chunk([document(text.repeat(60))], countWords);
      expect(guessed).toEqual(
        chunk([document(text.repeat(60))], countWords, { ...CHUNK_DEFAULTS, ...NO_GUESS }),
      );
    }
  });

  test("ready-made passages stay as they are", () => {
    const passages = ["  Two  spaces. ", "b ".repeat(500)];
    expect(chunk([document(null, passages)], countWords)).toEqual(
      passages.map((text) => ({ documentId: "d", title: "D", text, tokens: countWords(text) })),
    );
  });

  test.for<[string, SourceDocument, RegExp]>([
    ["no text", document(""), /document "d" is empty/],
    ["white space", document(" \n\t "), /document "d" is empty/],
    ["no passages", document(null, []), /document "d" is empty/],
    ["a blank passage", document(null, ["a", " "]), /passage 2 of the document "d"/],
  ])("%s is refused by name", ([, bad, message]) => {
    expect(() => chunk([document("fine."), bad], countWords)).toThrow(message);
  });

  test("every word comes out in order, no passage is over the budget", () => {
    const sentence = fc
      .array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 12 })
      .map((w) => `${w.join(" ")}.`);
    const text = fc
      .array(fc.tuple(sentence, fc.constantFrom(" ", "\n", "\n\n")), { minLength: 1 })
      .map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 25 }),
        (source, max, overlap) => {
          const apart = cut(source, max);
          expect(apart.flatMap((p) => words(p.text))).toEqual(words(source));
          const overlapping = cut(source, max, overlap);
          for (const passage of [...apart, ...overlapping]) {
            expect(passage.tokens).toBe(countWords(passage.text));
            expect(passage.tokens).toBeLessThanOrEqual(max);
          }
          expect(new Set(overlapping.flatMap((p) => words(p.text)))).toEqual(new Set(words(source)));
        },
      ),
      { seed: 1 },
    );
  });

  test("the preset leaves room for three passages and a question in 1,024 tokens", () => {
    expect(CHUNK_DEFAULTS.maxTokens * 3).toBeLessThan(512);
  });
});

describe("search", () => {
  const texts = ["red fox", "blue fox fox", "green owl", "red owl owl"];
  const vectors = Float32Array.of(1, 0, 0.6, 0.8, 0, 1, 0.6, 0.8);
  const passages = texts.map((text, i) => ({
    documentId: `${i}`,
    title: null,
    text,
    tokens: countWords(text),
  }));
  const index = openIndex(passages, vectors, 2);
  const find = (query: string, vector: number[] | null, options: Partial<SearchOptions>) =>
    search(index, query, vector && Float32Array.from(vector), {
      retrieval: "hybrid",
      k: 10,
      tokenBudget: null,
      ...options,
    });
  const indices = (...args: Parameters<typeof find>) => find(...args).map((hit) => hit.index);

  test("cosine is the dot product of unit vectors, ties by index", () => {
    const hits = find("", [0.6, 0.8], { retrieval: "cosine" });
    expect(hits.map((hit) => hit.index)).toEqual([1, 3, 2, 0]);
    expect(hits.map((hit) => Number(hit.score.toFixed(6)))).toEqual([1, 1, 0.8, 0.6]);
  });

  test("BM25 ranks only passages with a common word, by the formula", () => {
    const [first, second, ...rest] = find("FOX", null, { retrieval: "bm25" });
    const idf = Math.log(1 + (4 - 2 + 0.5) / (2 + 0.5));
    const score = (tf: number, length: number) =>
      (idf * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * length) / 2.5));
    expect([first!.index, second!.index]).toEqual([1, 0]);
    expect(first!.score).toBeCloseTo(score(2, 3), 12);
    expect(second!.score).toBeCloseTo(score(1, 2), 12);
    expect(rest).toEqual([]);
    expect(find("fox fox", null, { retrieval: "bm25" })[0]!.score).toBeCloseTo(2 * score(2, 3), 12);
  });

  test("hybrid adds 1/(60 + rank); a tie goes to BM25's order", () => {
    // BM25 for "fox": 1, 0. Cosine with (1, 0): 0, 1, 3, 2.
    const hits = find("fox", [1, 0], {});
    expect(hits.map((hit) => hit.index)).toEqual([1, 0, 3, 2]);
    expect(hits.map((hit) => hit.score)).toEqual([1 / 61 + 1 / 62, 1 / 62 + 1 / 61, 1 / 63, 1 / 64]);
  });

  test("fusion goes 50 deep", () => {
    const many = Array.from({ length: 60 }, (_, i) => ({
      documentId: `${i}`,
      title: null,
      text: `p${i}`,
      tokens: 1,
    }));
    const flat = openIndex(many, new Float32Array(60).fill(1), 1);
    expect(
      search(flat, "p55", Float32Array.of(1), { retrieval: "hybrid", k: 99, tokenBudget: null }),
    ).toHaveLength(51);
  });

  test("the zero vector, and none, mean BM25", () => {
    for (const retrieval of ["cosine", "hybrid"] as const) {
      expect(indices("owl", [0, 0], { retrieval })).toEqual(indices("owl", null, { retrieval: "bm25" }));
      expect(indices("owl", null, { retrieval })).toEqual([3, 2]);
    }
  });

  test("k cuts the list", () => expect(indices("", [1, 0], { k: 2 })).toEqual([0, 1]));

  test("a passage over the token budget is passed over for the next", () => {
    expect(indices("", [0.6, 0.8], { retrieval: "cosine", tokenBudget: 5 })).toEqual([1, 2]); // 3 + 2, then 3 is too much
    expect(indices("", [0.6, 0.8], { retrieval: "cosine", tokenBudget: 1 })).toEqual([]);
  });

  test("vectors of another count are refused", () => {
    expect(() => openIndex(passages, vectors, 3)).toThrow(/4 passages of dimension 3 need 12 numbers, got 8/);
  });
});

describe("words", () => {
  test("of Latin script are Python's", () => {
    expect(words("Zoë’s 2nd_flute, №7 — Łódź! İstanbul x\u0304y ﬁn")).toEqual(
      "zoë s 2nd flute 7 łódź i stanbul x y ﬁn".split(" "),
    );
  });

  test("are the same in NFC and NFD, full and half width, with vowel points and without", () => {
    expect(words("Zoe\u0308 Cafe\u0301")).toEqual(words("Zoë Café"));
    expect(words("２０２０ ＡＢＣ ｶﾞ")).toEqual(words("2020 abc ガ"));
    expect(words("كِتَاب שָׁלוֹם")).toEqual(words("كتاب שלום"));
    expect(words("हिन्दी की")).toEqual(["हिन्दी", "की"]);
  });

  test("without spaces are characters and pairs of them", () => {
    expect(words("图书馆")).toEqual(["图", "书", "馆", "图书", "书馆"]);
    expect(words("2020年Python")).toEqual(["2020", "年", "python"]);
    expect(words("ที่นี่")).toEqual(["ที่", "นี่", "ที่นี่"]);
    expect(words("猫")).toEqual(["猫"]);
  });

  test.for([
    ["图书馆建于哪一年？", "图书馆建于1901年。", "磨坊由安保管。", "哪一年都可以。"],
    [
      "図書館はいつ建てられましたか",
      "図書館は1901年に建てられた。",
      "水車小屋はアンが守った。",
      "いつもそうです。",
    ],
    ["ห้องสมุดสร้างเมื่อใด", "ห้องสมุดสร้างในปี 1901", "โรงสีเป็นของแอน", "แมวอยู่บนบ้าน"],
    ["서울 도서관은 언제?", "도서관은 서울에 1901년에 세워졌다.", "방앗간은 앤이 지켰다.", "고양이가 있다."],
    ["猫", "我有一只猫在家。", "磨坊由安保管。", "图书馆。"],
  ])("%s finds its passage by BM25", ([query, right, ...others]) => {
    const texts = [...others, right!];
    const apart = texts.map((text) => ({ documentId: "d", title: null, text, tokens: 1 }));
    const hits = search(openIndex(apart, new Float32Array(), 0), query!, null, {
      retrieval: "bm25",
      k: 1,
      tokenBudget: null,
    });
    expect(hits[0]?.text).toBe(right);
  });
});
