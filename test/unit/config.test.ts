import { expect, test } from "vitest";
import {
  checkRunConfig,
  parseRunConfig,
  RUN_DEFAULTS,
  SETTING_KEYS,
  SETTINGS,
  storedRunConfig,
} from "../../src/core/config.ts";
import { OBJECTIVE_NAMES, OBJECTIVES } from "../../src/core/objectives.ts";
import { settingsHelp } from "../../src/lab/settingsHelp.ts";

test("every default is of its kind, and every setting has its words", () => {
  expect(parseRunConfig({})).toEqual(RUN_DEFAULTS);
  for (const key of SETTING_KEYS) {
    const { label, moves } = SETTINGS[key];
    expect(label, key).toMatch(/^\p{Lu}.{2,30}$/u);
    expect(moves, key).toMatch(/^\p{Lu}.{20,200}\.$/u);
  }
});

test("all that is wrong is said at once, each with what it must be", () => {
  const { config, faults } = checkRunConfig({ k: 0, r: 1.5, seed: null, gold: "yes", tempo: 3 });
  expect(config).toBeNull();
  expect(faults.map(({ key }) => key).sort()).toEqual(["gold", "k", "r", "seed", "tempo"]);
  expect(faults.find(({ key }) => key === "k")?.says).toBe("k must be an integer ≥ 1, got 0");
  expect(faults.find(({ key }) => key === "tempo")?.says).toContain('unknown key "tempo" (known: model, ');
});

test.for([
  { learning_rate: Number.NaN },
  { learning_rate: Number.POSITIVE_INFINITY },
  { weight_decay: -1 },
  { objective: "toString" },
  { target_modules: ["q_proj", "q_proj"] },
  { target_modules: [] },
  { order: [[]] },
  { order: [[0.5]] },
  { questions: 0 },
  { model: "" },
  { nli: "" },
])("%o is refused", (raw) => {
  expect(() => parseRunConfig(raw)).toThrow(`${Object.keys(raw)[0]} must be `);
});

test("an objective brings its own defaults, names what it reads, and fixes what it must", () => {
  for (const name of OBJECTIVE_NAMES) {
    const { description, reads, defaults, fixed } = OBJECTIVES[name];
    expect(description).toMatch(/^.{20,100}$/);
    expect(SETTING_KEYS).toEqual(expect.arrayContaining([...reads, ...fixed, ...Object.keys(defaults)]));
    expect(parseRunConfig({ objective: name })).toMatchObject(defaults);
  }
  expect(parseRunConfig({ objective: "rlag-paper", beta: 0 })).toMatchObject({ teacher: "policy", beta: 0 });
  expect(() => parseRunConfig({ objective: "rlag-paper", teacher: "base" })).toThrow(
    'teacher must be "policy" for rlag-paper, got "base"',
  );
});

test("a run that is older than a setting keeps what it did", () => {
  const { nli: _nli, ...old } = parseRunConfig({ objective: "sft", seed: 4 });
  expect(storedRunConfig(old)).toEqual({ ...old, nli: null });
});

test("run --help names every setting with its default, and every objective", () => {
  const help = settingsHelp();
  expect(help).toContain("  learning_rate: a number > 0; default 0.002\n      Learning rate. ");
  for (const name of [...SETTING_KEYS, ...OBJECTIVE_NAMES]) expect(help).toContain(`\n  ${name}: `);
});
