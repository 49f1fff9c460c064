/** The comparison as a page to print: everything said, nothing to move. */
import { type ReactNode, useState } from "react";
import { Scroll } from "../../components/Scroll.tsx";
import { corpusName } from "../../corpora.ts";
import { DASH, day, integer } from "../../format.ts";
import { runName } from "../../presets.ts";
import { hrefOf } from "../../route.ts";
import { useRunStore } from "../../stores/runStore.ts";
import { Compare } from "./Compare.tsx";
import { useCompared } from "./useCompared.ts";

export function ReportPage(): ReactNode {
  const cycles = useRunStore((s) => s.cycles.length);
  const [fault, setFault] = useState<string | null>(null);
  const runs = useCompared(cycles, setFault);
  return (
    <main className="page report">
      <header>
        <h1>Report</h1>
        <p>
          {day(Date.now())} · Closed Book, trained in this browser.{" "}
          <span className="report-acts">
            <a href={hrefOf("runs")}>Back to the runs</a>{" "}
            <button type="button" className="link" onClick={() => window.print()}>
              Print
            </button>
          </span>
        </p>
      </header>
      {fault !== null && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {runs.length === 0 ? (
        <p className="empty">
          Nothing is chosen. <a href={hrefOf("runs")}>Choose runs to compare</a> first.
        </p>
      ) : (
        <>
          <Compare runs={runs} print />
          <h2>Runs</h2>
          <Scroll label="Runs of the report">
            <table>
              <thead>
                <tr>
                  {["run", "about", "seed", "begun", "cycles", "GPU"].map((heading) => (
                    <th key={heading} scope="col">
                      {heading}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {runs.map(({ run }) => (
                  <tr key={run.id}>
                    <th scope="row">{runName(run)}</th>
                    <td>{corpusName(run.config.data)}</td>
                    <td>{run.config.seed}</td>
                    <td>{day(run.createdAt)}</td>
                    <td>
                      {integer(run.cycle)} of {integer(run.config.cycles)}
                    </td>
                    <td>{run.gpuAdapter ?? DASH}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          <p className="hint">
            Intervals are at 95 %: of a difference a bootstrap over seeds and questions, of a mean Student’s t
            over seeds. A dash was not measured.
          </p>
        </>
      )}
    </main>
  );
}
