/** PEFT's files in and out, key for key; what does not fit is refused and the adapter that was there stays. */
import { expect, test } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import { type FileSource, ofBytes } from "../../src/core/files.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
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
