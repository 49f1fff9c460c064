/** What would be fetched, from where, how large, under which licence: asked before the first byte. */
import { type ReactNode, useState } from "react";
import { type DownloadPlan, planBytes } from "../../../core/models.ts";
import { pickFile } from "../../../storage/hub.ts";
import { bytes, plural } from "../../format.ts";
import { MODEL_WORDS } from "../../words.ts";

export interface PlanBoxProps {
  plan: DownloadPlan;
  onStart(plan: DownloadPlan): void;
  onClose(): void;
}

const WHOLE = ""; // the choice that stands for the repository's safetensors

export function PlanBox({ plan, onStart, onClose }: PlanBoxProps): ReactNode {
  const [picked, setPicked] = useState(plan.files.length > 0 ? WHOLE : (plan.choices[0]?.name ?? WHOLE));
  const choice = plan.choices.find(({ name }) => name === picked);
  const chosen = choice ? pickFile(plan, choice) : plan;
  const size = planBytes(chosen.files);
  const host = new URL(chosen.files[0]!.url).host;
  const hashed = chosen.files.some(({ sha256 }) => sha256 !== null);
  return (
    <div className="plan">
      {plan.choices.length > 0 && (
        <label>
          <span className="eyebrow">File</span>
          <select value={picked} onChange={(e) => setPicked(e.target.value)}>
            {plan.files.length > 0 && (
              <option value={WHOLE}>safetensors, {bytes(planBytes(plan.files))}</option>
            )}
            {plan.choices.map(({ name, size: its }) => (
              <option key={name} value={name}>
                {name}, {bytes(its)}
              </option>
            ))}
          </select>
        </label>
      )}
      <p>
        <b>{size === null ? MODEL_WORDS.sizeUnknown : bytes(size)}</b> in {chosen.files.length}{" "}
        {plural(chosen.files.length, "file")} from {host}
        {chosen.licence === null ? ", licence not stated" : `, licence ${chosen.licence}`};{" "}
        {hashed ? "checked by its SHA-256" : "no SHA-256 is published, so it is not checked"}.
      </p>
      {chosen.gated && <p className="hint">{MODEL_WORDS.gated}</p>}
      <div className="run">
        <button type="button" className="go" onClick={() => onStart(chosen)}>
          Download{size === null ? "" : ` ${bytes(size)}`}
        </button>
        <button type="button" onClick={onClose}>
          Not now
        </button>
      </div>
    </div>
  );
}
