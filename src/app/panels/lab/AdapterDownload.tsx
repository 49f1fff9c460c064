import { type ReactNode, useState } from "react";
import type { RunRecord } from "../../../core/run.ts";
import { download } from "../../download.ts";
import { bytes } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { labStatus, useRunStore } from "../../stores/runStore.ts";
import { zip } from "../../zip.ts";

/** The trained adapter as a PEFT folder in a .zip; there is one as soon as a checkpoint is stored. */
export function AdapterDownload(): ReactNode {
  const run = useRunStore((s) => s.run);
  const status = useRunStore(labStatus);
  if (!run?.checkpointId || status === "preparing" || status === "finished") return null;
  return (
    <div className="pick adapter">
      <h2>Adapter</h2>
      <AdapterButton run={run} />
    </div>
  );
}

export function AdapterButton({ run }: { run: RunRecord }): ReactNode {
  const { train } = useLab();
  const [state, setState] = useState<{ busy: boolean; says: string | null }>({ busy: false, says: null });
  if (train === null) return null;

  const save = async () => {
    setState({ busy: true, says: null });
    try {
      const files = await train.exportAdapter({ runId: run.id });
      const archive = zip(files);
      download(`closed-book-adapter-${run.id.slice(0, 8)}.zip`, "application/zip", archive);
      setState({ busy: false, says: `${files.map((f) => f.name).join(", ")}: ${bytes(archive.byteLength)}` });
    } catch (error) {
      setState({ busy: false, says: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <>
      <button type="button" className="link" disabled={state.busy} onClick={save}>
        {state.busy ? "Packing…" : "Download the adapter"}
      </button>{" "}
      <small aria-live="polite">{state.says ?? `in PEFT's format, as after cycle ${run.cycle}`}</small>
    </>
  );
}
