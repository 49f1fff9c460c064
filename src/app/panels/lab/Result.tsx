/** The gap, the sentence, the progress, the metrics: of the run, or of a recording while there is none. */
import { type ReactNode, useMemo } from "react";
import type { Progress } from "../../../core/messages.ts";
import { GapPlot } from "../../charts/GapPlot.tsx";
import { gapPoints, type Measure } from "../../charts/gap.ts";
import { gapTwin } from "../../charts/gapTwin.tsx";
import { day } from "../../format.ts";
import { methodName } from "../../presets.ts";
import type { RecordedRun } from "../../recorded.ts";
import { keptSentence, resultSentence, type Sentence } from "../../sentence.ts";
import { questionsOf, useCorpusStore } from "../../stores/corpusStore.ts";
import { checkDraft, useDraftStore } from "../../stores/draftStore.ts";
import { labStatus, useRunStore } from "../../stores/runStore.ts";
import { useViewStore } from "../../stores/viewStore.ts";
import { Flips, Grown, Heats, Rewards } from "./Flips.tsx";
import { ProgressLine } from "./ProgressLine.tsx";
import { SmallMultiples } from "./SmallMultiples.tsx";
import { heldOut, type Shown } from "./shown.ts";
import type { Replay } from "./useReplay.ts";
import { WhatNext } from "./WhatNext.tsx";

export interface ResultProps {
  shown: Shown;
  replay: Replay;
  recordings: readonly RecordedRun[];
  recorded: RecordedRun | null; // the one on screen
  choose(recording: number): void;
  progress: Progress | null;
  canTrain: boolean;
}

export function Result({
  shown,
  replay,
  recordings,
  recorded,
  choose,
  progress,
  canTrain,
}: ResultProps): ReactNode {
  const { measure, extraLines, elsewhere } = useViewStore();
  const draft = useDraftStore();
  const status = useRunStore(labStatus);
  const run = useRunStore((s) => s.run);
  const corpus = useCorpusStore((s) => s.current);
  const isThisCorpus = shown.config === null || shown.config.data === corpus?.id;
  const asked = shown.config?.questions ?? Number.POSITIVE_INFINITY;
  const fromCorpus = useMemo(
    () => (corpus && isThisCorpus ? questionsOf(corpus, "test").slice(0, asked) : null),
    [corpus, isThisCorpus, asked],
  );
  const questions = heldOut(shown, measure, fromCorpus);
  const tested = shown.answers.at(-1)?.closed_test.length ?? 0;
  const testedOn = useMemo(
    () => (fromCorpus && tested > 0 && fromCorpus.length >= tested ? fromCorpus.slice(0, tested) : null),
    [fromCorpus, tested],
  );
  const cycles = shown.config?.cycles ?? checkDraft(draft).config?.cycles ?? 8;
  const sentence = resultSentence(shown.cycles, measure, questions);
  const kept = keptSentence(shown.cycles, measure);
  const says =
    sentence?.text ??
    "The gap between answers with the book open and closed, cycle by cycle. Nothing measured yet.";

  return (
    <section className="result" aria-label="Result">
      <div className="switch">
        <MeasureSwitch measure={measure} />
        {measure === "answers" && (
          <Also checked={extraLines} onChange={(on) => useViewStore.setState({ extraLines: on })}>
            also training and two-hop questions
          </Also>
        )}
        {gapPoints(shown.cycles, measure).some((p) => p.elsewhere !== null) && (
          <Also checked={elsewhere} onChange={(on) => useViewStore.setState({ elsewhere: on })}>
            still reads elsewhere
          </Also>
        )}
      </div>
      <GapPlot
        rows={shown.cycles}
        measure={measure}
        cycles={cycles}
        questions={questions}
        baselines={shown.baselines}
        extraLines={extraLines}
        elsewhere={elsewhere}
        faint={shown.source === "recorded" && canTrain}
        title={`${measure === "answers" ? "Answers" : "Explanations"}, ${shown.config ? methodName(shown.config) : "no run yet"}`}
        says={says}
        twin={gapTwin(
          shown.cycles,
          heldOut(shown, "answers", fromCorpus), // the intervals it shows are of answers
          shown.baselines,
        )}
      />
      {recorded && (
        <RecordingLine recorded={recorded} recordings={recordings} replay={replay} choose={choose} />
      )}
      <div aria-live={shown.source === "run" ? "polite" : "off"}>
        <Say sentence={sentence} shown={shown} canTrain={canTrain} />
        {kept && <p className={`say kept ${shown.source === "recorded" ? "of-recording" : ""}`}>{kept}</p>}
      </div>
      {progress && status !== "finished" && status !== "stopped" && status !== "failed" && (
        <ProgressLine progress={progress} status={status} />
      )}
      {status === "finished" && <WhatNext shown={shown} />}
      {(canTrain || shown.updates.length > 0) && (
        <SmallMultiples updates={shown.updates} tests={shown.cycles} />
      )}
      <Rewards rows={shown.cycles} title={shown.config ? methodName(shown.config) : ""} />
      {canTrain &&
        shown.source === "run" &&
        run !== null &&
        (run.checkpointId ?? run.imported?.adapter ?? null) !== null && (
          <Grown runId={run.id} cycle={run.cycle} title={methodName(run.config)} />
        )}
      {testedOn && (
        <>
          <Flips
            answers={shown.answers}
            questions={testedOn}
            title={`Held-out questions, ${shown.config ? methodName(shown.config) : ""}`}
          />
          <Heats answers={shown.answers} questions={testedOn} />
        </>
      )}
    </section>
  );
}

interface AlsoProps {
  checked: boolean;
  onChange(on: boolean): void;
  children: string;
}

function Also({ checked, onChange, children }: AlsoProps): ReactNode {
  return (
    <label className="also">
      <input type="checkbox" checked={checked} onChange={(e) => onChange(e.target.checked)} /> {children}
    </label>
  );
}

function MeasureSwitch({ measure }: { measure: Measure }): ReactNode {
  const names: Record<Measure, string> = { answers: "Answers", explanations: "Explanations" };
  return (
    <fieldset>
      <legend className="hidden">What the plot shows</legend>
      {(Object.keys(names) as Measure[]).map((name) => (
        <label key={name}>
          <input
            type="radio"
            name="measure"
            checked={measure === name}
            onChange={() => useViewStore.setState({ measure: name })}
          />
          <span>{names[name]}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface SayProps {
  sentence: Sentence | null;
  shown: Shown;
  canTrain: boolean;
}

function Say({ sentence, shown, canTrain }: SayProps): ReactNode {
  if (sentence === null) {
    const nothing =
      shown.cycles.length > 0
        ? "Explanations have not been tested in this run yet."
        : shown.source === "run"
          ? "The first point comes before any training: what the model can do with the book open, and what it knows without."
          : canTrain
            ? "Press Run: the first point shows what the model can do with the book open and what it knows without; then the gap starts to close."
            : "Where a browser can train, two lines grow here: answers with the book open, answers with it closed, and the gap between.";
    return <p className="say">{nothing}</p>;
  }
  const { text, strong } = sentence;
  const at = strong === null ? -1 : text.indexOf(strong);
  return (
    <p className={`say ${shown.source === "recorded" ? "of-recording" : ""}`}>
      {strong === null || at < 0 ? (
        text
      ) : (
        <>
          {text.slice(0, at)}
          <b>{strong}</b>
          {text.slice(at + strong.length)}
        </>
      )}
    </p>
  );
}

interface RecordingLineProps {
  recorded: RecordedRun;
  recordings: readonly RecordedRun[];
  replay: Replay;
  choose(recording: number): void;
}

/** Says that this is a recording, of what and where; plays, stops and scrubs it. */
function RecordingLine({ recorded, recordings, replay, choose }: RecordingLineProps): ReactNode {
  return (
    <div className="recording-line">
      <p>
        <b>A recorded run</b>, not yours: {recordings.length > 1 ? "" : `${methodName(recorded.config)}, `}
        {recorded.gpuAdapter}, {day(Date.parse(recorded.date))}
        {recorded.note && `, ${recorded.note}`}
      </p>
      {recordings.length > 1 && (
        <select aria-label="Recording" onChange={(e) => choose(Number(e.target.value))}>
          {recordings.map((r, i) => (
            <option key={methodName(r.config)} value={i}>
              {methodName(r.config)}
            </option>
          ))}
        </select>
      )}
      <button type="button" className="link" onClick={replay.toggle}>
        {replay.playing ? "Stop" : replay.cycle >= replay.last ? "Play again" : "Play"}
      </button>
      <input
        type="range"
        aria-label="Cycle of the recording"
        min={0}
        max={replay.last}
        value={replay.cycle}
        onChange={(e) => replay.seek(Number(e.target.value))}
      />
    </div>
  );
}
