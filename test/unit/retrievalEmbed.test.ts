import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import type { FileSource } from "../../src/core/files.ts";
import { parseDocuments } from "../../src/documents/documents.ts";
import { checkQuestions } from "../../src/documents/questions.ts";
import { openEmbedder } from "../../src/retrieval/embed.ts";
import { retrieve } from "../../src/retrieval/search.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json, publicFile } from "../helpers/fixtures.ts";
import { indexOf, openFolder, type RecallSet, recall } from "../helpers/recall.ts";

interface Fixtures {
  "embedder-static": { cases: { text: string; ids: number[]; embedding: number[] }[] };
}

interface Scores {
  questions: { question: string; passages: number[] }[];
}

const FOLDER = "models/embedder-static";
const embedder = await openFolder(publicFile, FOLDER);
const { cases } = (await json<Fixtures>(fixture("embedders.json")))["embedder-static"];
const model = await publicFile(`${FOLDER}/model.onnx`);
const text = async (path: string) => new TextDecoder().decode(await publicFile(path));

describe("the static embedder", () => {
  test.for(cases.map((c) => [c.text.slice(0, 40), c] as const))("%j as PyTorch has it", async ([, c]) => {
    expectClose(await embedder.embed([c.text]), c.embedding, { atol: 1e-4 });
    expect(embedder.countTokens(c.text)).toBe(c.ids.length);
  });

  test("a batch gives what its texts give alone", async () => {
    const together = await embedder.embed(cases.map((c) => c.text));
    expectClose(
      together,
      cases.flatMap((c) => c.embedding),
      { atol: 1e-4 },
    );
  });

  test("more than one batch keeps the order and reports each", async () => {
    const texts = Array.from({ length: 70 }, (_, i) => `number ${i}`);
    const progress: [number, number][] = [];
    const vectors = await embedder.embed(texts, (done, of) => progress.push([done, of]));
    expect(progress).toEqual([
      [32, 70],
      [64, 70],
      [70, 70],
    ]);
    const d = embedder.dimension;
    for (const i of [0, 31, 32, 69]) {
      expectClose(vectors.subarray(i * d, (i + 1) * d), await embedder.embed([texts[i]!]), { atol: 1e-6 });
    }
  });

  test("no texts are no vectors", async () => expect(await embedder.embed([])).toHaveLength(0));

  test("what looks like a special token is plain text", () => {
    expect(embedder.countTokens("[MASK]")).toBe(3);
  });
});

test("word by word a text has the tokens that it has as a whole", async () => {
  const tokenizer = new Tokenizer(
    { ...JSON.parse(await text(`${FOLDER}/tokenizer.json`)), added_tokens: [] },
    {},
  );
  const awkward = [
    "Ça\u00a0va\u2009là\ufeffbas",
    "ΟΔΟΣ ΣΟΦΟΣ",
    "東京は\u3000晴れ",
    "a\u0301 \u0301b",
    "x\u200dy z",
    "\u0000a\u0085b",
    "don't U.S.A.",
  ];
  const word = fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: "grapheme", maxLength: 8 }));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, fc.constantFrom(" ", "\n", "\t ", "\r\n")), { maxLength: 8 }),
      (parts) => {
        const whole = parts.flat().join("");
        const { ids } = tokenizer.encode(whole, { add_special_tokens: false });
        expect(embedder.countTokens(whole)).toBe(ids.length);
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

describe("a folder that is no embedder", () => {
  const change =
    (changes: Record<string, string | Uint8Array<ArrayBuffer> | null>): FileSource =>
    async (name) => {
      const changed = changes[name];
      if (changed === null) throw new LabError("not-found", `${name} is not there`);
      if (changed !== undefined)
        return typeof changed === "string" ? new TextEncoder().encode(changed) : changed;
      return publicFile(`${FOLDER}/${name}`).catch((cause) => {
        throw new LabError("not-found", `${name} is not there`, { cause });
      });
    };

  test.for<[string, Record<string, string | Uint8Array<ArrayBuffer> | null>, RegExp]>([
    ["truncated model", { "model.onnx": model.slice(0, 1000) }, /model\.onnx \(1000 bytes\)/],
    ["broken JSON", { "tokenizer.json": '{"model":' }, /tokenizer\.json is not valid JSON/],
    ["another tokenizer file", { "tokenizer.json": "{}" }, /tokenizer\.json/],
    ["embedder.json without fields", { "embedder.json": "{}" }, /embedder\.json must give dim/],
    [
      "config.json without a size",
      { "embedder.json": null, "config.json": "{}" },
      /config\.json must give hidden_size/,
    ],
  ])("%s", async ([, changes, message]) => {
    await expect(openEmbedder(change(changes))).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(message),
    });
  });

  test("a missing model", async () => {
    await expect(openEmbedder(change({ "model.onnx": null }))).rejects.toMatchObject({ code: "not-found" });
  });

  test("vectors of another size than it says", async () => {
    const wrong = '{"dim": 64, "max_tokens": 512, "add_special_tokens": false}';
    const opened = await openEmbedder(change({ "embedder.json": wrong }));
    await expect(opened.embed(["a"])).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(/128.*64/),
    });
  });
});

describe("the demo archive", async () => {
  const documents = parseDocuments([
    { name: "documents.json", text: await text("data/archive/documents.json") },
  ]);
  const questions = checkQuestions(await text("data/archive/test.json"), "test.json").questions;
  const set: RecallSet = {
    passages: documents.flatMap((d) => d.passages ?? []),
    questions: questions.map(({ question, evidence }) => ({ question, found: (p) => p.includes(evidence!) })),
  };
  const index = await indexOf(set, embedder);

  test.for([
    ["bm25", [0.516, 0.944, 0.992]],
    ["cosine", [0.685, 1.0, 1.0]],
    ["hybrid", [0.637, 1.0, 1.0]],
  ] as const)("recall of %s is the table's", async ([retrieval, want]) => {
    expect(set.questions).toHaveLength(124);
    expect(set.passages).toHaveLength(44);
    expectClose(await recall(set, index, embedder, retrieval), want, { atol: 0.001 });
  });

  test("the fixture's questions get the reference's passages, best first", async () => {
    const { questions } = await json<Scores>(fixture("pocket/scores.json"));
    const queries = questions.map((q) => q.question);
    const hits = await retrieve(index, embedder, queries, { retrieval: "hybrid", k: 3, tokenBudget: null });
    expect(hits.map((list) => list.map((hit) => hit.index))).toEqual(questions.map((q) => q.passages));
    expect(questions).toHaveLength(24);
  });

  test("a query of which no word is known is answered by BM25", async () => {
    const word = "x".repeat(120); // longer than WordPiece takes: unknown
    const passages = ["nothing of the kind", `before ${word} after`];
    const small = await indexOf({ passages, questions: [] }, embedder);
    for (const retrieval of ["hybrid", "cosine"] as const) {
      const [hits, none] = await retrieve(small, embedder, [word, "☃"], {
        retrieval,
        k: 3,
        tokenBudget: null,
      });
      expect(hits!.map((hit) => hit.index)).toEqual([1]);
      expect(none).toEqual([]);
    }
  });

  test("another embedder's vectors are refused", async () => {
    const other = { ...embedder, dimension: 384 };
    await expect(
      retrieve(index, other, ["?"], { retrieval: "cosine", k: 1, tokenBudget: null }),
    ).rejects.toMatchObject({ code: "bad-shape", message: expect.stringMatching(/128.*384/) });
  });
});
