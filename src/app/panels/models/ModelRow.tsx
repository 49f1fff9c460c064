/** One model: what it is, what of it is stored, and the one thing to do next. */
import { type ReactNode, useState } from "react";
import type { CatalogEncoder, CatalogModel } from "../../../core/catalog.ts";
import {
  type DownloadPlan,
  type ModelKind,
  modelName,
  planBytes,
  type StoredModel,
  storedModelId,
} from "../../../core/models.ts";
import { takeEmbedder, takeModel } from "../../actions.ts";
import { ConfirmButton } from "../../components/ConfirmButton.tsx";
import { bytes, integer, parameters } from "../../format.ts";
import { type Lab, useLab } from "../../lab.ts";
import { chooseNli, type Draft, useDraftStore } from "../../stores/draftStore.ts";
import { messageOf, removeStored, startDownload, useModelStore } from "../../stores/modelStore.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { MODEL_WORDS } from "../../words.ts";
import { DownloadLine } from "./DownloadLine.tsx";
import { ModelFacts } from "./ModelFacts.tsx";
import { PlanBox } from "./PlanBox.tsx";

export interface ModelRowProps {
  kind: ModelKind;
  model: string; // RunConfig.model, embedder or nli
  entry: CatalogModel | CatalogEncoder | null; // null: not of the list
  stored: StoredModel | null;
}

/** Null while it is not asked for; then the server's answer, or why there is none. */
type Asked = null | "asking" | DownloadPlan | { fault: string };

export function ModelRow({ kind, model, entry, stored }: ModelRowProps): ReactNode {
  const lab = useLab();
  const id = storedModelId(model);
  const { downloads, faults, hub } = useModelStore();
  const [asked, setAsked] = useState<Asked>(null);
  const name = entry?.name ?? modelName(model);
  const running = id !== null && id in downloads;
  const partial = stored !== null && !stored.whole && !running;
  const source = entry?.download
    ? `${entry.download.repository}/${entry.download.file}`
    : (stored?.source ?? null);

  const ask = async () => {
    setAsked("asking");
    try {
      const plan = await lab.models.ask("plan", { source: source!, hub }); // asked for only where there is a source
      if (!partial) return setAsked(plan);
      setAsked(null);
      await startDownload(lab, plan);
    } catch (error) {
      setAsked({ fault: messageOf(error) });
    }
  };
  const fault =
    asked !== null && typeof asked === "object" && "fault" in asked ? asked.fault : id && faults[id];
  const plan = asked !== null && typeof asked === "object" && "id" in asked ? asked : null;
  return (
    <li>
      <div className="model">
        <div>
          <b>{name}</b>
          <small>{describe(entry, stored)}</small>
        </div>
        <div className="acts">
          {(id === null || stored?.whole) && <UseButton kind={kind} model={model} name={name} />}
          {id !== null && !running && plan === null && !stored?.whole && source !== "files" && (
            <button type="button" disabled={asked === "asking"} onClick={() => void ask()}>
              {asked === "asking" ? MODEL_WORDS.asking : partial ? "Resume" : "Download"}
              <span className="hidden"> {name}</span>
            </button>
          )}
          {stored && !running && (
            <ConfirmButton
              label="Delete"
              question={`Delete ${bytes(stored.bytes)}?`}
              of={name}
              onConfirm={() => void removeStored(lab, stored.id)}
            />
          )}
        </div>
      </div>
      {running && <DownloadLine id={id} name={name} />}
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {plan && !running && (
        <PlanBox
          plan={plan}
          onStart={(chosen) => {
            setAsked(null);
            void startDownload(lab, chosen);
          }}
          onClose={() => setAsked(null)}
        />
      )}
      {entry && "shape" in entry && <ModelFacts entry={entry} stored={stored} />}
    </li>
  );
}

const CHOICE = {
  language: { of: ({ model }: Draft) => model, take: takeModel },
  embedder: { of: ({ embedder }: Draft) => embedder, take: takeEmbedder },
  nli: { of: ({ nli }: Draft) => nli, take: (_lab: Lab, nli: string) => chooseNli(nli) },
} as const satisfies Record<ModelKind, unknown>;

function UseButton({
  kind,
  model,
  name,
}: Pick<ModelRowProps, "kind" | "model"> & { name: string }): ReactNode {
  const lab = useLab();
  const { of, take } = CHOICE[kind];
  const chosen = useDraftStore((s) => of(s) === model);
  const active = useRunStore((s) => isActive(labStatus(s)));
  if (chosen)
    return (
      <>
        <span className="chosen">In use</span>
        {kind === "nli" && (
          <button type="button" disabled={active} onClick={() => chooseNli(null)}>
            Do without<span className="hidden"> {name}</span>
          </button>
        )}
      </>
    );
  return (
    <button type="button" className="go" disabled={active} onClick={() => void take(lab, model)}>
      Use<span className="hidden"> {name}</span>
    </button>
  );
}

function describe(entry: ModelRowProps["entry"], stored: StoredModel | null): string {
  const size = stored ? planBytes(stored.files) : (entry?.download?.bytes ?? null);
  const parts = [
    entry && "parameters" in entry && `${parameters(entry.parameters)} parameters`,
    entry && "weights" in entry && entry.weights,
    entry && "dimension" in entry && entry.dimension && `vectors of ${integer(entry.dimension)} numbers`,
    entry && !entry.download
      ? "built in"
      : stored && !stored.whole
        ? `${bytes(stored.bytes)} of ${bytes(size)} here`
        : bytes(size),
    entry?.licence.name ?? stored?.licence,
    stored?.whole && "stored",
  ];
  return parts.filter(Boolean).join(" · ");
}
