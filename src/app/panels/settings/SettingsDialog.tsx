/** Every setting one level down: its default, a dot when moved, a way back, and what moves if it is moved. */
import type { ReactNode } from "react";
import { OBJECTIVES } from "../../../core/objectives.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { PRESETS, presetById } from "../../presets.ts";
import { isRead, SETTING_GROUPS } from "../../settings.ts";
import {
  changedSettings,
  checkDraft,
  choosePreset,
  defaultsOf,
  fitOf,
  fittedModel,
  useDraftStore,
} from "../../stores/draftStore.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { openDialog } from "../../stores/viewStore.ts";
import { SettingField, type SettingFieldProps } from "./SettingField.tsx";

export function SettingsDialog(): ReactNode {
  const draft = useDraftStore();
  const { faults } = checkDraft(draft);
  const defaults = defaultsOf(draft);
  const active = useRunStore((s) => isActive(labStatus(s)));
  const changed = changedSettings(draft).length;
  const { reasons } = fitOf(draft);
  const fitted = fittedModel(draft);
  return (
    <Dialog title="Settings of the next run" wide onClose={() => openDialog(null)}>
      {active && (
        <p className="notice">The run under way keeps its own settings; these count for the next one.</p>
      )}
      <fieldset className="presets">
        <legend className="eyebrow">Start from</legend>
        {PRESETS.map((p) => (
          <label key={p.id}>
            <input
              type="radio"
              name="preset"
              checked={draft.presetId === p.id}
              onChange={() => choosePreset(p.id)}
            />
            <span>
              <b>{p.title}</b>
              <small>{p.says}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {changed > 0 && (
        <p className="hint">
          <span className="dot" aria-hidden="true" /> {changed} changed from “
          {presetById(draft.presetId).title}”.{" "}
          <button type="button" className="link" onClick={() => choosePreset(draft.presetId)}>
            Reset all
          </button>
        </p>
      )}
      {fitted !== null && (
        <p className="hint">Defaults that differ from the archive’s are chosen for {fitted}.</p>
      )}
      {SETTING_GROUPS.map(({ title, settings }) => (
        <fieldset key={title} className="settings">
          <legend className="eyebrow">{title}</legend>
          {settings.map((setting) => (
            <SettingField
              key={setting.key}
              setting={setting}
              value={setting.key in draft.changes ? draft.changes[setting.key] : defaults[setting.key]}
              standard={defaults[setting.key]}
              fit={fitted === null ? null : chosenFor(fitted, reasons[setting.key])}
              unreadBy={isRead(setting.key, defaults.objective) ? null : OBJECTIVES[defaults.objective].name}
              fault={faults[setting.key] ?? null}
            />
          ))}
        </fieldset>
      ))}
    </Dialog>
  );
}

const chosenFor = (model: string, reason: string | undefined): SettingFieldProps["fit"] =>
  reason === undefined ? null : { model, reason };
