/** The first screen: what this is, the set-up, the gap, one question. */
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useHeld } from "../../held.ts";
import { useLab } from "../../lab.ts";
import { loadRecordedRuns, type RecordedRun } from "../../recorded.ts";
import { checkDraft, useDraftStore } from "../../stores/draftStore.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { useViewStore } from "../../stores/viewStore.ts";
import { Ask } from "./Ask.tsx";
import { CyclePicture } from "./CyclePicture.tsx";
import { Headline } from "./Headline.tsx";
import { Inspector } from "./Inspector.tsx";
import { Notices } from "./Notices.tsx";
import { NoWebGpu } from "./NoWebGpu.tsx";
import { Result } from "./Result.tsx";
import { Setup } from "./Setup.tsx";
import { type Shown, shownRecording, shownRun } from "./shown.ts";
import { useReplay } from "./useReplay.ts";

const HeldNotice = lazy(async () => ({ default: (await import("./HeldNotice.tsx")).HeldNotice }));

export function LabPage(): ReactNode {
  const { train } = useLab();
  const state = useRunStore();
  const draft = useDraftStore();
  const [recordings, setRecordings] = useState<readonly RecordedRun[]>([]);
  useEffect(() => {
    loadRecordedRuns().then(setRecordings, () => setRecordings([]));
  }, []);
  const [chosen, setChosen] = useState(0);
  const recorded = state.runId === null ? (recordings[chosen] ?? null) : null;
  const replay = useReplay(recorded);
  const present = useViewStore((s) => s.present);

  // What a run trained is what its plot shows first.
  const choose = (recording: number) => {
    setChosen(recording);
    const measure = recordings[recording]?.config.answers === "response" ? "explanations" : "answers";
    useViewStore.setState({ measure });
  };

  const shown: Shown = state.runId === null ? shownRecording(recorded, replay.cycle) : shownRun(state);
  const code = state.failure?.error.code;
  const held = useHeld() && train !== null;
  const noGpu = train === null || code === "no-webgpu" || code === "no-adapter";
  const canTrain = !noGpu && !held;
  const config = shown.source === "run" ? shown.config : checkDraft(draft).config;

  return (
    <main className="lab">
      {present && <Headline canTrain={canTrain} />}
      <section className="intro">
        <div>
          <h1>
            Teach a small model your documents until what it knows with{" "}
            <em className="open">the book open</em> it knows with <em className="closed">the book closed</em>.
          </h1>
          <p>
            It looks facts up, answers with them and without, and learns from the answers that earn a reward.
            Everything runs in this tab, and nothing leaves this machine.
          </p>
        </div>
        <CyclePicture phase={isActive(labStatus(state)) ? (state.progress?.phase ?? null) : null} />
      </section>
      <div className="bench">
        <Setup canTrain={canTrain} />
        <div className="middle">
          {noGpu ? (
            <NoWebGpu error={state.failure?.error ?? null} />
          ) : held ? (
            <Suspense>
              <HeldNotice />
            </Suspense>
          ) : (
            <Notices />
          )}
          <Result
            shown={shown}
            replay={replay}
            recordings={recordings}
            recorded={recorded}
            choose={choose}
            progress={state.progress}
            canTrain={canTrain}
          />
        </div>
        <aside aria-label="Looking closely">
          <Inspector shown={shown} />
          {!noGpu && <Ask config={config} />}
        </aside>
      </div>
    </main>
  );
}
