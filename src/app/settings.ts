/** The settings of core/config.ts as the page needs them: in groups, typed into fields, compared. */

import { checkRunConfig, type RunConfig, SETTING_KEYS, SETTINGS, type SettingKey } from "../core/config.ts";
import { OBJECTIVES, type Objective } from "../core/objectives.ts";
import { GROUPS, type Setting } from "../core/setting.ts";
import { DASH } from "./format.ts";

export interface NamedSetting extends Omit<Setting<unknown>, "before"> {
  key: SettingKey;
}

const ALL: readonly NamedSetting[] = SETTING_KEYS.map((key) => ({ key, ...SETTINGS[key] }));

/** What a person may move in the dialog, by its headings. */
export const SETTING_GROUPS: readonly { title: string; settings: readonly NamedSetting[] }[] = Object.entries(
  GROUPS,
).map(([group, title]) => ({ title, settings: ALL.filter((s) => s.group === group) }));
export const MOVABLE: readonly NamedSetting[] = ALL.filter(({ group }) => group !== null);

const special = new Set(Object.values(OBJECTIVES).flatMap(({ reads }) => reads));
/** Whether a run with this objective looks at the setting at all. */
export const isRead = (key: SettingKey, objective: Objective): boolean =>
  !special.has(key) || OBJECTIVES[objective].reads.includes(key);

/** A value as a person would say it. */
export function valueInWords({ kind: { control } }: NamedSetting, value: unknown): string {
  if (control.kind === "switch") return value ? "on" : "off";
  if (control.kind === "several" && Array.isArray(value))
    return value.length === control.names.length ? "everywhere" : value.join(", ");
  if (value === null || value === undefined) return ("empty" in control && control.empty) || DASH;
  return control.kind === "choice" ? (control.choices[String(value)] ?? String(value)) : String(value);
}

/** What a person typed, as the value the settings expect; text that is no number stays text, so that the check can quote it. */
export function readNumber(text: string, allowsEmpty: boolean): unknown {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return allowsEmpty ? null : "";
  const value = Number(trimmed);
  return Number.isNaN(value) ? trimmed : value;
}

export interface CheckedConfig {
  config: RunConfig | null; // null when something is wrong
  faults: Partial<Record<string, string>>; // by field
}

/** Settings completed, or what is wrong with them by field, each a sentence under the field's name. */
export function checkConfig(raw: object): CheckedConfig {
  const { config, faults } = checkRunConfig(raw);
  const said = ({ key, says }: { key: string; says: string }) => says.replace(`${key} must`, "Must");
  return { config, faults: Object.fromEntries(faults.map((fault) => [fault.key, said(fault)])) };
}

export const sameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The names in their canonical order, one added or taken away. */
export const toggled = (names: readonly string[], chosen: readonly string[], name: string): string[] =>
  names.filter((n) => (n === name) !== chosen.includes(n));

/** The settings in which runs differ, `model` and `data` included. */
export const configDifference = ([first, ...others]: readonly RunConfig[]): NamedSetting[] =>
  ALL.filter(({ key }) => others.some((other) => !sameValue(first?.[key], other[key])));
