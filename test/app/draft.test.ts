import { beforeEach, expect, test } from "vitest";
import { PRESETS, presetById } from "../../src/app/presets.ts";
import {
  checkConfig,
  configDifference,
  MOVABLE,
  readNumber,
  SETTING_GROUPS,
  toggled,
} from "../../src/app/settings.ts";
import {
  changedSettings,
  changeSetting,
  checkDraft,
  chooseCorpus,
  chooseModel,
  choosePreset,
  defaultsOf,
  draftFrom,
  fittedModel,
  noteModel,
  resetSetting,
  useDraftStore,
} from "../../src/app/stores/draftStore.ts";
import { CATALOG } from "../../src/core/catalog.ts";
import { parseRunConfig, RUN_DEFAULTS, type RunConfig, TARGET_MODULES } from "../../src/core/config.ts";
import { fitTo } from "../../src/core/fit.ts";

const draft = () => useDraftStore.getState();
const ARCHIVE = "data/archive";

beforeEach(() =>
  useDraftStore.setState({
    presetId: PRESETS[0].id,
    changes: {},
    corpus: ARCHIVE,
    model: RUN_DEFAULTS.model,
    parameters: null,
    questions: null,
  }),
);

test("every preset is a complete configuration; the first is what an empty run.json means", () => {
  for (const { id } of PRESETS) {
    expect(checkDraft({ ...draftFrom(RUN_DEFAULTS), presetId: id, changes: {} }).config).not.toBeNull();
  }
  expect(checkDraft(draft()).config).toEqual(RUN_DEFAULTS);
  expect(presetById("gone").id).toBe(PRESETS[0].id);
});

test("every setting a person may move exists, once, and each has its own sentence", () => {
  const shown = SETTING_GROUPS.flatMap(({ settings }) => settings.map(({ key }) => key));
  const elsewhere = ["model", "data", "embedder", "nli", "init_adapter", "order"];
  expect([...shown, ...elsewhere].sort()).toEqual(Object.keys(RUN_DEFAULTS).sort());
  expect(new Set(MOVABLE.map((s) => s.moves)).size).toBe(MOVABLE.length);
  expect(SETTING_GROUPS.every(({ settings }) => settings.length > 0)).toBe(true);
});

test("a moved field is a change, moved back it is none", () => {
  changeSetting("cycles", 3);
  expect(draft().changes).toEqual({ cycles: 3 });
  expect(checkDraft(draft()).config?.cycles).toBe(3);
  changeSetting("cycles", RUN_DEFAULTS.cycles);
  expect(draft().changes).toEqual({});
  changeSetting("r", 4);
  resetSetting("r");
  expect(draft().changes).toEqual({});
});

const SMOLLM2 = CATALOG[1]!;

test("defaults are chosen for the model and the number of questions; a change wins, and back is none", () => {
  expect(fittedModel(draft())).toBeNull();
  chooseModel(SMOLLM2.model);
  chooseCorpus("corpus:mine", 12);
  expect(fittedModel(draft())).toBe("SmolLM2-135M-Instruct");
  expect(checkDraft(draft()).config).toMatchObject({ elicit: true, k: 1, batch_size: 12, updates: 2 });
  changeSetting("batch_size", 4);
  changeSetting("questions", 6);
  expect(checkDraft(draft()).config).toMatchObject({ batch_size: 4, updates: 2, questions: 6 });
  expect(defaultsOf(draft()).batch_size).toBe(6);
  changeSetting("batch_size", 6);
  expect(changedSettings(draft())).toEqual(["questions"]);
});

test("a model that is not in the list is fitted once it is open", () => {
  chooseModel("stored:me/mine.gguf");
  expect(checkDraft(draft()).config).toMatchObject({
    elicit: true,
    learning_rate: RUN_DEFAULTS.learning_rate,
  });
  noteModel({ model: "stored:me/other.gguf", parameters: 1e6 });
  expect(draft().parameters).toBeNull();
  noteModel({ model: "stored:me/mine.gguf", parameters: SMOLLM2.parameters });
  expect(checkDraft(draft()).config?.learning_rate).toBe(
    fitTo({ builtIn: false, ...SMOLLM2, questions: null }).config.learning_rate,
  );
  chooseModel("stored:me/other.gguf");
  expect(draft().parameters).toBeNull();
});

test("a run on another model is repeated exactly, whatever fits by then", () => {
  const config = parseRunConfig({
    model: SMOLLM2.model,
    data: "corpus:mine",
    batch_size: 4,
    updates: 9,
    k: 2,
  });
  useDraftStore.setState(draftFrom(config));
  chooseCorpus("corpus:mine", 100);
  expect(checkDraft(draft()).config).toEqual(config);
});

test("zero is a value", () => {
  changeSetting("explain_every", 0);
  changeSetting("beta", 0);
  expect(checkDraft(draft()).config).toMatchObject({ explain_every: 0, beta: 0 });
});

test("the published loss brings its own teacher and weight", () => {
  changeSetting("objective", "rlag-paper");
  expect(checkDraft(draft()).config).toMatchObject({ teacher: "policy", beta: 0.5 });
  expect(defaultsOf(draft())).toMatchObject({ teacher: "policy", beta: 0.5 });
  changeSetting("teacher", "base");
  expect(checkDraft(draft()).config).toBeNull();
});

test("what is wrong is said at its field, all of it", () => {
  changeSetting("learning_rate", readNumber("fast", false));
  changeSetting("r", readNumber("", false));
  changeSetting("target_modules", []);
  const { config, faults } = checkDraft(draft());
  expect(config).toBeNull();
  expect(Object.keys(faults).sort()).toEqual(["learning_rate", "r", "target_modules"]);
  expect(faults.learning_rate).toBe('Must be a number > 0, got "fast"');
});

test("a fault of the objective still leaves defaults to show", () => {
  useDraftStore.setState({ changes: { objective: "guess" } });
  expect(defaultsOf(draft()).objective).toBe("credit");
  expect(checkDraft(draft()).faults).toHaveProperty("objective");
});

test("typed text becomes what the settings expect", () => {
  expect(readNumber("0.002", false)).toBe(0.002);
  expect(readNumber("0,002", false)).toBe(0.002);
  expect(readNumber(" 2e-3 ", false)).toBe(0.002);
  expect(readNumber("", true)).toBeNull();
  expect(readNumber("", false)).toBe("");
  expect(readNumber("1e-", false)).toBe("1e-");
});

test("modules keep their order whichever way they are toggled", () => {
  expect(toggled(TARGET_MODULES, ["v_proj"], "q_proj")).toEqual(["q_proj", "v_proj"]);
  expect(toggled(TARGET_MODULES, ["q_proj", "v_proj"], "q_proj")).toEqual(["v_proj"]);
});

test("a draft made from a run repeats it exactly", () => {
  for (const raw of [
    { objective: "sft", seed: 7 },
    { objective: "rlag-paper", cycles: 2 },
    { objective: "cpt", questions: 12, target_modules: ["q_proj"] },
    { answers: "response", gold: false },
  ]) {
    const config = parseRunConfig(raw);
    expect(checkDraft(draftFrom(config)).config).toEqual(config);
  }
});

test("choosing a preset takes all changes back", () => {
  changeSetting("cycles", 3);
  choosePreset("sft-options");
  expect(draft()).toMatchObject({ presetId: "sft-options", changes: {} });
});

test("two configurations differ in the fields that differ", () => {
  const other = { ...RUN_DEFAULTS, seed: 1, target_modules: ["q_proj" as const] };
  expect(configDifference([RUN_DEFAULTS, other]).map(({ label }) => label)).toEqual([
    "Where it attaches",
    "Seed",
  ]);
  const { nli: _none, ...without } = { ...RUN_DEFAULTS, nli: null };
  const withNli = { ...RUN_DEFAULTS, nli: "models/nli" };
  for (const both of [
    [without, withNli],
    [withNli, without],
  ])
    expect(configDifference(both as RunConfig[]).map(({ key }) => key)).toEqual(["nli"]); // whichever side has it
  expect(checkConfig({ unknown: 1 }).config).toBeNull();
});
