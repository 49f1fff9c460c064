/** The runs of a step: as far as is known before the prediction, and all of it, to be walked through, after. */
import { type ReactNode, useState } from "react";
import { GapPlot } from "../../charts/GapPlot.tsx";
import { gapTwin } from "../../charts/gapTwin.tsx";
import { day } from "../../format.ts";
import { resultSentence } from "../../sentence.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { Inspector } from "../lab/Inspector.tsx";
import { heldOut, shownRecording } from "../lab/shown.ts";
import type { Plot } from "./lesson.ts";

export interface StepPlotsProps {
  plots: readonly Plot[];
  own: boolean; // runs of this browser, not recorded ones
  revealed: boolean;
}

export function StepPlots({ plots, own, revealed }: StepPlotsProps): ReactNode {
  const last = Math.max(0, ...plots.map(({ to }) => to));
  const [cycle, setCycle] = useState(last);
  return (
    <div className={plots.length > 1 ? "step-plots two" : "step-plots"}>
      {plots.map((plot) => (
        <OnePlot
          key={`${plot.title} ${plot.measure}`}
          plot={plot}
          own={own}
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
      {revealed && <Questions plots={plots} cycle={cycle} />}
    </div>
  );
}

/** The questions of the step's last run one by one, where they are on the table. */
function Questions({ plots, cycle }: { plots: readonly Plot[]; cycle: number }): ReactNode {
  const [open, setOpen] = useState(false);
  const corpus = useCorpusStore((s) => s.current);
  const run = plots.at(-1)?.run;
  if (!run || !corpus || corpus.id !== run.config.data) return null;
  const asked = run.answers.at(-1)?.closed_test.length;
  const same = asked === Math.min(corpus.test.length, run.config.questions ?? corpus.test.length);
  if (!same || run.note !== null) return null; // the note says that it is of another edition
  return (
    <details className="step-questions" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>Question by question</summary>
      {open && <Inspector shown={shownRecording(run, cycle)} />}
    </details>
  );
}

function OnePlot({ plot, own, cycle }: { plot: Plot; own: boolean; cycle: number }): ReactNode {
  const { run, measure, title, hides } = plot;
  const shown = shownRecording(run, cycle);
  const rows = hides ? shown.cycles.map((row) => ({ ...row, closed_test: null })) : shown.cycles;
  const questions = heldOut(shown, measure, null);
  const says = resultSentence(rows, measure, questions)?.text ?? "Nothing is shown before the prediction.";
  return (
    <div>
      <p className="hint">
        {measure === "answers" ? "Answers" : "Explanations"} of {own ? "your run" : "a recorded run"}: {title}{" "}
        · {run.gpuAdapter}, {day(Date.parse(run.date))}
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
