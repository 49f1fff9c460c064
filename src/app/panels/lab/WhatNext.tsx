/** After the last cycle: what to look at and what to try, by what the run was. */
import { lazy, type ReactNode, Suspense } from "react";
import { extendRun, labelRun, startRun } from "../../actions.ts";
import { useLab } from "../../lab.ts";
import { hrefOf } from "../../route.ts";
import { changeSetting, choosePreset, draftFrom, useDraftStore } from "../../stores/draftStore.ts";
import { hasAdapter, useRunStore } from "../../stores/runStore.ts";
import { useViewStore } from "../../stores/viewStore.ts";
import { AdapterUsed } from "../runs/AdapterUsed.tsx";
import { GoOn } from "../runs/GoOn.tsx";
import { ShareLink } from "../runs/ShareLink.tsx";
import { StorageLine } from "../runs/StorageLine.tsx";
import { AdapterButtons } from "./AdapterDownload.tsx";
import type { Shown } from "./shown.ts";

const RunCode = lazy(async () => ({ default: (await import("../lessons/class/RunCode.tsx")).RunCode }));

export function WhatNext({ shown }: { shown: Shown }): ReactNode {
  const lab = useLab();
  const run = useRunStore((s) => s.run);
  const { set, index, measure } = useViewStore();
  const { config } = shown;
  if (config === null) return null;
  const explained = shown.cycles.some((row) => row.closed_response !== null);

  const compare = () => {
    const [rewarded, imitated] =
      config.answers === "both" ? ["credit", "sft-both"] : ["rlag-options", "sft-options"];
    choosePreset(config.objective === "sft" ? rewarded : imitated);
    startRun(lab);
  };
  const otherSeed = () => {
    useDraftStore.setState(draftFrom(config));
    changeSetting("seed", config.seed + 1);
    startRun(lab);
  };
  return (
    <section className="what-next" aria-labelledby="what-next">
      <h2 id="what-next">Finished. What to try next</h2>
      <ul>
        {run && hasAdapter(run) && (
          <li>
            <AdapterButtons run={run} />
          </li>
        )}
        {run?.checkpointId && shown.cycles.length > 2 && (
          <li>
            <AdapterUsed
              run={run}
              cycles={shown.cycles}
              busy={false}
              onUse={(use) => void labelRun(lab, run.id, { use })}
            />
          </li>
        )}
        {run?.checkpointId && (
          <li>
            <GoOn config={config} onGo={(more) => void extendRun(lab, run.id, more)} />
          </li>
        )}
        {explained && (
          <li>
            <button
              type="button"
              className="link"
              onClick={() => useViewStore.setState({ measure: "explanations" })}
            >
              See whether its explanations hold up
            </button>{" "}
            with the book closed, not just its answers.
          </li>
        )}
        <li>
          <button type="button" className="link" onClick={compare}>
            Run {config.objective === "sft" ? "the rewarded method" : "plain fine-tuning (SFT)"}
          </button>{" "}
          on the same questions, then lay both over each other on the <a href={hrefOf("runs")}>Runs</a> page.
        </li>
        <li>
          <button type="button" className="link" onClick={otherSeed}>
            Repeat with another seed
          </button>
          : how much of this was luck?
        </li>
        <li>
          <a href={hrefOf("knowledge")}>Bring your own documents</a>; they stay on this machine.
        </li>
        <li>
          <ShareLink config={config} view={{ question: { set, index }, measure }} />: whoever opens it has
          this set-up.
        </li>
        <li>
          <Suspense>
            <RunCode config={config} rows={shown.cycles} />
          </Suspense>
        </li>
      </ul>
      <StorageLine changed={run?.id} />
    </section>
  );
}
