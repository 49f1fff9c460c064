import { SETTING_KEYS, SETTINGS } from "../core/config.ts";
import { OBJECTIVE_NAMES, OBJECTIVES } from "../core/objectives.ts";

/** The settings of `run`'s JSON file and the objectives, as `run --help` lists them. */
export function settingsHelp(): string {
  const settings = SETTING_KEYS.map((key) => {
    const { kind, default: standard, label, moves } = SETTINGS[key];
    return `  ${key}: ${kind.need}; default ${JSON.stringify(standard)}\n      ${label}. ${moves}`;
  });
  const objectives = OBJECTIVE_NAMES.map((name) => {
    const { description, reads, defaults } = OBJECTIVES[name];
    const brings = Object.entries(defaults).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
    const notes = [
      ...(brings.length > 0 ? [`default here: ${brings.join(", ")}`] : []),
      ...(reads.length > 0 ? [`reads ${reads.join(", ")}`] : []),
    ];
    return `  ${name}: ${description}${notes.map((note) => `\n      ${note}`).join("")}`;
  });
  return ["Settings, all optional:", ...settings, "", "Objectives:", ...objectives].join("\n");
}
