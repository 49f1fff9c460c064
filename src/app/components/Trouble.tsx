/** An error in three parts, always in this order: what happened, what is safe, what to do next. */
import type { ReactNode } from "react";
import type { ErrorReport } from "../../core/errors.ts";
import type { RunRecord } from "../../core/run.ts";
import { openDialog } from "../stores/viewStore.ts";
import { TROUBLE } from "../words.ts";

export function Trouble({ error, run }: { error: ErrorReport; run: RunRecord | null }): ReactNode {
  const { title, next } = TROUBLE[error.code];
  const safe =
    run === null
      ? "Nothing stored on this machine was touched."
      : run.checkpointId === null
        ? "The run had stored nothing yet; everything else on this machine is untouched."
        : `The run is stored up to cycle ${run.cycle}, update ${run.update}.`;
  return (
    <div className="trouble" role="alert">
      <h2>{title}</h2>
      <p>{error.message}</p>
      <p>
        <b>What is safe.</b> {safe}
      </p>
      <p>
        <b>What next.</b> {next}
        {error.code === "kernel-failed" && (
          <>
            {" "}
            <button type="button" className="link" onClick={() => openDialog("gpu")}>
              Check my GPU
            </button>{" "}
            says which.
          </>
        )}
      </p>
    </div>
  );
}
