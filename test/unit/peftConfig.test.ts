/** PEFT's fields: those without effect are passed over, those with one honoured or refused by name. */
import { describe, expect, test } from "vitest";
import { fromBlobs, ofBytes } from "../../src/core/files.ts";
import { parseModelConfig } from "../../src/model/modelConfig.ts";
import { peftFiles, readPeft } from "../../src/model/peft.ts";
import { readPeftConfig } from "../../src/model/peftConfig.ts";
import { readSafetensors, writeSafetensors } from "../../src/model/safetensors.ts";
import { toFloat32 } from "../../src/model/tensor.ts";
import { caseSource, readCase } from "../helpers/cases.ts";

const least = { peft_type: "LORA", r: 4, lora_alpha: 8, target_modules: ["q_proj", "v_proj"] };
const tensors = ["q_proj", "v_proj"].map((name) => ({
  module: `model.layers.0.self_attn.${name}`,
  rank: 4,
}));
const readConfig = (change: object, others: string[] = []) =>
  readPeftConfig({ ...least, ...change }, "adapter_config.json", tensors, others);

test.each([
  { modules_to_save: [], layers_to_transform: [], trainable_token_indices: [], target_parameters: [] },
  { modules_to_save: null, layer_replication: null, use_dora: null, bias: null, lora_bias: false },
  { rank_pattern: {}, alpha_pattern: {}, exclude_modules: [], layers_pattern: [] },
  { rank_pattern: { k_proj: 16 }, alpha_pattern: { k_proj: 32, "model.layers.7.self_attn.q_proj": 1 } },
  { rank_pattern: { q_proj: 4 }, alpha_pattern: { q_proj: 8, "^model.layers.0.self_attn.v_proj": 8 } },
  { fan_in_fan_out: true }, // PEFT sets it to false for linear layers
  { bias: "all" }, // of a base without biases: none is in the file
  { target_modules: ["q_proj", "c_attn", "v_proj", "query_key_value"] },
  { unsloth_fixed: true, some_new_field: { a: 1 }, loftq_config: null },
])("%j changes nothing", (change) => {
  expect(readConfig(change)).toEqual(readConfig({}));
});

test.each<[object, RegExp, string[]?]>([
  [{ rank_pattern: { q_proj: 4, v_proj: 2 }, r: 2 }, /rank_pattern gives .*q_proj rank 4, r is 2/],
  [{ alpha_pattern: { v_proj: 16 } }, /alpha_pattern gives "v_proj" 16, lora_alpha is 8/],
  [{ alpha_pattern: { "self_attn.q_proj": 16 } }, /alpha_pattern gives "self_attn\.q_proj" 16/],
  [{ alpha_pattern: { "(a+)+$": 16 } }, /alpha_pattern gives "\(a\+\)\+\$" 16/], // not run: it may be any module
  [{ bias: "all" }, /bias is "all"/, ["base_model.model.model.layers.0.self_attn.q_proj.bias"]],
  [{ modules_to_save: ["lm_head"] }, /modules_to_save is \["lm_head"\]/],
  [{ layers_to_transform: ["a"] }, /layers_to_transform is \["a"\]; it must be a list of numbers/],
  [{ layer_replication: [[0, 4]] }, /layer_replication is \[\[0,4\]\]/],
  [{ trainable_token_indices: [1] }, /trainable_token_indices is \[1\]/],
  [{ lora_bias: true }, /lora_bias is true/],
])("%j is refused by name", (change, message, others) => {
  expect(() => readConfig(change, others)).toThrow(message);
});

describe("a folder's adapter", async () => {
  const files = await readCase("p01-modules-to-save-empty");
  const source = caseSource(files, "adapter");
  const model = parseModelConfig(
    JSON.parse(new TextDecoder().decode(await files.bytes("model/config.json"))),
  );
  const weights = await readSafetensors(ofBytes(await files.bytes("adapter/adapter_model.safetensors")), "x");
  const config = JSON.parse(new TextDecoder().decode(await files.bytes("adapter/adapter_config.json")));

  /** The adapter with these of its tensors, under these names, and these fields changed. */
  const variant = async (change: object, keep: (name: string) => string | null) => {
    const kept = new Map<string, { shape: number[]; data: Float32Array }>();
    for (const [name, tensor] of weights) {
      const as = keep(name);
      if (as !== null) kept.set(as, { shape: tensor.shape, data: await toFloat32(tensor) });
    }
    const json = JSON.stringify({ ...config, ...change });
    return fromBlobs(
      new Map([
        ["adapter_config.json", new Blob([json])],
        ["adapter_model.safetensors", new Blob([writeSafetensors(kept)])],
      ]),
    );
  };
  const whole = await readPeft(source, model);

  test("keeps its base's name", async () => {
    expect(whole.baseModel).toBe("base");
    const [written] = peftFiles(whole, whole.baseModel);
    expect(JSON.parse(new TextDecoder().decode(written!.bytes)).base_model_name_or_path).toBe("base");
  });

  test.each([
    ["an adapter's own name", (name: string) => name.replace(".weight", ".default.weight")],
    ["no prefix", (name: string) => name.replace("base_model.model.", "")],
  ] as const)("is read under names with %s", async (_, rename) => {
    expect((await readPeft(await variant({}, rename), model)).flat).toEqual(whole.flat);
  });

  test.each([
    ["a list of layers", { layers_to_transform: [1] }],
    ["one layer", { layers_to_transform: 1 }],
    ["an expression", { target_modules: ".*layers\\.1\\..*proj" }],
  ])("on some layers only, by %s: the others get nothing", async (_, change) => {
    const some = await variant(change, (name) => (name.includes("layers.1.") ? name : null));
    const { layout, flat } = await readPeft(some, model);
    for (const slot of layout.slots) {
      const { A, B } = layout.pair(flat, slot);
      if (slot.layer === 0) expect([...A, ...B].every((x) => x === 0)).toBe(true);
      else expect({ A, B }).toEqual(whole.layout.pair(whole.flat, slot));
    }
  });

  test("what it changes in a vision tower is told, not read; what does nothing there is nothing", async () => {
    const tower = (name: string) => name.replace("model.layers.0.self_attn", "vision_tower.encoder.0");
    const gemma = await readCase("p09-gemma-multimodal-merged");
    const sees = parseModelConfig(
      JSON.parse(new TextDecoder().decode(await gemma.bytes("model/config.json"))),
    );
    const given = await readSafetensors(ofBytes(await gemma.bytes("adapter/adapter_model.safetensors")), "x");
    const read = async (factor: number) => {
      const kept = new Map<string, { shape: number[]; data: Float32Array }>();
      for (const [name, { shape, ...tensor }] of given) {
        const data = await toFloat32({ shape, ...tensor });
        kept.set(name, { shape, data });
        if (name.includes("layers.0.self_attn.q_proj"))
          kept.set(tower(name), { shape, data: data.map((x) => factor * x) });
      }
      const files = new Map([
        ["adapter_config.json", new Blob([await gemma.bytes("adapter/adapter_config.json")])],
        ["adapter_model.safetensors", new Blob([writeSafetensors(kept)])],
      ]);
      return (await readPeft(fromBlobs(files), sees)).beyond;
    };
    expect(await read(0)).toEqual([]);
    expect(await read(1)).toEqual(["base_model.model.vision_tower.encoder.0.q_proj.lora_B.weight"]);
  });

  test("a pair that plain names ask for and the file lacks is still refused", async () => {
    const cut = await variant({}, (name) => (name.includes("layers.1.self_attn.q") ? null : name));
    await expect(readPeft(cut, model)).rejects.toThrow(
      /layers\.1\.self_attn\.q_proj\.lora_A\.weight is missing/,
    );
    const half = await variant({ target_modules: ".*" }, (name) =>
      name.includes("layers.1.self_attn.q_proj.lora_B") ? null : name,
    );
    await expect(readPeft(half, model)).rejects.toThrow(/q_proj\.lora_B\.weight is missing/);
    const more = await variant({ layers_to_transform: [1] }, (name) => name);
    await expect(readPeft(more, model)).rejects.toThrow(/layers\.0\..* belongs to no target module/);
  });
});

test("on a model that sees images, an adapter is written under Transformers' names and read under any", async () => {
  const files = await readCase("p09-gemma-multimodal-merged");
  const model = parseModelConfig(
    JSON.parse(new TextDecoder().decode(await files.bytes("model/config.json"))),
  );
  const whole = await readPeft(caseSource(files, "adapter"), model);
  const [config, written] = peftFiles(whole);
  const names = [...(await readSafetensors(ofBytes(written!.bytes), "x")).keys()];
  expect(names[0]).toBe("base_model.model.model.language_model.layers.0.mlp.down_proj.lora_A.weight");
  for (const prefix of ["model.language_model.layers", "language_model.model.layers"]) {
    const text = new TextDecoder("latin1").decode(written!.bytes);
    const bytes = Uint8Array.from(text.replaceAll("model.language_model.layers", prefix), (c) =>
      c.charCodeAt(0),
    );
    const again = fromBlobs(
      new Map([
        ["adapter_config.json", new Blob([config!.bytes])],
        ["adapter_model.safetensors", new Blob([bytes])],
      ]),
    );
    expect((await readPeft(again, model)).flat).toEqual(whole.flat);
  }
});
