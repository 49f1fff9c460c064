/** What is taught to what, and how; the one primary button. */
import type { ReactNode } from "react";
import { catalogModel } from "../../../core/catalog.ts";
import type { RunConfig } from "../../../core/config.ts";
import { modelName } from "../../../core/models.ts";
import { pressPrimary, pressStep, startRun, stopRun } from "../../actions.ts";
import { controlsFor } from "../../controls.ts";
import { integer, parameters, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { methodName, PRESETS, presetById } from "../../presets.ts";
import { useNotReady } from "../../readiness.ts";
import { hrefOf, QUESTIONS_HREF } from "../../route.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import {
  changedSettings,
  checkDraft,
  choosePreset,
  fittedModel,
  useDraftStore,
} from "../../stores/draftStore.ts";
import { isActive, type LabStatus, labStatus, useRunStore } from "../../stores/runStore.ts";
import { openDialog } from "../../stores/viewStore.ts";
import { AdapterDownload } from "./AdapterDownload.tsx";

export function Setup({ canTrain }: { canTrain: boolean }): ReactNode {
  const lab = useLab();
  const run = useRunStore((s) => s.run);
  const status = useRunStore(labStatus);
  const notReady = useNotReady();
  const controls = controlsFor(status, run, notReady);
  return (
    <section className="setup" aria-label="Set-up">
      <ModelPick />
      <KnowledgePicks />
      {isActive(status) && run ? <MethodOfRun config={run.config} status={status} /> : <MethodPick />}
      {canTrain && (
        <>
          <div className="run">
            <button
              type="button"
              className="go"
              disabled={controls.primary.action === "none"}
              onClick={() => pressPrimary(lab)}
            >
              {controls.primary.label}
            </button>
            <button
              type="button"
              disabled={controls.step === "none"}
              onClick={() => pressStep(lab)}
              title="One update, or the phase before it, then pause"
            >
              Step
            </button>
          </div>
          <p className="hint keys">
            {controls.canStop && (
              <button type="button" className="link" onClick={() => stopRun(lab)}>
                Stop and keep
              </button>
            )}
            {controls.canStartNew && (
              <button type="button" className="link" onClick={() => startRun(lab)}>
                Start a new run
              </button>
            )}
            <span>
              <kbd>Space</kbd> runs and pauses, <kbd>→</kbd> steps,{" "}
              <button type="button" className="link" onClick={() => openDialog("shortcuts")}>
                all keys
              </button>
            </span>
          </p>
          <AdapterDownload />
        </>
      )}
    </section>
  );
}

function ModelPick(): ReactNode {
  const { engine, run, failure } = useRunStore();
  const drafted = useDraftStore((s) => s.model);
  const active = useRunStore((s) => isActive(labStatus(s)));
  const model = active && run ? run.config.model : drafted;
  const known = catalogModel(model);
  const size = engine?.model === model ? engine.parameters : known?.parameters;
  const missing = engine === null && failure?.error.code === "not-found";
  return (
    <div className="pick">
      <h2>Model</h2>
      <button type="button" className="link aside" onClick={() => openDialog("models")}>
        choose
      </button>
      <b>{known?.name ?? modelName(model)}</b>
      <small>
        {parameters(size)} parameters ·{" "}
        {missing ? "not here" : known && !known.download ? "built in" : "stored here"} ·{" "}
        <button type="button" className="link" onClick={() => openDialog("about")}>
          about
        </button>
      </small>
    </div>
  );
}

function KnowledgePicks(): ReactNode {
  const { current, indexing, index, error } = useCorpusStore();
  const progress = indexing
    ? `indexing ${indexing.done} of ${indexing.of}`
    : index
      ? `${integer(index.passages)} ${plural(index.passages, "passage")}`
      : "indexing…";
  return (
    <>
      <div className="pick">
        <h2>Knowledge</h2>
        <a href={hrefOf("knowledge")}>open</a>
        <b>{current?.name ?? "Loading…"}</b>
        {current && (
          <small>
            {integer(current.documents.length)} {plural(current.documents.length, "document")} ·{" "}
            {error ? "not indexed" : progress}
          </small>
        )}
        {error && <p className="fault">{error.message}</p>}
      </div>
      {current && (
        <div className="pick">
          <h2>Questions</h2>
          <a href={current.train.length > 0 ? hrefOf("knowledge") : QUESTIONS_HREF}>
            {current.train.length > 0 ? "open" : "make some"}
          </a>
          <b>
            {integer(current.train.length)} to learn, {integer(current.test.length)} to test
          </b>
          <small>
            {current.train.length === 0
              ? "rules make them from your documents, the model checks, you choose"
              : current.twohop.length > 0
                ? `tested in other words, and on ${integer(current.twohop.length)} that need two facts`
                : "tested on wordings it has not seen"}
          </small>
        </div>
      )}
    </>
  );
}

const shape = (config: RunConfig): string =>
  `LoRA rank ${config.r} · ${config.cycles} ${plural(config.cycles, "cycle")} of ${config.updates} ${plural(config.updates, "update")}${config.nli ? " · entailment in the reward" : ""}`;

function MethodPick(): ReactNode {
  const draft = useDraftStore();
  const { config, faults } = checkDraft(draft);
  const changed = changedSettings(draft).length;
  const fitted = fittedModel(draft);
  const wrong = Object.keys(faults).length;
  return (
    <div className="pick">
      <h2 id="method">Method</h2>
      <button type="button" className="link aside" onClick={() => openDialog("settings")}>
        settings{changed > 0 && <span className="dot" role="img" aria-label={`${changed} changed`} />}
      </button>
      <select aria-labelledby="method" value={draft.presetId} onChange={(e) => choosePreset(e.target.value)}>
        {PRESETS.map((p) => (
          <option key={p.id} value={p.id}>
            {p.title}
          </option>
        ))}
      </select>
      <small>{presetById(draft.presetId).says}</small>
      <small>
        {config ? shape(config) : `${wrong} ${plural(wrong, "setting needs", "settings need")} a look`}
        {config && fitted !== null && ` · chosen for ${fitted}`}
        {changed > 0 && ` · ${changed} ${plural(changed, "setting")} changed`}
      </small>
    </div>
  );
}

/** While a run is under way: its own settings, not the draft's. */
function MethodOfRun({ config, status }: { config: RunConfig; status: LabStatus }): ReactNode {
  return (
    <div className="pick">
      <h2>Method</h2>
      <button type="button" className="link aside" onClick={() => openDialog("settings")}>
        settings
      </button>
      <b>{methodName(config)}</b>
      <small>{shape(config)}</small>
      {status === "paused" && <small>Fixed for this run; changes count for the next one.</small>}
    </div>
  );
}
