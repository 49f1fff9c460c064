/** What others and we have measured. Every number has its source beside it; none is the page's own. */

import type { ReactNode } from "react";
import { Scroll } from "../../components/Scroll.tsx";
import archiveRuns from "./archiveRuns.json" with { type: "json" };

/** This engine on the bundled archive, archive preset, after 8 cycles; made by test/bench/armsTable.mjs from whole runs. */
const NAMES: Record<string, string> = {
  credit: "Credit, both forms",
  "sft-both": "SFT, both forms",
  "rlag-response": "RLAG with explanations",
  "sft-response": "SFT with gold explanations",
  rlag: "RLAG, brief answers",
  sft: "SFT, brief answers",
  cpt: "CPT",
  "rlag-paper": "RLAG, published loss",
};

const percent = (value: number | null) => (value === null ? "—" : Math.round(value));

/** Nie et al. 2025, Current Events, accuracy in per cent; binomial standard error 3.9 points. */
const PUBLISHED = [
  { model: "Qwen2-7B", base: 25.3, sft: 32.1, cpt: 27.2, both: 34.6, rlag: 48.8 },
  { model: "Llama-3.1-8B", base: 30.2, sft: 34.0, cpt: 29.6, both: 35.8, rlag: 54.9 },
  { model: "Llama-3.2-3B", base: 23.5, sft: 25.9, cpt: 22.8, both: 27.2, rlag: 37.0 },
] as const;

export function Expectations(): ReactNode {
  return (
    <>
      <p>
        In the paper, yes, by wide margins. On the built-in model, not by answers alone: given the answer key,
        plain fine-tuning (SFT) learns brief answers at least as well. What RLAG adds there is that it needs
        no explanations to imitate: it earns its own. Whether they teach as well as gold ones is measured
        below.
      </p>
      <Scroll label="This engine on the archive">
        <table>
          <caption>
            This engine on the archive’s {archiveRuns.edition} edition, after 8 cycles, on a software adapter,
            %; means over the seeds run. Before training: closed {percent(archiveRuns.before.closed)}, open{" "}
            {percent(archiveRuns.before.open)}, explained {percent(archiveRuns.before.explained)}, elsewhere{" "}
            {percent(archiveRuns.before.elsewhere)}. A dash was not run. Elsewhere: explanations, book open,
            of an archive never trained on.
          </caption>
          <thead>
            <tr>
              <th scope="col">method</th>
              <th scope="col">seeds</th>
              <th scope="col">closed</th>
              <th scope="col">open</th>
              <th scope="col">explained, closed</th>
              <th scope="col">elsewhere</th>
            </tr>
          </thead>
          <tbody>
            {archiveRuns.runs.map((row) => (
              <tr key={row.run}>
                <th scope="row">{NAMES[row.run]}</th>
                <td>{row.seeds}</td>
                <td className="closed">{percent(row.closed)}</td>
                <td className="open">{percent(row.open)}</td>
                <td>{percent(row.explained)}</td>
                <td className="elsewhere">{percent(row.elsewhere)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Scroll label="Published results">
        <table>
          <caption>
            As published (Nie et al. 2025), Current Events, accuracy in %; standard error 3.9 points.
          </caption>
          <thead>
            <tr>
              <th scope="col">model</th>
              <th scope="col">before</th>
              <th scope="col">SFT</th>
              <th scope="col">CPT</th>
              <th scope="col">CPT, then SFT</th>
              <th scope="col">RLAG</th>
            </tr>
          </thead>
          <tbody>
            {PUBLISHED.map((row) => (
              <tr key={row.model}>
                <th scope="row">{row.model}</th>
                <td>{row.base.toFixed(1)}</td>
                <td>{row.sft.toFixed(1)}</td>
                <td>{row.cpt.toFixed(1)}</td>
                <td>{row.both.toFixed(1)}</td>
                <td>{row.rlag.toFixed(1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
