/** Which adapter of a run answers and leaves: the last, or the best by a measure. */
import { type ReactNode, useId } from "react";
import { bestCycle, type CycleRow, KEPT_BY, type KeptBy, type RunRecord } from "../../../core/run.ts";
import { percent } from "../../format.ts";

export interface AdapterUsedProps {
  run: RunRecord;
  cycles: readonly CycleRow[];
  busy: boolean; // under way: then it is the adapter as it is now
  onUse(use: KeptBy | null): void;
}

export function AdapterUsed({ run, cycles, busy, onUse }: AdapterUsedProps): ReactNode {
  const id = useId();
  const measured = (Object.keys(KEPT_BY) as KeptBy[]).flatMap((by) => {
    const row = bestCycle(cycles, by);
    return row && row[by] !== null ? [{ by, row }] : [];
  });
  const use = run.label?.use ?? null;
  if (use === null && measured.every(({ row }) => row.cycle === run.cycle)) return null; // nothing to choose
  return (
    <fieldset className="run-used" disabled={busy}>
      <legend>The adapter that is asked and saved</legend>
      <label>
        <input type="radio" name={id} defaultChecked={use === null} onChange={() => onUse(null)} /> the last,
        after cycle {run.cycle}
      </label>
      {measured.map(({ by, row }) => (
        <label key={by}>
          <input type="radio" name={id} defaultChecked={use === by} onChange={() => onUse(by)} /> best by{" "}
          {KEPT_BY[by]}: cycle {row.cycle}, {percent(row[by])}
        </label>
      ))}
      {use !== null && (
        <small>
          Chosen by the very questions it is measured with, so that figure flatters it a little. A fair one
          needs questions that had no part in the choice.
        </small>
      )}
      {busy && <small>While the run is under way it is the adapter as it is now.</small>}
    </fieldset>
  );
}
