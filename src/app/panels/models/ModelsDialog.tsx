/** Choosing the model: the list with what is stored of it, other repositories and URLs, dropped files, the space it all takes. */
import { type ReactNode, useEffect, useState } from "react";
import { CATALOG, ENCODERS } from "../../../core/catalog.ts";
import { kindOf, type ModelKind, storedModel, storedModelId } from "../../../core/models.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { bytes } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { listStored, messageOf, useModelStore } from "../../stores/modelStore.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { openDialog } from "../../stores/viewStore.ts";
import { MODEL_WORDS } from "../../words.ts";
import { AddModel } from "./AddModel.tsx";
import { ModelRow } from "./ModelRow.tsx";

const LISTS = {
  language: CATALOG,
  embedder: ENCODERS.filter(({ kind }) => kind === "embedder"),
  nli: ENCODERS.filter(({ kind }) => kind === "nli"),
} as const;
const LISTED: ReadonlySet<string> = new Set([...CATALOG, ...ENCODERS].map(({ model }) => model));

export function ModelsDialog(): ReactNode {
  const lab = useLab();
  const { models, downloads } = useModelStore();
  const active = useRunStore((s) => isActive(labStatus(s)));
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    listStored(lab).catch((error) => setFault(messageOf(error)));
  }, [lab]);

  const own = new Set([...(models ?? []).map(({ id }) => id), ...Object.keys(downloads)]);
  const others = [...own].map(storedModel).filter((model) => !LISTED.has(model));
  const storedOf = (model: string) => models?.find(({ id }) => id === storedModelId(model)) ?? null;
  const kindOfOwn = (model: string): ModelKind => {
    const stored = storedOf(model);
    return stored ? kindOf(stored) : "language";
  };
  const rows = (kind: ModelKind) => (
    <ul className="models">
      {LISTS[kind].map((entry) => (
        <ModelRow
          key={entry.model}
          kind={kind}
          model={entry.model}
          entry={entry}
          stored={storedOf(entry.model)}
        />
      ))}
      {others
        .filter((model) => kindOfOwn(model) === kind)
        .map((model) => (
          <ModelRow key={model} kind={kind} model={model} entry={null} stored={storedOf(model)} />
        ))}
    </ul>
  );
  return (
    <Dialog title="Models" wide onClose={() => openDialog(null)}>
      <p className="lead">{MODEL_WORDS.intro}</p>
      {active && <p className="notice">{MODEL_WORDS.active}</p>}
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {rows("language")}
      <AddModel />
      <h3>Search</h3>
      <p className="hint">{MODEL_WORDS.embedders}</p>
      {rows("embedder")}
      <h3>Judging explanations</h3>
      <p className="hint">{MODEL_WORDS.judges}</p>
      {rows("nli")}
      <Space />
    </Dialog>
  );
}

/** What is used, of how much, and whether the browser will keep it. */
function Space(): ReactNode {
  const space = useModelStore((s) => s.space);
  const stored = useModelStore((s) => s.models?.reduce((sum, model) => sum + model.bytes, 0));
  return (
    <p className="space">
      <b>{bytes(stored)}</b> of models; this page uses {bytes(space?.used)} of the {bytes(space?.quota)} the
      browser allows it. {space?.persisted === true && "It keeps them even when the disk is full."}
      {space?.persisted === false && "When the disk is full it may delete them; a download asks it not to."}
    </p>
  );
}
