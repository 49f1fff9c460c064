/** GGUF against files that the Python package `gguf` wrote (test/fixtures/gguf/make.py), and against what may be wrong. */
import { describe, expect, test } from "vitest";
import { type FileSource, fromBlobs, ofBytes } from "../../src/core/files.ts";
import { type Gguf, type GgufValue, readGguf } from "../../src/model/gguf.ts";
import { configOfGguf } from "../../src/model/ggufConfig.ts";
import { parseModelConfig } from "../../src/model/modelConfig.ts";
import { openModelFiles } from "../../src/model/modelFiles.ts";
import { type Tensor, tensorAt, toFloat32 } from "../../src/model/tensor.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { type GgufParts, ggufOfParts, info, pair, TYPE, text, u32, u64 } from "../helpers/gguf.ts";

const FAMILIES = ["llama", "qwen2", "qwen3", "gemma3"] as const;
const configs = await json<Record<string, Record<string, unknown>>>(fixture("gguf/configs.json"));

const read = async (name: string): Promise<Gguf> => readGguf(ofBytes(await fixture(`gguf/${name}`)), name);
const alone = async (name: string): Promise<FileSource> =>
  fromBlobs(new Map([[name, new Blob([await fixture(`gguf/${name}`)])]]));

/** The fixtures' formula: row r, column c of the tensor of this name in the state dict. */
function expected(name: string, shape: number[]): number[] {
  const seed = [...name].reduce((sum, character) => sum + character.charCodeAt(0), 0);
  const cols = shape.at(-1)!;
  return Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => {
    const [r, c] = [Math.floor(i / cols), i % cols];
    return (c % 32 === 0 ? 127 : ((31 * r + 7 * c + seed) % 255) - 127) / 128;
  });
}

describe("every type", async () => {
  const { metadata, tensors } = await read("types.gguf");

  test.for<[string, GgufValue]>([
    ["u8", 200],
    ["i8", -100],
    ["u16", 60000],
    ["i16", -30000],
    ["u32", 4000000000],
    ["i32", -2000000000],
    ["u64", 2n ** 53n + 1n],
    ["i64", -7],
    ["f32", Math.fround(0.1)],
    ["f64", 0.1],
    ["yes", true],
    ["no", false],
    ["text", "Füße \ufeff"],
    ["texts", ["a", "", "\ufeff", "▁b"]],
    ["ints", Int32Array.of(1, -2, 3)],
    ["floats", Float32Array.of(0.5, -1.5)],
    ["flags", [true, false]],
    ["general.alignment", 64],
  ])("of a value: %s", ([key, value]) => {
    expect(metadata.get(key)).toEqual(value);
  });

  test("of a tensor: the values that gguf reads", async () => {
    expect([...tensors.keys()].sort()).toEqual(
      ["BF16", "F16", "F32", "Q4_0", "Q4_1", "Q4_K", "Q5_0", "Q5_1", "Q5_K", "Q6_K", "Q8_0", "cube"].sort(),
    );
    for (const [name, tensor] of tensors) {
      if (name.startsWith("Q")) {
        expect(tensor, name).toMatchObject({ dtype: name, shape: [2, 256] });
        const values = await fixture(`quants/${name}.values.f32.bin`);
        expect(await toFloat32(tensor), name).toEqual(new Float32Array(values.buffer));
      } else {
        expect(tensor.shape, name).toEqual(name === "cube" ? [2, 3, 4] : [3, 5]);
        expect([...(await toFloat32(tensor))], name).toEqual(expected(name, tensor.shape));
      }
    }
  });

  test("rows by themselves", async () => {
    const tensor = tensors.get("Q6_K")!;
    const whole = await tensor.read();
    expect(await tensor.read(1, 1)).toEqual(whole.subarray(210));
    expect(whole).toHaveLength(420);
  });
});

describe.each(FAMILIES)("a %s", (family) => {
  test("has the config of its config.json", async () => {
    const { config, configJson } = await openModelFiles(await alone(`${family}.gguf`));
    expect(config).toEqual(parseModelConfig(configs[family]));
    expect(parseModelConfig(configJson)).toEqual(config);
  });

  test("has the state dict's tensors, under their names, in their order of rows", async () => {
    const { config, tensors } = await openModelFiles(await alone(`${family}.gguf`));
    const layer = family === "gemma3" ? 13 : family === "llama" ? 9 : family === "qwen2" ? 12 : 11;
    expect(tensors.size).toBe(2 + 2 * layer + (config.tie_word_embeddings ? 0 : 1));
    for (const [name, tensor] of tensors)
      expect([...(await toFloat32(tensor))], name).toEqual(expected(name, tensor.shape));
  });
});

test("rows of a reordered matrix come one by one as they come together", async () => {
  const { tensors } = await openModelFiles(await alone("llama.gguf"));
  const q = tensors.get("model.layers.1.self_attn.q_proj.weight")!;
  const whole = await q.read();
  const row = whole.length / 32;
  for (const [first, count] of [
    [0, 1],
    [7, 1],
    [5, 14],
    [15, 2],
    [31, 1],
    [16, 16],
  ] as const)
    expect(await q.read(first, count)).toEqual(whole.subarray(first * row, (first + count) * row));
});

describe("Llama 3's rotary scaling from its divisors", async () => {
  const gguf = await read("llama.gguf");
  const divisors = async (...values: number[]) => {
    const tensors = new Map(gguf.tensors);
    tensors.set("rope_freqs.weight", vector(values));
    return configOfGguf({ ...gguf, tensors }, "x.gguf");
  };

  test("all 1: none", async () => {
    expect(await divisors(1, 1, 1, 1, 1, 1, 1, 1)).toMatchObject({ rope_scaling: null });
  });

  test.for([
    ["another curve", [1, 1, 3, 3, 8, 8, 8, 8]],
    ["another number", [1, 1, 32, 32]],
    ["nothing", []],
    ["not a number", [1, 1, Number.NaN, 32, 32, 32, 32, 32]],
    ["zero", [1, 0, 32, 32, 32, 32, 32, 32]],
  ] as const)("%s is refused", async ([, values]) => {
    await expect(divisors(...values)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(/rope_freqs\.weight holds another scaling/),
    });
  });
});

/** A vector of these values. */
const vector = (values: readonly number[]): Tensor =>
  tensorAt(ofBytes(new Uint8Array(Float32Array.from(values).buffer)), 0, "F32", [values.length]);

describe("a header longer than what is read at first", () => {
  test("is read on", async () => {
    const long = Array.from({ length: 5 }, (_, i) => pair(`k${i}`, TYPE.string, text("x".repeat(400_000))));
    const { metadata } = await readGguf(ofBytes(ggufOfParts({ pairs: long })), "long.gguf");
    expect(metadata.get("k4")).toHaveLength(400_000);
  });
});

describe("refused, with the name and the numbers", () => {
  const F32 = 0;
  const tensor = (...dimensions: (number | bigint)[]): GgufParts => ({
    infos: [info("w", dimensions, F32, 0)],
  });

  test.for<[string, GgufParts, RegExp]>([
    ["another kind of file", { magic: "PK\u0003\u0004" }, /it begins with "PK.*it is no GGUF file/],
    ["big-endian", { version: 0x03000000 }, /it is big-endian/],
    ["version 1", { version: 1 }, /it is GGUF version 1; this lab reads 2 and 3/],
    ["version 4", { version: 4 }, /it is GGUF version 4/],
    [
      "more pairs than there are",
      { counts: [0, 900] },
      /the type of .* ends at byte 36, the file has 32: it is truncated/,
    ],
    [
      "absurdly many pairs",
      { counts: [0, 2n ** 63n] },
      /the number of key-value pairs is 9223372036854775808; it/,
    ],
    [
      "absurdly many tensors",
      { counts: [2n ** 32n, 0] },
      /the number of tensors is 4294967296; it can be 65536/,
    ],
    ["an absurd length", { pairs: [[...u64(2n ** 40n)]] }, /the length of key 1 of 1 is 1099511627776/],
    [
      "a text longer than the file",
      { pairs: [pair("a", TYPE.string, u64(5000))] },
      /a ends at byte 50\d\d, the file has 64: it is truncated/,
    ],
    [
      "an array longer than the file",
      { pairs: [pair("a", TYPE.array, [...u32(TYPE.u64), ...u64(2 ** 50)])] },
      /a ends at byte 9007199254741\d+, the file has 64/,
    ],
    [
      "an absurd list of texts",
      { pairs: [pair("a", TYPE.array, [...u32(TYPE.string), ...u64(2 ** 30)])] },
      /the length of a is 1073741824; it can be 4194304 at most/,
    ],
    [
      "arrays in arrays in arrays",
      {
        pairs: [
          pair("a", TYPE.array, Array.from({ length: 9 }, () => [...u32(TYPE.array), ...u64(1)]).flat()),
        ],
      },
      /a has arrays in arrays, 4 deep and more/,
    ],
    [
      "an unknown type of value",
      { pairs: [pair("a", 13, [1])] },
      /a is of type 13, which GGUF does not know/,
    ],
    [
      "a token that is no text",
      { pairs: [pair("tokenizer.ggml.pre", TYPE.string, [...u64(1), 255])] },
      /tokenizer\.ggml\.pre is not text in UTF-8/,
    ],
    [
      "a key twice",
      { pairs: [pair("a", TYPE.u8, [1]), pair("a", TYPE.u8, [1])] },
      /the key a is there twice/,
    ],
    [
      "an alignment of 48",
      { pairs: [pair("general.alignment", TYPE.u32, u32(48))] },
      /alignment is 48; it must be/,
    ],
    [
      "one part of several",
      { pairs: [pair("split.count", TYPE.u32, u32(2))] },
      /it is one of 2 parts; merge them/,
    ],
    ["no dimensions", tensor(), /w has 0 dimensions, 1 to 4 are possible/],
    ["five dimensions", tensor(1, 1, 1, 1, 1), /w has 5 dimensions/],
    ["no values", tensor(4, 0), /w of shape \[0,4\] has 0 values/],
    [
      "values beyond counting",
      tensor(2 ** 40, 2 ** 40),
      /w of shape \[1099511627776,1099511627776\] has 1\.2/,
    ],
    ["a dimension beyond counting", tensor(2n ** 60n), /the shape of w is 1152921504606846976/],
    ["an offset beyond counting", { infos: [info("w", [1], F32, 2n ** 63n)] }, /the offset of w is 9223/],
    [
      "an offset outside",
      { infos: [info("w", [8], F32, 320)], data: 64 },
      /w ends at byte 416, the file has 128/,
    ],
    [
      "cut short",
      { infos: [info("w", [8, 3], F32, 0)], data: 95 },
      /w ends at byte 192, the file has 191: it is tru/,
    ],
    [
      "unaligned",
      { infos: [info("w", [1], F32, 4)], data: 64 },
      /w begins at 4, which is no multiple of .* 32/,
    ],
    [
      "overlapping",
      { infos: [info("v", [16], F32, 0), info("w", [16], F32, 32)], data: 128 },
      /w and v overlap/,
    ],
    [
      "a name twice",
      { infos: [info("w", [8], F32, 0), info("w", [8], F32, 32)], data: 64 },
      /w is there twice/,
    ],
    [
      "an unsupported quantisation",
      { infos: [info("w", [256], 10, 0)], data: 256 },
      /x\.gguf: w has weights of type Q2_K, which is not supported; take a file with F32,.* Q6_K/,
    ],
    [
      "an unknown quantisation",
      { infos: [info("w", [256], 77, 0)], data: 256 },
      /w has weights of type number 77/,
    ],
    [
      "a retired quantisation",
      { infos: [info("w", [256], 31, 0)], data: 256 },
      /w has weights of type number 31/,
    ],
    [
      "half a block",
      { infos: [info("w", [48, 2], 8, 0)], data: 256 },
      /w has rows of 48 values; Q8_0 needs .* 32/,
    ],
  ])("%s", async ([, parts, message]) => {
    await expect(readGguf(ofBytes(ggufOfParts(parts)), "x.gguf")).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(message),
    });
  });

  test("an empty file", async () => {
    await expect(readGguf(ofBytes(new Uint8Array()), "x.gguf")).rejects.toMatchObject({
      message: "x.gguf: the magic number ends at byte 4, the file has 0: it is truncated; fetch it again",
    });
  });
});

describe("a model that this engine does not run", async () => {
  const gguf = await read("gemma3.gguf");
  const llama = await read("llama.gguf");
  const changed = (g: Gguf, key: string, value: GgufValue | null): Gguf => {
    const metadata = new Map(g.metadata);
    if (value === null) metadata.delete(key);
    else metadata.set(key, value);
    return { ...g, metadata };
  };

  test.for<[string, Gguf, RegExp]>([
    [
      "another architecture",
      changed(llama, "general.architecture", "mamba"),
      /"mamba"; this version runs llama, qw/,
    ],
    ["no architecture", changed(llama, "general.architecture", null), /general\.architecture is undefined/],
    [
      "no length",
      changed(llama, "llama.embedding_length", null),
      /llama\.embedding_length must be a positive int/,
    ],
    [
      "a length per layer",
      changed(llama, "llama.feed_forward_length", Int32Array.of(1, 2)),
      /llama\.feed_forward_length differs from layer to layer \(\[1, 2\]\)/,
    ],
    ["experts", changed(llama, "llama.expert_count", 8), /it is a mixture of experts/],
    [
      "a partial rotation",
      changed(llama, "llama.rope.dimension_count", 8),
      /dimension_count is 8 and the heads have 16/,
    ],
    [
      "a token of no number",
      changed(llama, "tokenizer.ggml.eos_token_id", "x"),
      /eos_token_id must be a token's id/,
    ],
    [
      "not a number",
      changed(llama, "llama.rope.freq_base", Number.NaN),
      /freq_base must be a positive number/,
    ],
    [
      "yarn",
      changed(changed(llama, "llama.rope.scaling.type", "yarn"), "llama.rope.scaling.factor", 4),
      /"yarn"/,
    ],
    ["capped logits", changed(gguf, "gemma3.final_logit_softcapping", 30), /final_logit_softcapping is 30/],
    ["no embeddings", { ...llama, tensors: new Map() }, /it has no table token_embd\.weight/],
    [
      "biases",
      { ...llama, tensors: new Map(llama.tensors).set("blk.0.attn_q.bias", vector([1])) },
      /attention_bias/,
    ],
  ])("%s", async ([, file, message]) => {
    const parsed = configOfGguf(file, "x.gguf").then((c) => parseModelConfig(c, "x.gguf"));
    await expect(parsed).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(message),
    });
  });

  test("a tensor that would be left out", async () => {
    const bytes = (await fixture("gguf/qwen3.gguf")).slice();
    const at = new TextDecoder("latin1").decode(bytes).indexOf("blk.1.ffn_up.weight");
    bytes.set(new TextEncoder().encode("blk.1.ffn_xx.weight"), at);
    await expect(openModelFiles(fromBlobs(new Map([["q.gguf", new Blob([bytes])]])))).rejects.toMatchObject({
      message: "q.gguf: a qwen3 has no tensor blk.1.ffn_xx.weight: not implemented",
    });
  });

  test("several models in one folder", async () => {
    const both = fromBlobs(new Map(["b.gguf", "a.gguf"].map((name) => [name, new Blob([])])));
    await expect(openModelFiles(both)).rejects.toMatchObject({
      message: "there are several models here: a.gguf, b.gguf; name one of them",
    });
  });
});
