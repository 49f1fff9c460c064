/** What a person wants compared, as arms with complete settings. */
import type { RunConfig, SettingKey } from "../../../core/config.ts";
import { EQUAL } from "../../../core/experiment.ts";
import { methodName, presetById } from "../../presets.ts";
import { type checkConfig, MOVABLE, readNumber } from "../../settings.ts";
import { checkDraft, type Draft } from "../../stores/draftStore.ts";

export interface Wanted {
  presets: readonly string[]; // ids of methods
  lab: boolean; // the lab's settings as they are
  vary: SettingKey | null; // the lab's settings with each value of this one
  values: string; // as typed, "0.001; 0.002"
  seeds: string; // as typed, "0, 1, 2"
  corpora: readonly string[];
  equal: Partial<Record<(typeof EQUAL)[number], string>>; // as typed; absent: as in the lab
}

export interface Planned {
  arms: { name: string; config: RunConfig }[];
  seeds: number[];
  faults: string[]; // sentences
}

export function planArms(wanted: Wanted, draft: Draft): Planned {
  const faults: string[] = [];
  const equal = equalOf(wanted, draft);
  const add = (
    name: string | null,
    checked: ReturnType<typeof checkConfig>,
  ): { name: string; config: RunConfig }[] => {
    const { config } = checked;
    for (const [key, says] of Object.entries(checked.faults))
      faults.push(`${name ?? "The lab’s settings"}, ${key}: ${says}`);
    return config === null ? [] : [{ name: name ?? methodName(config), config }];
  };
  const arms = wanted.presets.flatMap((id) => {
    const preset = presetById(id);
    const own = new Set(Object.keys(preset.config));
    const changes = Object.fromEntries(Object.entries(draft.changes).filter(([key]) => !own.has(key)));
    const { objective: _, answers: __, ...others } = changes;
    return add(null, checkDraft({ ...draft, presetId: id, changes: { ...others, ...equal } }));
  });
  if (wanted.lab) arms.push(...add(null, checkDraft({ ...draft, changes: { ...draft.changes, ...equal } })));
  const varied = MOVABLE.find(({ key }) => key === wanted.vary);
  if (varied) {
    const values = wanted.values
      .split(/[;\n]/)
      .map((v) => v.trim())
      .filter((v) => v !== "");
    if (values.length === 0)
      faults.push(`Say which values of “${varied.label}” to compare, with a semicolon between.`);
    for (const value of values) {
      const changes = { ...draft.changes, ...equal, [varied.key]: typed(varied.kind.control.kind, value) };
      arms.push(...add(`${varied.label} ${value}`, checkDraft({ ...draft, changes })));
    }
  }
  const distinct = arms.filter(
    (arm, i) => arms.findIndex((other) => JSON.stringify(other.config) === JSON.stringify(arm.config)) === i,
  );
  return { arms: distinct, ...seedsOf(wanted.seeds, faults) };
}

function equalOf({ equal }: Wanted, draft: Draft): Record<string, unknown> {
  const { config } = checkDraft(draft);
  return Object.fromEntries(
    EQUAL.map((key) => {
      const said = equal[key];
      return [key, said === undefined ? (config?.[key] ?? null) : readNumber(said, key === "questions")];
    }),
  );
}

function typed(kind: string, value: string): unknown {
  if (kind === "number") return readNumber(value, true);
  if (kind === "switch") return value === "on" ? true : value === "off" ? false : value;
  return kind === "several" ? value.split(/[,\s]+/) : value;
}

const MOST_SEEDS = 20;

function seedsOf(text: string, faults: string[]): { seeds: number[]; faults: string[] } {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  const seeds = [...new Set(parts.map(Number))];
  const fault =
    parts.length === 0
      ? "Say at least one seed, as 0."
      : seeds.some((seed) => !Number.isInteger(seed) || seed < 0)
        ? `Seeds are whole numbers from 0, as “0, 1, 2”; this is “${text}”.`
        : seeds.length > MOST_SEEDS
          ? `At most ${MOST_SEEDS} seeds; these are ${seeds.length}.`
          : null;
  return { seeds: fault === null ? seeds : [], faults: fault === null ? faults : [...faults, fault] };
}
