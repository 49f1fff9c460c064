/** PEFT's files in and out, key for key; several adapters over one base; what does not fit is refused and nothing is lost. */
import { describe, expect, test } from "vitest";
import { TARGET_MODULES } from "../../src/core/config.ts";
import { LabError } from "../../src/core/errors.ts";
import { type FileSource, ofBytes } from "../../src/core/files.ts";
import { encodeFloats } from "../../src/model/floats.ts";
import { readPeft } from "../../src/model/peft.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { fixtureSource, loadFixtureModel } from "../helpers/model.ts";

const lm = await loadFixtureModel("llama-tied/model");
const peft = fixtureSource("llama-tied/adapter");

test("an imported adapter goes out as PEFT's own file: names, shapes, dtypes, bytes, config", async () => {
  await lm.attachAdapter(peft);
  const [config, weights] = await lm.exportAdapter();
  const want = await readSafetensors(ofBytes(await peft("adapter_model.safetensors")), "want");
  const got = await readSafetensors(ofBytes(weights!.bytes), "got");
  expect([...got.keys()]).toEqual([...want.keys()].sort());
  for (const [name, tensor] of want) {
    expect(got.get(name), name).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape });
    expect([...(await got.get(name)!.read())], name).toEqual([...(await tensor.read())]);
  }
  const sorted = (c: Record<string, unknown>) => ({
    ...c,
    target_modules: [...(c.target_modules as string[])].sort(),
  });
  const gotConfig = JSON.parse(new TextDecoder().decode(config!.bytes)) as Record<string, unknown>;
  const wantConfig = await json<Record<string, unknown>>(fixture("llama-tied/adapter/adapter_config.json"));
  expect(sorted(gotConfig)).toEqual(sorted(wantConfig));
});

test("a fresh adapter changes nothing, bit for bit, and is the same for the same seed", async () => {
  const request = [{ context: [5, 6, 7], completions: [[8, 9, 10, 11]] }];
  const base = await lm.score(request, false);
  lm.newAdapter({ r: 5, lora_alpha: 10, target_modules: ["q_proj", "down_proj"], use_rslora: true }, 3);
  const [first] = (await lm.readState()).weights;
  expect(await lm.score(request, true)).toEqual(base);
  const one = (await lm.exportAdapter())[1]!.bytes;
  lm.newAdapter({ r: 5, lora_alpha: 10, target_modules: ["q_proj", "down_proj"], use_rslora: true }, 3);
  expect((await lm.exportAdapter())[1]!.bytes).toEqual(one);
  lm.newAdapter({ r: 5, lora_alpha: 10, target_modules: ["q_proj", "down_proj"], use_rslora: true }, 4);
  expect((await lm.readState()).weights[0]).not.toBe(first);
});

/** PEFT's folder with its config changed. */
function changed(change: (config: Record<string, unknown>) => void): FileSource {
  return async (name) => {
    const bytes = await peft(name);
    if (name !== "adapter_config.json") return bytes;
    const config = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    change(config);
    return new TextEncoder().encode(JSON.stringify(config));
  };
}

test.each([
  ["a regular expression", ".*\\.(q|k|v|o|gate|up|down)_proj$"],
  ["all-linear", "all-linear"],
  ["full names", ["self_attn.q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "mlp.down_proj"]],
] as const)("target_modules as PEFT allows them: %s", async (_, target_modules) => {
  const { layout } = await readPeft(
    changed((c) => {
      c.target_modules = target_modules;
    }),
    lm.config,
  );
  expect(layout.config.target_modules).toEqual(TARGET_MODULES);
});

test.each(["F16", "BF16"] as const)("tensors stored as %s are read", async (dtype) => {
  const { layout, flat } = await readPeft(peft, lm.config);
  const rounded = layout.tensors(flat);
  const file = ofBytes(safetensorsOf(rounded, dtype));
  const got = await layout.flatten(await readSafetensors(file, "x"), "x");
  expectClose(got, flat, { rtol: dtype === "F16" ? 2 ** -11 : 2 ** -8, atol: 2 ** -24, label: dtype });
  expect(got).not.toEqual(flat);
});

describe("several adapters over one base", async () => {
  const request = [{ context: [5, 6, 7], completions: [[8, 9, 10, 11]] }];
  const other = await readPeft(fixtureSource("llama-tied/trained"), lm.config);

  test("each gives its own numbers, chosen by name, and the attached one is left alone", async () => {
    await lm.attachAdapter(peft);
    const [base, mine] = [await lm.score(request, false), await lm.score(request, true)];
    lm.load("first", await readPeft(peft, lm.config));
    lm.load("second", other);
    expect(lm.loaded).toEqual(["first", "second"]);
    expect(await lm.using("first").score(request, true)).toEqual(mine);
    const second = await lm.using("second").score(request, true);
    expect(second).not.toEqual(mine);
    expect(await lm.using("second").score(request, false)).toEqual(base);
    expect(await lm.score(request, true)).toEqual(mine);
    await lm.attachAdapter(fixtureSource("llama-tied/trained"));
    expect(await lm.score(request, true)).toEqual(second);
    lm.unload("first");
    expect(() => lm.using("first")).toThrow(/no adapter "first" is loaded; there are: second/);
    lm.unload("second");
  });

  test("a scale weighs what the adapter adds", async () => {
    await lm.attachAdapter(peft);
    const base = await lm.score(request, false);
    expect(await lm.using(null, 0).score(request, true)).toEqual(base);
    const { layout, flat } = await readPeft(peft, lm.config);
    const halved = flat.slice();
    for (const { b, out } of layout.slots)
      for (let i = b; i < b + out * layout.rank; i++) halved[i] = flat[i]! / 2;
    lm.load("halved", { layout, flat: halved });
    const want = await lm.using("halved").score(request, true);
    const got = await lm.using(null, 0.5).score(request, true);
    expectClose(got[0]![0]!, want[0]![0]!, { atol: 1e-6, label: "half as strong" });
    const prompt = {
      prompt: [5, 6, 7],
      max_new_tokens: 8,
      stop_ids: [],
      temperature: 0,
      top_k: 0,
      top_p: 1,
      seed: 0,
    };
    expect(await lm.using(null, 0.5).generate([prompt], true)).toEqual(
      await lm.using("halved").generate([prompt], true),
    );
    lm.unload("halved");
  });

  test("one that is only applied takes its weights and no more, and gives them back", () => {
    const before = lm.gpu.allocatedBytes;
    lm.load("x", other);
    expect(lm.gpu.allocatedBytes - before).toBe(other.flat.byteLength);
    lm.load("x", other); // in place of the first
    expect(lm.gpu.allocatedBytes - before).toBe(other.flat.byteLength);
    lm.unload("x");
    expect(lm.gpu.allocatedBytes).toBe(before);
  });
});

/** A file of 16-bit tensors, as PEFT writes adapters trained in these types. */
function safetensorsOf(
  tensors: ReadonlyMap<string, { shape: number[]; data: Float32Array }>,
  dtype: "F16" | "BF16",
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of tensors) {
    const bytes = encodeFloats(Float32Array.from(data), dtype);
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
    parts.push(bytes);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const size = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  return new Uint8Array([size, json, ...parts].flatMap((bytes) => [...bytes]));
}

test.each([
  [
    "modules_to_save",
    (c: Record<string, unknown>) => {
      c.modules_to_save = ["lm_head"];
    },
    /modules_to_save is \["lm_head"\]/,
  ],
  [
    "dora",
    (c: Record<string, unknown>) => {
      c.use_dora = true;
    },
    /use_dora is true/,
  ],
  [
    "another rank",
    (c: Record<string, unknown>) => {
      c.r = 8;
    },
    /has shape \[4,\d+\], the model needs \[8,\d+\]/,
  ],
  [
    "a base that was changed with it",
    (c: Record<string, unknown>) => {
      c.init_lora_weights = "pissa_niter_16";
    },
    /init_lora_weights is "pissa_niter_16", which changed the base too/,
  ],
  [
    "no module at all",
    (c: Record<string, unknown>) => {
      c.target_modules = null;
    },
    /target_modules is null; it must be/,
  ],
  [
    "tensors of more modules than it names",
    (c: Record<string, unknown>) => {
      c.target_modules = ["q_proj"];
    },
    /mlp\.down_proj\.lora_A\.weight belongs to no target module/,
  ],
  [
    "a foreign module",
    (c: Record<string, unknown>) => {
      c.target_modules = ["c_attn"];
    },
    /target_modules is \["c_attn"\]/,
  ],
] as const)("%s is refused, and the adapter that was attached stays", async (_, change, message) => {
  await lm.attachAdapter(peft);
  const before = (await lm.readState()).weights;
  const attempt = lm.attachAdapter(changed(change));
  await expect(attempt).rejects.toThrow(message);
  await expect(attempt).rejects.toBeInstanceOf(LabError);
  expect((await lm.readState()).weights).toEqual(before);
});
