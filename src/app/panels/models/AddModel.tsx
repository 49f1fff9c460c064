/** A model that is not on the list: by repository or URL, or dropped. */
import { type ChangeEvent, type DragEvent, type FormEvent, type ReactNode, useState } from "react";
import type { DownloadPlan } from "../../../core/models.ts";
import { HUB } from "../../../storage/hub.ts";
import { type DroppedModel, filesOfDrop, sortModelFiles } from "../../droppedModel.ts";
import { useLab } from "../../lab.ts";
import { listStored, messageOf, startDownload, useModelStore } from "../../stores/modelStore.ts";
import { MODEL_WORDS } from "../../words.ts";
import { PlanBox } from "./PlanBox.tsx";

export function AddModel(): ReactNode {
  const lab = useLab();
  const hub = useModelStore((s) => s.hub);
  const [source, setSource] = useState("");
  const [busy, setBusy] = useState<string | null>(null); // what is under way
  const [plan, setPlan] = useState<DownloadPlan | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  const attempt = async (what: string, work: () => Promise<void>) => {
    setBusy(what);
    setFault(null);
    setPlan(null);
    try {
      await work();
    } catch (error) {
      setFault(messageOf(error));
    }
    setBusy(null);
  };
  const look = (event: FormEvent) => {
    event.preventDefault();
    void attempt(MODEL_WORDS.asking, async () =>
      setPlan(await lab.models.ask("plan", { source: source.trim(), hub })),
    );
  };
  const keep = (all: readonly File[], folder: string | null = null) => {
    const taken = useModelStore.getState().models?.map(({ id }) => id) ?? [];
    const { name, files }: DroppedModel = sortModelFiles(all, folder, taken);
    if (all.length === 0) return;
    void attempt(`Copying ${name}…`, async () => {
      await lab.models.ask("keep", { id: name, files });
      await listStored(lab);
    });
  };
  return (
    <section className="add-model" aria-labelledby="add-model">
      <h4 id="add-model" className="eyebrow">
        {MODEL_WORDS.another}
      </h4>
      <form onSubmit={look}>
        <label className="source">
          <span className="hidden">{MODEL_WORDS.source}</span>
          <input
            value={source}
            placeholder={MODEL_WORDS.source}
            spellCheck={false}
            autoCapitalize="off"
            aria-describedby="source-hint"
            onChange={(e) => setSource(e.target.value)}
          />
        </label>
        <button type="submit" disabled={source.trim() === "" || busy !== null}>
          Look up
        </button>
      </form>
      <p className="hint" id="source-hint">
        {MODEL_WORDS.sourceHint}
      </p>
      {plan && (
        <PlanBox
          plan={plan}
          onStart={(chosen) => {
            setPlan(null);
            setSource("");
            void startDownload(lab, chosen);
          }}
          onClose={() => setPlan(null)}
        />
      )}
      <DropModel onFiles={keep} onFault={setFault} />
      <p aria-live="polite">{busy ?? ""}</p>
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      <details>
        <summary>Where repositories are looked up</summary>
        <label className="mirror">
          <span className="eyebrow">Address of the hub or of a mirror</span>
          <input
            defaultValue={hub}
            spellCheck={false}
            onBlur={(e) => useModelStore.setState({ hub: e.target.value.trim() || HUB })}
          />
        </label>
      </details>
    </section>
  );
}

interface DropModelProps {
  onFiles(files: readonly File[], folder?: string | null): void;
  onFault(message: string): void;
}

function DropModel({ onFiles, onFault }: DropModelProps): ReactNode {
  const [over, setOver] = useState(false);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    filesOfDrop(event.dataTransfer).then(
      ({ files, folder }) => onFiles(files, folder),
      (error) => onFault(messageOf(error)),
    );
  };
  const chosen = (event: ChangeEvent<HTMLInputElement>) => {
    onFiles([...(event.target.files ?? [])]);
    event.target.value = ""; // the same file again is a change again
  };
  return (
    <div className="drop-zone">
      <label
        className={over ? "over" : undefined}
        onDragOver={(e) => {
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <b>{MODEL_WORDS.drop}</b>
        <small>{MODEL_WORDS.dropHint}</small>
        <input type="file" multiple accept=".gguf,.safetensors,.json,.jinja" onChange={chosen} />
      </label>
      <p className="choose-folder">
        <label>
          Choose a folder instead
          <input type="file" ref={asFolder} onChange={chosen} />
        </label>
      </p>
    </div>
  );
}

/** React knows no such attribute; without it a folder cannot be chosen. */
const asFolder = (input: HTMLInputElement | null): void => input?.setAttribute("webkitdirectory", "");
