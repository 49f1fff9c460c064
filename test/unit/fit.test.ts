/** Defaults that fit the model: what they are, that each has its reason, and that a name given wins. */
import { expect, test } from "vitest";
import { CATALOG } from "../../src/core/catalog.ts";
import { parseRunConfig, RUN_DEFAULTS, SETTINGS } from "../../src/core/config.ts";
import { FITTED, fitTo, isBuiltIn, parametersOf } from "../../src/core/fit.ts";
import { COMMON_WORDS } from "../../src/core/modelWords.ts";
import { fitOf } from "../../src/lab/engine.ts";
import { folder } from "../helpers/fixtures.ts";

const SMOLLM2 = { builtIn: false, parameters: 134_515_008, questions: 16 };

test("the built-in model keeps the archive preset", () => {
  expect(fitTo({ builtIn: true, parameters: 918_656, questions: 124 })).toEqual({ config: {}, reasons: {} });
});

test("SmolLM2 and sixteen questions", () => {
  expect(fitTo(SMOLLM2).config).toEqual({
    ...COMMON_WORDS,
    elicit: true,
    k: 1,
    learning_rate: 2e-3,
    lr_scheduler_type: "linear",
    warmup_steps: 2,
    r: 8,
    lora_alpha: 16,
    batch_size: 16,
    updates: 2,
  });
});

test.for([
  [361_821_120, 1469, { learning_rate: 1e-3, batch_size: 8, updates: 64, r: 16 }],
  [494_032_768, 124, { learning_rate: 1e-3, batch_size: 8, updates: 31, r: 8 }],
  [1_235_814_400, 3000, { learning_rate: 7e-4, batch_size: 8, updates: 64, r: 32 }],
  [134_515_008, 1, { batch_size: 1, updates: 2, r: 8 }],
  [134_515_008, 0, { batch_size: 1, updates: 2, r: 8 }],
] as const)("%i parameters, %i questions", ([parameters, questions, want]) => {
  const { config } = fitTo({ builtIn: false, parameters, questions });
  expect(config).toMatchObject(want);
  expect(parseRunConfig(config)).toMatchObject(want);
});

test("what is not known is left to the archive preset", () => {
  const unknown = fitTo({ builtIn: false, parameters: null, questions: null });
  expect(unknown.config).toEqual(COMMON_WORDS);
  expect(parseRunConfig(unknown.config)).toEqual({ ...RUN_DEFAULTS, ...COMMON_WORDS });
});

test("every fitted setting has its reason, a sentence, and can be moved", () => {
  const { config, reasons } = fitTo(SMOLLM2);
  expect(Object.keys(config).sort()).toEqual([...FITTED].sort());
  expect(Object.keys(reasons).sort()).toEqual([...FITTED].sort());
  for (const key of FITTED) {
    expect(reasons[key], key).toMatch(/^\p{Lu}.{20,200}\.$/u);
    expect(SETTINGS[key].group, key).not.toBeNull();
  }
});

test("a model's parameters follow from its shape", () => {
  for (const { name, shape, parameters } of CATALOG)
    expect(Math.abs(parametersOf(shape) / parameters - 1), name).toBeLessThan(0.002);
});

test("the built-in model is known by its shape, wherever its files lie", async () => {
  expect(CATALOG.map(({ shape }) => isBuiltIn(shape))).toEqual(CATALOG.map((_, i) => i === 0));
  expect((await fitOf(`${folder("PUBLIC")}/models/pocket`, 124)).config).toEqual({});
  const toy = await fitOf(`${folder("FIXTURES")}/llama-tied/model`, 4);
  expect(toy.config).toMatchObject({ elicit: true, batch_size: 4, updates: 2 });
});
