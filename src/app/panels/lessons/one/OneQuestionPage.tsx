/** `#/lesson/one`: one question of one's own through one cycle, a stage at a time, each with what happens in a sentence. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Inspection, Question, RetrievedPassage } from "../../../../core/run.ts";
import type { Draft } from "../../../../documents/review.ts";
import { stopRun, takeCorpus } from "../../../actions.ts";
import { corpusName } from "../../../corpora.ts";
import { fixed, integer } from "../../../format.ts";
import { tryHere, useHeld } from "../../../held.ts";
import { useUnsaved } from "../../../idle.ts";
import { useLab } from "../../../lab.ts";
import { hrefOf } from "../../../route.ts";
import { useCorpusStore } from "../../../stores/corpusStore.ts";
import { isActive, labStatus, useRunStore } from "../../../stores/runStore.ts";
import { AnswerCard, OptionScores, Reward } from "../../lab/Answers.tsx";
import { Passages } from "../../lab/Passages.tsx";
import { ProgressLine } from "../../lab/ProgressLine.tsx";
import {
  answerTwice,
  learnIt,
  lookUp,
  ONE_QUESTION,
  questionFrom,
  tableBefore,
  UPDATES,
} from "./oneQuestion.ts";
import { QuestionForm } from "./QuestionForm.tsx";

/** How far one has come; each stage is shown under the one before. */
type Stage = "ask" | "lookUp" | "answer" | "reward" | "learn" | "again";
const STAGES: readonly Stage[] = ["ask", "lookUp", "answer", "reward", "learn", "again"];

interface Seen {
  question: Question;
  passages: readonly RetrievedPassage[];
  before: Inspection | null;
  runId: string | null;
  after: Inspection | null;
}

export function OneQuestionPage(): ReactNode {
  const lab = useLab();
  const [stage, setStage] = useState<Stage>("ask");
  const [seen, setSeen] = useState<Seen | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const prepared = useRunStore((s) => s.prepared);
  const table = useCorpusStore((s) => s.current?.id);
  const held = useHeld();
  const before = useTableBack();
  useUnsaved(seen !== null);
  const reached = (one: Stage) => STAGES.indexOf(stage) >= STAGES.indexOf(one);

  /** Does the work of a stage, then shows it; what goes wrong is said where one is. */
  const step = async (to: Stage, work: () => Promise<Partial<Seen>>) => {
    setBusy(true);
    setFault(null);
    try {
      const found = await work();
      setSeen((old) => ({ ...(old as Seen), ...found }));
      setStage(to);
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  const ask = (draft: Draft) => {
    before.note();
    void step("lookUp", async () => {
      const question = questionFrom(draft);
      const passages = await lookUp(lab, question);
      return { question, passages, before: null, runId: null, after: null };
    });
  };
  const startOver = async () => {
    await before.lay();
    setSeen(null);
    setFault(null);
    setStage("ask");
  };

  const next = (words: string, going: string, to: Stage, work: () => Promise<Partial<Seen>>) =>
    STAGES.indexOf(to) === STAGES.indexOf(stage) + 1 && (
      <p className="one-next">
        <button type="button" className="go" disabled={busy} onClick={() => void step(to, work)}>
          {busy ? going : words}
        </button>
      </p>
    );
  return (
    <>
      <header>
        <p className="eyebrow">One question, one cycle</p>
        <h1>Follow a question from being asked to being known</h1>
      </header>
      <div className="one">
        <Part n={1} title="A question" says="About the documents on the table, with its right answer.">
          {stage === "ask" ? (
            table === undefined ? (
              <p className="hint">Laying the documents on the table…</p>
            ) : (
              <QuestionForm busy={busy} onAsk={ask} />
            )
          ) : (
            <p className="one-question">
              {seen?.question.question} <span className="hint">Right: {seen?.question.answer}</span>
            </p>
          )}
        </Part>
        {seen && reached("lookUp") && (
          <Part
            n={2}
            title="It looks passages up"
            says="A search has the question, not the answer, and finds the passages that fit it best."
          >
            {seen.passages.length === 0 ? (
              <p>It found none.</p>
            ) : (
              <Passages passages={seen.passages} evidence={null} />
            )}
            {lab.train === null ? (
              <p className="notice">
                <b>Here it ends without WebGPU.</b> Answering and learning need it; the{" "}
                <a href="#/lesson">lessons</a> show what recorded runs did.
              </p>
            ) : (
              next(
                "Answer it twice",
                prepared ? "Answering…" : "Preparing the GPU, then answering…",
                "answer",
                async () => ({
                  before: await answerTwice(lab, null),
                }),
              )
            )}
          </Part>
        )}
        {seen?.before && reached("answer") && (
          <Part
            n={3}
            title="It answers twice"
            says="Once with these passages in front of it, once with nothing but the question. The model is the same."
          >
            <AnswerCard line="open" answer={seen.before.open} before={null} />
            <AnswerCard line="closed" answer={seen.before.closed} before={null} />
            <OptionScores question={seen.question} inspection={seen.before} />
            {next("What does the open book earn?", "", "reward", async () => ({}))}
          </Part>
        )}
        {seen?.before && reached("reward") && (
          <Part
            n={4}
            title="The open-book answer earns a reward"
            says="Right is 1, wrong is 0; times how far the reason comes from the passages and says what they say."
          >
            <Reward answer={seen.before.open} />
            <p>{sayReward(seen.before.open.reward)}</p>
            {held && stage === "reward" ? (
              <p className="notice">
                <b>This is cycle 0: before any training.</b> Learning is left to the recorded runs of the{" "}
                <a href="#/lesson">lessons</a>, for this device may end a page that trains, at any moment and
                without a word.{" "}
                <button type="button" className="link" onClick={tryHere}>
                  Try it here
                </button>
              </p>
            ) : (
              next("Learn it", "Starting…", "learn", async () => ({ runId: learnIt(lab) }))
            )}
          </Part>
        )}
        {seen?.runId && reached("learn") && (
          <Part
            n={5}
            title="It learns"
            says={`${integer(UPDATES)} small changes of its weights, so that with the book closed the rewarded answer, and its passages, become likelier.`}
          >
            <Learning runId={seen.runId} />
            <Ended runId={seen.runId}>
              {next("Ask it again", "Answering…", "again", async () => ({
                after: await answerTwice(lab, seen.runId),
              }))}
            </Ended>
          </Part>
        )}
        {seen?.before && seen.after && (
          <Part n={6} title="Asked again" says="The same question, once more with the book open and closed.">
            <p className="say">{sayAfter(seen.before, seen.after)}</p>
            <AnswerCard line="open" answer={seen.after.open} before={null} />
            <AnswerCard line="closed" answer={seen.after.closed} before={seen.after.closed_before} />
            <OptionScores question={seen.question} inspection={seen.after} />
            <p className="hint">
              One question learned by heart is not yet a book: what it costs elsewhere, and whether other
              wordings are known too, only whole runs with held-out questions tell.
            </p>
            <p className="one-next">
              <button type="button" className="link" onClick={() => void startOver()}>
                Another question
              </button>{" "}
              · <a href={hrefOf("lab")}>Run the whole archive</a>
            </p>
          </Part>
        )}
        {fault && (
          <p className="fault" role="alert">
            {fault}
          </p>
        )}
        {stage !== "ask" && !seen?.after && (
          <p>
            <button type="button" className="link" disabled={busy} onClick={() => void startOver()}>
              Start over
            </button>{" "}
            <span className="hint">{corpusName(before.id())} comes back on the table when you leave.</span>
          </p>
        )}
      </div>
    </>
  );
}

interface PartProps {
  n: number;
  title: string;
  says: string; // what happens, in a sentence
  children: ReactNode;
}

/** A stage; when it comes it is looked at. */
function Part({ n, title, says, children }: PartProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (n > 1) heading.current?.focus();
  }, [n]);
  return (
    <section className="one-part" aria-labelledby={`one-${n}`}>
      <h2 id={`one-${n}`} ref={heading} tabIndex={-1}>
        <span className="one-n">{n}</span> {title}
      </h2>
      <p className="one-says">{says}</p>
      {children}
    </section>
  );
}

/** The run as it goes, and what it came to. */
function Learning({ runId }: { runId: string }): ReactNode {
  const state = useRunStore();
  const status = labStatus(state);
  const { progress, updates, failure } = state;
  if (state.runId !== runId && failure) return <p className="fault">{failure.error.message}</p>;
  if (state.runId !== runId) return <p>Another run is on the screen now.</p>;
  const [first, last] = [updates[0], updates.at(-1)];
  return (
    <>
      {isActive(status) &&
        (progress ? <ProgressLine progress={progress} status={status} /> : <p>Getting ready.</p>)}
      {!isActive(status) && failure && <p className="fault">{failure.error.message}</p>}
      {first && last && last.update > first.update && (
        <p>
          Update {integer(last.update + 1)} of {integer(UPDATES)}: the loss went from {fixed(first.loss)} to{" "}
          {fixed(last.loss)}
          {first.s_w !== null && last.s_w !== null && (
            <>
              , the rewarded answer’s mean log-probability, book closed, from {fixed(first.s_w)} to{" "}
              {fixed(last.s_w)} per token
            </>
          )}
          .
        </p>
      )}
    </>
  );
}

/** Shown once the run is finished. */
function Ended({ runId, children }: { runId: string; children: ReactNode }): ReactNode {
  const done = useRunStore((s) => s.runId === runId && s.run?.status === "finished");
  return done ? children : null;
}

/** Resolves once no run is under way here. */
const idle = (): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (isActive(labStatus(useRunStore.getState()))) return;
      stop();
      resolve();
    };
    const stop = useRunStore.subscribe(look);
    look();
  });

/** The table as it was before, which comes back when the page is left. */
function useTableBack() {
  const lab = useLab();
  const was = useRef<string | null>(null);
  const lay = async () => {
    const id = was.current;
    was.current = null;
    if (id === null) return;
    stopRun(lab);
    await idle();
    if (useCorpusStore.getState().current?.id === ONE_QUESTION) await takeCorpus(lab, id);
  };
  const laying = useRef(lay);
  laying.current = lay;
  useEffect(() => () => void laying.current(), []);
  return {
    id: () => was.current ?? tableBefore(),
    note() {
      was.current ??= tableBefore();
    },
    lay,
  };
}

function sayReward(reward: number | null): string {
  if (reward === null) return "It could not be marked.";
  return reward === 0
    ? "It earned nothing. Nothing says the answer is worth repeating: learning will only read the passages."
    : `It earned ${fixed(reward)}: so much its answer counts in learning.`;
}

function sayAfter(before: Inspection, after: Inspection): string {
  const [was, is] = [before.closed.correct === true, after.closed.correct === true];
  if (!was && is)
    return "With the book closed it was wrong before, and is right now: the book can stay closed.";
  if (was && is) return "With the book closed it was right before and still is.";
  if (was) return "With the book closed it was right before, and is wrong now.";
  return before.open.reward === 0
    ? "With the book closed it is still wrong: no rewarded answer was there to learn."
    : `With the book closed it is still wrong: ${integer(UPDATES)} updates were not enough.`;
}
