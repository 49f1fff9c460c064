/** Encoders as their repositories have them: the tiny ones of test/fixtures/encoders against onnxruntime and tokenizers in Python. */
import { describe, expect, test } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import type { FileSource } from "../../src/core/files.ts";
import { openEmbedder } from "../../src/retrieval/embed.ts";
import { openNli } from "../../src/retrieval/nli.ts";
import { buildIndex, retrieve } from "../../src/retrieval/search.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json } from "../helpers/fixtures.ts";

interface Expected {
  texts: string[];
  mean: number[][];
  cls: number[][];
  query: number[];
  pairs: [string, string][];
  probabilities: number[][];
}

const expected = await json<Expected>(fixture("encoders/expected.json"));
const atol = 1e-5; // float32 against float64 pooling; the file has seven decimals

/** The files of a fixture folder with some of them changed: new JSON, another file in its place, or null for none. */
const files =
  (folder: string, changes: Record<string, unknown> = {}): FileSource =>
  async (name) => {
    const change = changes[name];
    if (change !== null && typeof change === "object")
      return new TextEncoder().encode(JSON.stringify(change));
    const read = typeof change === "string" ? change : name;
    try {
      if (change === null) throw new Error("left out");
      return await fixture(`encoders/${folder}/${read}`);
    } catch (cause) {
      throw new LabError("not-found", `${name} is not there`, { cause });
    }
  };
const refused = (message: RegExp) => ({ code: "bad-model", message: expect.stringMatching(message) });

const POOLING = "1_Pooling/config.json";

describe("a sentence transformer as published", () => {
  test("mean of the tokens, padding and surplus left out, unit length", async () => {
    const embedder = await openEmbedder(files("embedder"));
    expect(embedder).toMatchObject({ dimension: 6, queryPrompt: "query: " });
    expectClose(await embedder.embed(expected.texts), expected.mean.flat(), { atol });
    for (const [i, text] of expected.texts.entries())
      expectClose(await embedder.embed([text]), expected.mean[i]!, { atol, label: text });
  });

  test.for([{ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }, { pooling_mode: "cls" }])(
    "the first token's vector where %j says so",
    async (pooling) => {
      const embedder = await openEmbedder(files("embedder", { [POOLING]: pooling }));
      expectClose(await embedder.embed(expected.texts), expected.cls.flat(), { atol });
    },
  );

  test("a model beside config.json, as it is stored after a download; pooled by the mean where nothing says how", async () => {
    const stored = files("embedder", {
      "model.onnx": "onnx/model.onnx",
      "onnx/model.onnx": null,
      [POOLING]: null,
    });
    const embedder = await openEmbedder(stored);
    expectClose(await embedder.embed(expected.texts.slice(0, 3)), expected.mean.slice(0, 3).flat(), { atol });
  });

  test("the prompt for queries stands before queries only", async () => {
    const embedder = await openEmbedder(files("embedder"));
    const embedded: string[] = [];
    const watched = {
      ...embedder,
      embed(texts: readonly string[]) {
        embedded.push(...texts);
        return embedder.embed(texts);
      },
    };
    const documents = [{ id: "d", title: "", text: null, passages: ["Paris"] }];
    const index = await buildIndex(documents, watched);
    const options = { retrieval: "cosine", k: 1, tokenBudget: null } as const;
    const [hits] = await retrieve(index, watched, [expected.texts[1]!], options);
    expect(embedded).toEqual(["Paris", `query: ${expected.texts[1]}`]);
    const [passage] = [await embedder.embed(["Paris"])];
    const cosine = expected.query.reduce((sum, x, j) => sum + x * passage[j]!, 0);
    expectClose([hits![0]!.score], [cosine], { atol });
  });

  test.for<[string, Record<string, unknown>, RegExp]>([
    ["pooling by the maximum", { [POOLING]: { pooling_mode_max_tokens: true } }, /1_Pooling.*by max;/],
    [
      "two poolings at once",
      { [POOLING]: { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true } },
      /by cls and mean/,
    ],
    ["another layer", { "modules.json": [{ type: "sentence_transformers.models.Dense" }] }, /a Dense layer/],
    ["a length that is none", { "sentence_bert_config.json": { max_seq_length: "long" } }, /"long"/],
  ])("%s is refused", async ([, changes, message]) => {
    await expect(openEmbedder(files("embedder", changes))).rejects.toMatchObject(refused(message));
  });

  test("a classifier is no embedder, and says what it gives", async () => {
    const wrong = await openEmbedder(files("nli", { "config.json": { hidden_size: 6 } }));
    await expect(wrong.embed(["a"])).rejects.toMatchObject(refused(/gives logits; an embedder gives/));
    const size = await openEmbedder(files("embedder", { "config.json": { hidden_size: 7 } }));
    await expect(size.embed(["a"])).rejects.toMatchObject(refused(/\(1, 3, 6\), not \(batch, tokens, 7\)/));
  });

  test("a folder without any model", async () => {
    await expect(openEmbedder(files("embedder", { "onnx/model.onnx": null }))).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringMatching(/model\.onnx, onnx\/model\.onnx/),
    });
  });
});

describe("an NLI cross-encoder", () => {
  const pairs = expected.pairs.map(([premise, hypothesis]) => ({ premise, hypothesis }));
  const column = (label: number) => expected.probabilities.map((row) => row[label]!);

  test("p(entailment) of premise and hypothesis in their order, the premise's end cut where both are too long", async () => {
    const entail = await openNli(files("nli"));
    expectClose(await entail(pairs), column(1), { atol });
    expect(new Set(column(1)).size).toBe(pairs.length); // the second pair is the first one turned round
  });

  test.for([
    [{ 0: "ENTAILMENT", 1: "neutral", 2: "contradiction" }, 0],
    [{ 2: "entailment", 0: "contradiction", 1: "neutral" }, 2],
  ] as const)("config.json says which label it is: %j", async ([id2label, at]) => {
    const entail = await openNli(files("nli", { "config.json": { id2label } }));
    expectClose(await entail(pairs), column(at), { atol });
  });

  test("a pair asked again gives the same bits", async () => {
    const entail = await openNli(files("nli"));
    const [first, , again] = await entail([pairs[0]!, pairs[1]!, pairs[0]!]);
    expect(again).toBe(first);
    expect(await (await openNli(files("nli")))([pairs[0]!])).toEqual([first]);
  });

  test.for<[string, Record<string, unknown>, RegExp]>([
    ["no labels", {}, /no labels/],
    [
      "labels without names",
      { id2label: { 0: "LABEL_0", 1: "LABEL_1" } },
      /0 LABEL_0, 1 LABEL_1: exactly one/,
    ],
    ["a label not counted from 0", { id2label: { 7: "entailment" } }, /7 entailment/],
    ["not_entailment alone", { id2label: { 0: "not_entailment" } }, /0 not_entailment/],
  ])("%s are refused", async ([, config, message]) => {
    await expect(openNli(files("nli", { "config.json": config }))).rejects.toMatchObject(refused(message));
  });

  test("another number of labels than the graph has", async () => {
    const two = { id2label: { 0: "entailment", 1: "not_entailment" } };
    const entail = await openNli(files("nli", { "config.json": two }));
    await expect(entail(pairs.slice(0, 1))).rejects.toMatchObject(refused(/\(1, 3\), config.json names 2/));
  });
});
