/** How much the adapter changes each matrix, layer by layer, at the cycles it is kept of. */
import { type ReactNode, useEffect, useState } from "react";
import type { AdapterNorms } from "../../../core/messages.ts";
import { LinesPlot } from "../../charts/LinesPlot.tsx";
import type { Axis } from "../../charts/plane.ts";
import { integerTicks, roundTicks } from "../../charts/scale.ts";
import { compact, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";

type Step = AdapterNorms["steps"][number];

const DASHES: Readonly<Record<string, string>> = {
  q_proj: "none",
  k_proj: "8 3",
  v_proj: "2 3",
  o_proj: "8 3 2 3",
  gate_proj: "4 3",
  up_proj: "1 4",
  down_proj: "6 2 1 2",
};

export interface NormsViewProps {
  runId: string;
  cycle: number; // asked again when there is a newer one
  title: string;
}

export function NormsView({ runId, cycle, title }: NormsViewProps): ReactNode {
  const { train } = useLab();
  const [found, setFound] = useState<AdapterNorms | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [chosen, choose] = useState<number | null>(null); // null: the latest
  useEffect(() => {
    void cycle;
    let over = false;
    setFault(null);
    train?.ask("norms", { runId }).then(
      (norms) => over || setFound(norms),
      (error: unknown) => over || setFault(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      over = true;
    };
  }, [train, runId, cycle]);
  if (fault !== null)
    return (
      <p className="fault" role="alert">
        {fault}
      </p>
    );
  if (found === null) return <p className="hint">Reading the adapter…</p>;
  if (found.steps.length === 0) return <p className="hint">No adapter is stored of this run yet.</p>;

  const last = found.steps.length - 1;
  const at = Math.min(chosen ?? last, last);
  const step = found.steps[at]!;
  const layers = step.norms.map((_, layer) => layer);
  const lines = found.modules.map((module, m) => ({
    name: module.replace("_proj", ""),
    tone: "closed" as const,
    dash: DASHES[module] ?? "none",
    values: step.norms.map((row) => row[m] ?? null),
  }));
  const most = Math.max(0, ...step.norms.flat().filter((value) => value !== null));
  const says = `After ${nameOf(step)} the adapter as a whole adds ‖ΔW‖ = ${compact(whole(step))}, most to ${largest(step, found.modules)}.`;
  const deepest = layers.length - 1;
  const x: Axis = {
    domain: [0, Math.max(1, deepest)],
    ticks: (n) => integerTicks(deepest, n).map((layer) => ({ at: layer, says: String(layer) })),
    title: "layer",
  };
  const top = most > 0 ? most : 1;
  const y: Axis = {
    domain: [0, top],
    ticks: (n) => roundTicks(top, Math.min(n, 6)).map((norm) => ({ at: norm, says: compact(norm) })),
    title: null,
  };
  return (
    <div className="norms">
      {last > 0 && (
        <p className="heat-cycle">
          <label>
            after <b>{nameOf(step)}</b>{" "}
            <input
              type="range"
              aria-label="Of when the adapter is"
              aria-valuetext={nameOf(step)}
              min={0}
              max={last}
              value={at}
              onChange={(event) => choose(Number(event.target.value))}
            />
          </label>
        </p>
      )}
      <p aria-live="polite">{says}</p>
      <LinesPlot
        title={`How much the adapter adds to each matrix, ${title}`}
        says={says}
        caption={`‖ΔW‖ = scaling · ‖B·A‖ (Frobenius) by layer and kind of matrix, after ${nameOf(step)}.`}
        x={x}
        y={y}
        columns={layers}
        columnName={(i) => `layer ${layers[i]}`}
        lines={lines}
        say={compact}
        tableLabel="Norms by layer"
      />
      <p className="hint">
        Of each matrix the size of what is added to it, scaling · ‖B·A‖. At the start it is 0. What is stored
        of a run is its newest adapter and those of its best cycles: {found.steps.length}{" "}
        {plural(found.steps.length, "adapter")} here
        {last > 0 &&
          `, as a whole ${found.steps.map((one) => `${compact(whole(one))} after ${nameOf(one)}`).join(", ")}`}
        .
      </p>
    </div>
  );
}

const nameOf = ({ cycle, update }: Step): string => (update === null ? `cycle ${cycle}` : `update ${update}`);

/** The norm of all that is added, matrices side by side. */
const whole = ({ norms }: Step): number => Math.hypot(...norms.flat().map((value) => value ?? 0));

function largest({ norms }: Step, modules: readonly string[]): string {
  let best = { value: Number.NEGATIVE_INFINITY, says: "" };
  for (const [layer, row] of norms.entries())
    for (const [m, value] of row.entries())
      if (value !== null && value > best.value) {
        const says = `${modules[m]!.replace("_proj", "")} of layer ${layer} (${compact(value)})`;
        best = { value, says };
      }
  return best.says;
}
