/**
 * Damaged and hostile model and adapter files: each is read to the right sizes or refused with a LabError, in bounded time and
 * memory. Thousands of mutations with fixed seeds, of the bytes and of what they mean.
 */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { globals } from "webgpu";
import { LabError } from "../../src/core/errors.ts";
import { type FileSource, ofBytes, type RandomAccess } from "../../src/core/files.ts";
import { openDryGpu } from "../../src/gpu/dryDevice.ts";
import { weightBytes } from "../../src/gpu/kernels/weightTypes.ts";
import { loadModel } from "../../src/model/causalLm.ts";
import { readGguf } from "../../src/model/gguf.ts";
import { LoraLayout } from "../../src/model/loraLayout.ts";
import { parseModelConfig } from "../../src/model/modelConfig.ts";
import { openModelFiles } from "../../src/model/modelFiles.ts";
import { peftFiles, readPeft } from "../../src/model/peft.ts";
import { readPeftConfig } from "../../src/model/peftConfig.ts";
import { readSafetensors, writeSafetensors } from "../../src/model/safetensors.ts";
import { countOf, type Tensor, toFloat32 } from "../../src/model/tensor.ts";
import { openTextTokenizer } from "../../src/model/tokenizer.ts";
import { readTokenizerFiles } from "../../src/model/tokenizerFiles.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { ggufOfParts, pair, TYPE, text, u32, u64 } from "../helpers/gguf.ts";
import {
  byteMutations,
  headerBytes,
  headerMutations,
  jsonMutations,
  type Mutation,
} from "../helpers/mutations.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Files = Record<string, Bytes>;

Object.assign(globalThis, globals);
const gpu = openDryGpu(); // nothing of this needs one that computes

const CPU_SECONDS = 1; // a case takes some milliseconds
const MEMORY_BYTES = 64 << 20;
const tally = { read: 0, refused: 0 };
afterAll(() => {
  expect(tally.read + tally.refused).toBeGreaterThanOrEqual(2000);
  expect(tally.read).toBeGreaterThan(100); // else nothing but the first check would have been tried
  expect(tally.refused).toBeGreaterThan(1000);
});

/** The folder, and how many bytes were asked of it. */
function folderOf(files: Files): { source: FileSource; asked: () => number } {
  let asked = 0;
  const find = (name: string): Bytes => {
    const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
    if (!bytes) throw new LabError("not-found", `${name} is not there`);
    return bytes;
  };
  const source: FileSource = async (name) => {
    asked += find(name).length;
    return find(name);
  };
  source.open = async (name): Promise<RandomAccess> => {
    const file = ofBytes(find(name));
    return {
      size: file.size,
      read(offset, length) {
        asked += length;
        return file.read(offset, length);
      },
    };
  };
  source.list = async () => Object.keys(files);
  return { source, asked: () => asked };
}

/** Reads the files as `use` does and holds it to the promise. */
async function survive(files: Files, use: (source: FileSource) => Promise<void>): Promise<void> {
  const { source, asked } = folderOf(files);
  const size = Object.values(files).reduce((n, bytes) => n + bytes.length, 0);
  const memory = inUse();
  const begin = process.cpuUsage();
  try {
    await use(source);
    tally.read++;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    expect(["bad-model", "not-found"]).toContain(error.code);
    expect(error.message.length).toBeLessThan(100_000);
    tally.refused++;
  }
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1e6).toBeLessThan(CPU_SECONDS);
  expect(inUse() - memory).toBeLessThan(MEMORY_BYTES);
  expect(asked()).toBeLessThanOrEqual(7 * size + 1000); // its header for each reader, three times its tensors, whatever it says
}

function inUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function checkSizes(tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  for (const [name, tensor] of tensors) {
    const values = countOf(tensor.shape);
    expect((await tensor.read()).length, name).toBe(weightBytes(tensor.dtype, values));
    expect((await toFloat32(tensor)).length, name).toBe(values);
  }
}

/** All that loading a model does, up to the GPU's own memory. */
async function readModel(source: FileSource): Promise<void> {
  const { tensors } = await openModelFiles(source);
  await checkSizes(tensors);
  const { config, weights } = await loadModel(gpu, source);
  expect(weights.layers).toHaveLength(config.num_hidden_layers);
  expect(weights.parameters).toBe([...tensors.values()].reduce((n, t) => n + countOf(t.shape), 0));
}

async function readTokenizer(source: FileSource): Promise<void> {
  const tokenizer = openTextTokenizer(await readTokenizerFiles(source));
  const ids = tokenizer.encode("ab a dab");
  expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 16)).toBe(true);
  expect(typeof tokenizer.decode(ids)).toBe("string");
}

const allOf = async (
  mutations: fc.Arbitrary<Mutation>,
  bytes: Bytes,
  numRuns: number,
  check: (b: Bytes) => unknown,
) =>
  fc.assert(
    fc.asyncProperty(mutations, async (mutate) => void (await check(mutate(bytes)))),
    { seed: 20, numRuns },
  );

const GGUF_HEADER = 3000; // about where the fixtures' data begin
const configs = await json<Record<string, Record<string, never>>>(fixture("gguf/configs.json"));
const utf8 = (value: unknown): Bytes => new TextEncoder().encode(JSON.stringify(value));

test.for(["llama", "qwen2", "qwen3", "gemma3"])("GGUF: a %s", { timeout: 60_000 }, async (family) => {
  const bytes = await fixture(`gguf/${family}.gguf`);
  const read = async (source: FileSource): Promise<void> => {
    await readModel(source);
    if (family === "llama" || family === "gemma3") await readTokenizer(source); // the two kinds there are
  };
  await read(folderOf({ "x.gguf": bytes }).source);
  const check = (mutated: Bytes) => survive({ "x.gguf": mutated }, read);
  await allOf(byteMutations(bytes.length, GGUF_HEADER), bytes, 400, check);
});

test("GGUF: values and tensors of every type", { timeout: 60_000 }, async () => {
  const bytes = await fixture("gguf/types.gguf");
  const check = (mutated: Bytes) =>
    survive({ x: mutated }, async (source) => {
      const { tensors } = await readGguf(await source.open!("x"), "x");
      await checkSizes(tensors);
    });
  await allOf(byteMutations(bytes.length, GGUF_HEADER), bytes, 600, check);
});

describe("safetensors", async () => {
  const config = utf8(configs.qwen2);
  const { tensors } = await openModelFiles(folderOf({ "x.gguf": await fixture("gguf/qwen2.gguf") }).source);
  const values = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [name, tensor] of tensors)
    values.set(name, { shape: tensor.shape, data: await toFloat32(tensor) });
  const bytes = writeSafetensors(values);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes(bytes))));
  const check = (mutated: Bytes) =>
    survive({ "config.json": config, "model.safetensors": mutated }, readModel);

  test("as it is", () => readModel(folderOf({ "config.json": config, "model.safetensors": bytes }).source));
  test("bytes", { timeout: 60_000 }, () =>
    allOf(byteMutations(bytes.length, headerBytes(bytes)), bytes, 400, check),
  );
  test("the header", { timeout: 60_000 }, () => allOf(headerMutations(header), bytes, 400, check));

  test("an index", { timeout: 60_000 }, async () => {
    const file = "model-00001-of-00001.safetensors";
    const index = {
      metadata: { total_size: 1 },
      weight_map: Object.fromEntries([...values].map(([n]) => [n, file])),
    };
    const text = utf8(index);
    const files = { "config.json": config, [file]: bytes };
    const checkIndex = (mutated: Bytes) =>
      survive({ ...files, "model.safetensors.index.json": mutated }, readModel);
    await allOf(jsonMutations(index), text, 150, checkIndex);
  });
});

test.for(Object.keys(configs))("config.json of a %s", { timeout: 60_000 }, async (family) => {
  const gguf = await fixture(`gguf/${family}.gguf`);
  const { tensors } = await openModelFiles(folderOf({ "x.gguf": gguf }).source);
  const values = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [name, tensor] of tensors)
    values.set(name, { shape: tensor.shape, data: await toFloat32(tensor) });
  const weights = writeSafetensors(values);
  const text = utf8(configs[family]);
  const check = (mutated: Bytes) =>
    survive({ "config.json": mutated, "model.safetensors": weights }, readModel);
  await allOf(fc.oneof(jsonMutations(configs[family]!), byteMutations(text.length, 0)), text, 400, check);
});

describe("values nested deeper than the stack", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const put = (json: string, key: string): Bytes =>
    new TextEncoder().encode(json.replace(new RegExp(`("${key}": ?)("[^"]*"|[^,}]+)`), `$1${deep}`));
  const refusal = async (use: Promise<unknown>): Promise<void> => {
    const error = await use.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(/a deeply nested value/),
    });
  };

  test.for(["hidden_size", "rope_theta", "model_type", "tie_word_embeddings"])("config.json: %s", (key) => {
    const config = put(JSON.stringify(configs.qwen2), key);
    return refusal(openModelFiles(folderOf({ "config.json": config }).source));
  });
  test.for(["r", "lora_alpha", "peft_type", "bias"])("adapter_config.json: %s", (key) => {
    const json = { r: 1, lora_alpha: 1, peft_type: "LORA", bias: "none", target_modules: ["q_proj"] };
    const config = JSON.parse(new TextDecoder().decode(put(JSON.stringify(json), key)));
    return refusal(Promise.resolve().then(() => readPeftConfig(config, "adapter_config.json", [])));
  });
  test("safetensors: dtype", () => {
    const header = put('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', "dtype");
    const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
    const file = new Uint8Array([...length, ...header, 0, 0, 0, 0]);
    return refusal(readSafetensors(ofBytes(file), "x"));
  });
});

test("a token of a million characters is not cut a million times", async () => {
  const file = ggufOfParts({
    pairs: [
      pair("tokenizer.ggml.model", TYPE.string, text("llama")),
      pair("tokenizer.ggml.tokens", TYPE.array, [...u32(TYPE.string), ...u64(1), ...text("a".repeat(1e6))]),
      pair("tokenizer.ggml.scores", TYPE.array, [...u32(TYPE.f32), ...u64(1), ...u32(0)]),
    ],
  });
  await expect(readTokenizerFiles(folderOf({ "x.gguf": file }).source)).rejects.toMatchObject({
    code: "bad-model",
    message: expect.stringMatching(/^x\.gguf: "a+… has 1000000 characters; a token has 1000 at most$/),
  });
});

describe("an adapter", () => {
  const model = parseModelConfig(configs.qwen2);
  const layout = new LoraLayout(model, {
    r: 3,
    lora_alpha: 6,
    target_modules: ["q_proj", "v_proj", "down_proj"],
    use_rslora: false,
  });
  const flat = new Float32Array(layout.size).map((_, i) => i);
  const [config, weights] = peftFiles({ layout, flat }).map(({ bytes }) => bytes) as [Bytes, Bytes];
  const read = async (source: FileSource): Promise<void> => {
    const adapter = await readPeft(source, model);
    expect(adapter.flat).toHaveLength(adapter.layout.size);
  };
  const files = (changed: Files): Files => ({
    "adapter_config.json": config,
    "adapter_model.safetensors": weights,
    ...changed,
  });
  const header = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + headerBytes(weights))));

  test("as it is", () => read(folderOf(files({})).source));
  test("its config", { timeout: 60_000 }, () => {
    const json = JSON.parse(new TextDecoder().decode(config));
    const mutations = fc.oneof(jsonMutations(json), byteMutations(config.length, 0));
    return allOf(mutations, config, 300, (b) => survive(files({ "adapter_config.json": b }), read));
  });
  test("its weights", { timeout: 60_000 }, () => {
    const mutations = fc.oneof(headerMutations(header), byteMutations(weights.length, headerBytes(weights)));
    return allOf(mutations, weights, 300, (b) => survive(files({ "adapter_model.safetensors": b }), read));
  });
});
