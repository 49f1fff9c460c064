/** How far a download is. */
import type { ReactNode } from "react";
import { bytes, duration } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { useModelStore } from "../../stores/modelStore.ts";

export function DownloadLine({ id, name }: { id: string; name: string }): ReactNode {
  const lab = useLab();
  const progress = useModelStore((s) => s.downloads[id] ?? null);
  const { done = 0, of = null, bytesPerSecond = null, secondsLeft = null, note = null } = progress ?? {};
  return (
    <div className="download">
      <progress aria-label={`Download of ${name}`} max={of ?? 1} {...(of !== null && { value: done })} />
      <p>
        <span>
          {progress === null
            ? "starting…"
            : `${bytes(done)} of ${bytes(of)} · ${bytesPerSecond === null ? "measuring the rate" : `${bytes(bytesPerSecond)}/s, ${duration(secondsLeft)} left`}`}
        </span>
        <button type="button" className="link" onClick={() => void lab.models.ask("cancel", { id })}>
          Cancel<span className="hidden"> the download of {name}</span>
        </button>
      </p>
      <p className="hint" aria-live="polite">
        {note ?? ""}
      </p>
    </div>
  );
}
