import { type ReactNode, useId, useState } from "react";
import { type NamedSetting, readNumber, sameValue, toggled, valueInWords } from "../../settings.ts";
import { changeSetting, resetSetting } from "../../stores/draftStore.ts";

export interface SettingFieldProps {
  setting: NamedSetting;
  value: unknown; // as drafted, right or wrong
  standard: unknown; // what it is worth untouched
  fit: { model: string; reason: string } | null; // where the default was chosen for a model, and why
  unreadBy: string | null; // the objective that does not look at it
  fault: string | null;
}

export function SettingField({
  setting,
  value,
  standard,
  fit,
  unreadBy,
  fault,
}: SettingFieldProps): ReactNode {
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
          {setting.moves} {unreadBy && `${unreadBy} does not read it. `}
          <span className="standard">
            {fit ? `Chosen for ${fit.model}` : "Default"}: {valueInWords(setting, standard)}.
            {fit && ` ${fit.reason}`}
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
  setting: NamedSetting;
  value: unknown;
  fault: string | null;
}

function Control({ id, setting, value, fault }: ControlProps): ReactNode {
  const { key } = setting;
  const { control } = setting.kind;
  const described = {
    id,
    "aria-describedby": fault ? `${id}-fault ${id}-says` : `${id}-says`,
    "aria-invalid": fault !== null,
  };
  switch (control.kind) {
    case "choice":
      return (
        <select {...described} value={String(value)} onChange={(e) => changeSetting(key, e.target.value)}>
          {Object.entries(control.choices).map(([name, words]) => (
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
    case "several":
      return (
        <Several
          {...described}
          names={control.names}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={(names) => changeSetting(key, names)}
        />
      );
    case "number":
      return (
        <NumberInput
          {...described}
          value={value}
          empty={control.empty}
          onChange={(v) => changeSetting(key, v)}
        />
      );
    case "text":
      return (
        <textarea
          {...described}
          rows={2}
          placeholder={control.empty ?? undefined}
          value={value === null ? "" : String(value)}
          onChange={(e) =>
            changeSetting(key, e.target.value === "" && control.empty !== null ? null : e.target.value)
          }
        />
      );
    case "none":
      return null;
  }
}

interface Described {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}

interface NumberInputProps extends Described {
  value: unknown;
  empty: string | null; // what an empty field means, where it may be empty
  onChange(value: unknown): void;
}

/** Keeps what was typed ("0.", "1e-") while it is being typed; the draft gets its value. */
function NumberInput({ value, empty, onChange, ...described }: NumberInputProps): ReactNode {
  const [text, setText] = useState<string | null>(null);
  const shown = value === null ? "" : String(value);
  return (
    <input
      {...described}
      inputMode="decimal"
      autoComplete="off"
      placeholder={empty ?? undefined}
      value={text ?? shown}
      onChange={(e) => {
        setText(e.target.value);
        onChange(readNumber(e.target.value, empty !== null));
      }}
      onBlur={() => setText(null)}
    />
  );
}

interface SeveralProps extends Described {
  names: readonly string[];
  value: readonly string[];
  onChange(names: string[]): void;
}

function Several({ id, names, value, onChange, "aria-describedby": describedBy }: SeveralProps): ReactNode {
  return (
    <fieldset className="modules" id={id} aria-labelledby={`${id}-name`} aria-describedby={describedBy}>
      {names.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={value.includes(name)}
            onChange={() => onChange(toggled(names, value, name))}
          />
          <code>{name.replace("_proj", "")}</code>
        </label>
      ))}
    </fieldset>
  );
}
