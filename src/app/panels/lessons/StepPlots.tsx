/** The recorded runs of a step: as far as is known before the prediction, and all of it, to be walked through, after. */
import { type ReactNode, useState } from "react";
import { GapPlot } from "../../charts/GapPlot.tsx";
import { gapTwin } from "../../charts/gapTwin.tsx";
import { day } from "../../format.ts";
import { resultSentence } from "../../sentence.ts";
import { heldOut, shownRecording } from "../lab/shown.ts";
import type { Plot } from "./lesson.ts";

export function StepPlots({ plots, revealed }: { plots: readonly Plot[]; revealed: boolean }): ReactNode {
  const last = Math.max(0, ...plots.map(({ to }) => to));
  const [cycle, setCycle] = useState(last);
  return (
    <div className={plots.length > 1 ? "step-plots two" : "step-plots"}>
      {plots.map((plot) => (
        <OnePlot
          key={`${plot.title} ${plot.measure}`}
          plot={plot}
          cycle={revealed ? Math.min(plot.to, cycle) : plot.from}
        />
      ))}
      {revealed && last > 0 && (
        <label className="walk-cycles">
          cycle {cycle} of {last}
          <input
            type="range"
            min={0}
            max={last}
            value={cycle}
            onChange={(e) => setCycle(Number(e.target.value))}
          />
        </label>
      )}
    </div>
  );
}

function OnePlot({ plot, cycle }: { plot: Plot; cycle: number }): ReactNode {
  const { run, measure, title, hides } = plot;
  const shown = shownRecording(run, cycle);
  const rows = hides ? shown.cycles.map((row) => ({ ...row, closed_test: null })) : shown.cycles;
  const questions = heldOut(shown, measure, null);
  const says = resultSentence(rows, measure, questions)?.text ?? "Nothing is shown before the prediction.";
  return (
    <div>
      <p className="hint">
        {measure === "answers" ? "Answers" : "Explanations"} of a recorded run: {title} · {run.gpuAdapter},{" "}
        {day(Date.parse(run.date))}
        {run.note && `, ${run.note}`}
      </p>
      <GapPlot
        rows={rows}
        measure={measure}
        cycles={run.config.cycles}
        questions={questions}
        baselines={hides || cycle < 0 ? null : run.baselines}
        extraLines={false}
        elsewhere={false}
        faint={false}
        title={`${title}, ${measure}`}
        says={says}
        twin={gapTwin(rows, heldOut(shown, "answers", null), run.baselines)}
      />
    </div>
  );
}
