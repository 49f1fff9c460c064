/** The merged model in our own engine against the base with its adapter; what stays as it is, and what 16-bit bases become. */
import { expect, test } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import { type FileSource, fromBlobs, ofBytes } from "../../src/core/files.ts";
import { loadCausalLm } from "../../src/model/causalLm.ts";
import { encodeFloats } from "../../src/model/floats.ts";
import { LoraLayout } from "../../src/model/loraLayout.ts";
import { mergedModel, mergedSafetensors } from "../../src/model/mergedModel.ts";
import { type ModelFiles, openModelFiles } from "../../src/model/modelFiles.ts";
import { type LoraWeights, readPeft } from "../../src/model/peft.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { type Tensor, toFloat32 } from "../../src/model/tensor.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { fixtureSource, loadFixtureModel } from "../helpers/model.ts";

const merged = (base: Pick<ModelFiles, "config" | "tensors" | "others">, adapter: LoraWeights) =>
  gathered(mergedSafetensors(base, adapter));

async function gathered(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Blob[] = [];
  for await (const piece of pieces) parts.push(new Blob([piece]));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

test.each(["llama-tied", "llama3-rope", "qwen2", "qwen3", "gemma3"])(
  "%s: the adapter's log-probabilities without the adapter",
  async (name) => {
    const { sequences } = await json<{ sequences: number[][] }>(fixture(`${name}/cases.json`));
    const requests = sequences.map((ids) => ({ context: [], completions: [ids] }));
    const source = fixtureSource(`${name}/model`);
    const lm = await loadFixtureModel(`${name}/model`);
    await lm.attachAdapter(fixtureSource(`${name}/adapter`));
    const [want, base] = [await lm.score(requests, true), await lm.score(requests, false)];

    const bytes = await merged(await openModelFiles(source), await lm.adapter.read());
    const folder: FileSource = async (file) =>
      file === "config.json" ? source(file) : onlyModel(file, bytes);
    const alone = await loadCausalLm(lm.gpu, folder, { variants: lm.variants });
    const got = await alone.score(requests, false);
    want.forEach(([logprobs], i) => {
      expectClose(got[i]![0]!, logprobs!, { atol: 1e-4, label: `sequence ${i}` });
    });
    expect(Math.abs(got[0]![0]![0]! - base[0]![0]![0]!)).toBeGreaterThan(1e-3); // the adapter does something
    alone.destroy();
    lm.destroy();
  },
);

const onlyModel = (file: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  if (file !== "model.safetensors") throw new LabError("not-found", `${file} is not there`);
  return bytes;
};

test("a bfloat16 base stays bfloat16, rounded once; what is no target stays bit for bit", async () => {
  const source = fixtureSource("llama-tied/model-bf16-sharded");
  const lm = await loadFixtureModel("llama-tied/model-bf16-sharded");
  const files = await openModelFiles(source);
  const base = files.tensors;
  const adapter = await readPeft(fixtureSource("llama-tied/adapter"), lm.config);
  const out = await readSafetensors(ofBytes(await merged(files, adapter)), "merged");
  expect([...out.keys()]).toEqual([...base.keys()].sort());
  let targets = 0;
  for (const [name, tensor] of base) {
    const got = out.get(name)!;
    expect(got, name).toMatchObject({ dtype: "BF16", shape: tensor.shape });
    const slot = adapter.layout.slots.find((s) =>
      name.endsWith(`layers.${s.layer}.${placeOf(s.module)}.weight`),
    );
    if (!slot) {
      expect(await got.read(), name).toEqual(await tensor.read());
      continue;
    }
    targets++;
    const { A, B } = adapter.layout.pair(adapter.flat, slot);
    const values = await toFloat32(tensor);
    const sums = values.map((w, at) => {
      const [o, i] = [Math.floor(at / slot.in), at % slot.in];
      let sum = 0;
      for (let j = 0; j < 4; j++) sum += B[o * 4 + j]! * A[j * slot.in + i]!;
      return w + adapter.layout.scaling * sum;
    });
    const want = { ...got, read: async () => encodeFloats(sums, "BF16") };
    expectClose(await toFloat32(got), await toFloat32(want), { rtol: 2 ** -7, label: name }); // a tie may fall either way
  }
  expect(targets).toBe(14);
  lm.destroy();
});

const placeOf = (module: string): string =>
  `${["gate_proj", "up_proj", "down_proj"].includes(module) ? "mlp" : "self_attn"}.${module}`;

test("a value that the base's type cannot hold is refused, not made infinite", async () => {
  const lm = await loadFixtureModel("llama-tied/model");
  const { layout, flat } = await readPeft(fixtureSource("llama-tied/adapter"), lm.config);
  const base = new Map<string, Tensor>();
  const files = await openModelFiles(fixtureSource("llama-tied/model"));
  for (const [name, tensor] of files.tensors) {
    const bytes = encodeFloats(await toFloat32(tensor), "F16");
    const row = (tensor.shape.at(-1) ?? 1) * 2;
    const read: Tensor["read"] = async (first = 0, count = bytes.length / row - first) =>
      bytes.subarray(first * row, (first + count) * row);
    base.set(name, { dtype: "F16", shape: tensor.shape, read });
  }
  await expect(
    merged({ ...files, tensors: base }, { layout, flat: flat.map((x) => x * 1e4) }),
  ).rejects.toThrow(/layers\.0\.mlp\.down_proj\.weight merged has a value that F16 cannot hold/);
  lm.destroy();
});

test("a quantised GGUF comes out in Hugging Face's form: names, F16, config, tokenizer; each target rounded once", async () => {
  const gguf = await fixture("gguf/llama.gguf");
  const source: FileSource = async () => gguf;
  source.list = async () => ["llama.gguf"];
  const base = await openModelFiles(source);
  const layout = new LoraLayout(base.config, {
    r: 4,
    lora_alpha: 6,
    target_modules: ["q_proj", "k_proj"],
    use_rslora: true,
  });
  const flat = Float32Array.from({ length: layout.size }, (_, i) => Math.sin(i) / 8);
  const written = new Map<string, Blob>();
  for (const { name, pieces } of await mergedModel(source, base, { layout, flat }))
    written.set(name, new Blob([await gathered(pieces())]));
  expect([...written.keys()]).toEqual([
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors",
  ]);
  const text = async (name: string) => JSON.parse(await written.get(name)!.text());
  expect(await text("config.json")).toMatchObject({
    architectures: ["LlamaForCausalLM"],
    torch_dtype: "float16",
  });
  expect((await text("tokenizer.json")).model.vocab["<s>"]).toBe(1);

  const { config, tensors } = await openModelFiles(fromBlobs(written));
  expect(config).toEqual(base.config);
  expect([...tensors.keys()].sort()).toEqual([...base.tensors.keys()].sort());
  const quantised = new Set<string>();
  for (const [name, tensor] of base.tensors) {
    const { dtype } = tensor;
    const type = dtype === "F32" || dtype === "BF16" ? dtype : "F16";
    if (type !== dtype) quantised.add(dtype);
    expect(tensors.get(name)!.dtype, name).toBe(type);
    const want = await toFloat32(tensor);
    const slot = layout.slots.find((s) => name.endsWith(`layers.${s.layer}.self_attn.${s.module}.weight`));
    if (slot) {
      const { A, B } = layout.pair(flat, slot);
      for (const [at, w] of want.entries()) {
        const [o, i] = [Math.floor(at / slot.in), at % slot.in];
        const sum = [0, 1, 2, 3].reduce((sum, j) => sum + B[o * 4 + j]! * A[j * slot.in + i]!, 0);
        want[at] = w + layout.scaling * sum;
      }
    }
    const atol = slot ? (type === "F16" ? 2 ** -11 : 2 ** -8) : 0; // half a unit of values below 2; else not at all
    expectClose(await toFloat32(tensors.get(name)!), want, { atol, label: name });
  }
  expect([...quantised]).not.toEqual([]);
});
