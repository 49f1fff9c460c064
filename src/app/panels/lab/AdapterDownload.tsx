import { type ReactNode, useState } from "react";
import type { AdapterFormat } from "../../../core/messages.ts";
import { type CycleRow, KEPT_BY, type RunRecord } from "../../../core/run.ts";
import { zip } from "../../../core/zip.ts";
import { download } from "../../download.ts";
import { bytes } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { hasAdapter, labStatus, usedCycle, useRunStore } from "../../stores/runStore.ts";

/** The trained adapter as files; there is one as soon as a checkpoint is stored. */
export function AdapterDownload(): ReactNode {
  const run = useRunStore((s) => s.run);
  const status = useRunStore(labStatus);
  if (run === null || !hasAdapter(run) || status === "preparing" || status === "finished") return null;
  return (
    <div className="pick adapter">
      <h2>Adapter</h2>
      <AdapterButtons run={run} />
    </div>
  );
}

const FORMATS: readonly { format: AdapterFormat; says: string; name: string }[] = [
  { format: "peft", says: "for PEFT", name: "adapter" },
  { format: "gguf", says: "for llama.cpp", name: "lora" },
  { format: "merged", says: "merged into the model", name: "merged" },
];

/** A button a form: two files of PEFT's in a .zip, llama.cpp's one, or a whole model's folder in a .zip. */
export function AdapterButtons({ run }: { run: RunRecord }): ReactNode {
  const { train } = useLab();
  const cycles = useRunStore((s) => s.cycles);
  const [busy, setBusy] = useState<AdapterFormat | null>(null);
  const [says, setSays] = useState<string | null>(null);
  if (train === null) return null;

  const save = async (format: AdapterFormat, name: string) => {
    setBusy(format);
    setSays(null);
    try {
      const files = await train.ask("export", { runId: run.id, format });
      const [only] = files;
      const bare = format === "gguf" && only ? only.content : null;
      const content = bare ?? (await zip(files));
      const stem = `closed-book-${name}-${run.id.slice(0, 8)}`;
      download(`${stem}.${bare ? "gguf" : "zip"}`, content.type || "application/octet-stream", content);
      setSays(`${bare ? stem : files.map((f) => f.name).join(", ")}: ${bytes(content.size)}`);
    } catch (error) {
      setSays(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(null);
    }
  };
  return (
    <div className="forms">
      Download the adapter{" "}
      {FORMATS.map(({ format, says, name }, i) => (
        <span key={format}>
          {i > 0 && " · "}
          <button
            type="button"
            className="link"
            aria-label={`Download the adapter ${says}`}
            disabled={busy !== null}
            onClick={() => void save(format, name)}
          >
            {busy === format ? "packing…" : says}
          </button>
        </span>
      ))}{" "}
      <small aria-live="polite">{says ?? sayUsed(run, cycles)}</small>
    </div>
  );
}

/** Of which cycle it is, and why where that is not the last. */
function sayUsed(run: RunRecord, cycles: readonly CycleRow[]): string {
  const by = run.label?.use;
  const said = `as after cycle ${usedCycle(run, cycles)}`;
  return by ? `${said}, the best by ${KEPT_BY[by]}` : said;
}
