import { type ReactNode, useId, useState } from "react";
import { TARGET_MODULES } from "../../../core/config.ts";
import { readNumber, type Setting, sameValue, toggleModule } from "../../settings.ts";
import { changeSetting, resetSetting } from "../../stores/draftStore.ts";

export interface SettingFieldProps {
  setting: Setting;
  value: unknown; // as drafted, right or wrong
  standard: unknown; // what it is worth untouched
  fault: string | null;
}

const inWords = ({ kind, choices }: Setting, value: unknown): string => {
  if (kind === "switch") return value ? "on" : "off";
  if (kind === "modules")
    return Array.isArray(value) && value.length === TARGET_MODULES.length ? "everywhere" : String(value);
  if (value === null) return "all";
  return choices?.[String(value)] ?? String(value);
};

export function SettingField({ setting, value, standard, fault }: SettingFieldProps): ReactNode {
  const id = useId();
  const changed = !sameValue(value, standard);
  return (
    <div className="setting">
      <label htmlFor={id} id={`${id}-name`}>
        {setting.label}
        {changed && <span className="dot" role="img" aria-label="changed" />}
        <code>{setting.key}</code>
      </label>
      <div className="control">
        <Control id={id} setting={setting} value={value} fault={fault} />
        {fault && (
          <p className="fault" id={`${id}-fault`}>
            {fault}
          </p>
        )}
        <p className="hint" id={`${id}-says`}>
          {setting.moves}{" "}
          <span className="standard">
            Default: {inWords(setting, standard)}.
            {changed && (
              <>
                {" "}
                <button type="button" className="link" onClick={() => resetSetting(setting.key)}>
                  Reset<span className="hidden"> {setting.label}</span>
                </button>
              </>
            )}
          </span>
        </p>
      </div>
    </div>
  );
}

interface ControlProps {
  id: string;
  setting: Setting;
  value: unknown;
  fault: string | null;
}

function Control({ id, setting, value, fault }: ControlProps): ReactNode {
  const { key, kind, choices } = setting;
  const described = {
    id,
    "aria-describedby": fault ? `${id}-fault ${id}-says` : `${id}-says`,
    "aria-invalid": fault !== null,
  };
  switch (kind) {
    case "choice":
      return (
        <select {...described} value={String(value)} onChange={(e) => changeSetting(key, e.target.value)}>
          {Object.entries(choices ?? {}).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      );
    case "switch":
      return (
        <input
          {...described}
          type="checkbox"
          checked={value === true}
          onChange={(e) => changeSetting(key, e.target.checked)}
        />
      );
    case "modules":
      return (
        <Modules
          {...described}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={(names) => changeSetting(key, names)}
        />
      );
    case "number":
    case "number-or-all":
      return (
        <NumberInput
          {...described}
          value={value}
          all={kind === "number-or-all"}
          onChange={(v) => changeSetting(key, v)}
        />
      );
  }
}

interface Described {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}

interface NumberInputProps extends Described {
  value: unknown;
  all: boolean; // empty means all of them
  onChange(value: unknown): void;
}

/** Keeps what was typed ("0.", "1e-") while it is being typed; the draft gets its value. */
function NumberInput({ value, all, onChange, ...described }: NumberInputProps): ReactNode {
  const [text, setText] = useState<string | null>(null);
  const shown = value === null ? "" : String(value);
  return (
    <input
      {...described}
      inputMode="decimal"
      autoComplete="off"
      placeholder={all ? "all" : undefined}
      value={text ?? shown}
      onChange={(e) => {
        setText(e.target.value);
        onChange(readNumber(e.target.value, all));
      }}
      onBlur={() => setText(null)}
    />
  );
}

interface ModulesProps extends Described {
  value: readonly string[];
  onChange(names: string[]): void;
}

function Modules({ id, value, onChange, "aria-describedby": describedBy }: ModulesProps): ReactNode {
  return (
    <fieldset className="modules" id={id} aria-labelledby={`${id}-name`} aria-describedby={describedBy}>
      {TARGET_MODULES.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={value.includes(name)}
            onChange={() => onChange(toggleModule(value, name))}
          />
          <code>{name.replace("_proj", "")}</code>
        </label>
      ))}
    </fieldset>
  );
}
