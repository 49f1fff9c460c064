/** One question from retrieval to reward. Arrow keys walk through the questions. */
import type { KeyboardEvent, ReactNode } from "react";
import type { Question, QuestionSet } from "../../../core/run.ts";
import { questionsOf, useCorpusStore } from "../../stores/corpusStore.ts";
import { checkDraft, useDraftStore } from "../../stores/draftStore.ts";
import { isActive, labStatus, type RunState, usedCycle, useRunStore } from "../../stores/runStore.ts";
import { lookAt, useViewStore } from "../../stores/viewStore.ts";
import { AnswerCard, OptionScores, Reward, Tokens } from "./Answers.tsx";
import { BookAdded } from "./BookAdded.tsx";
import { LongText } from "./LongText.tsx";
import { Mark } from "./Mark.tsx";
import { Passages } from "./Passages.tsx";
import { QuestionStrip } from "./QuestionStrip.tsx";
import { type History, historyOf, type Shown } from "./shown.ts";
import { useInspection } from "./useInspection.ts";
import { usePassages } from "./usePassages.ts";

const SETS: Record<QuestionSet, string> = {
  test: "held out",
  train: "to learn",
  twohop: "two-hop",
  held: "not taught",
};

export function Inspector({ shown }: { shown: Shown }): ReactNode {
  const corpus = useCorpusStore((s) => s.current);
  const set = useViewStore((s) => s.set);
  const wanted = useViewStore((s) => s.index);
  const limit = (shown.source !== "nothing" && shown.config?.questions) || undefined; // a run on the first N only
  const carried = useRunStore((s) => s.questions); // with a run that came as a file
  const brought = shown.source === "run" && set === "test" ? carried : null;
  const questions = brought ?? questionsOf(corpus, set).slice(0, limit);
  const index = Math.min(wanted, Math.max(0, questions.length - 1));
  const question = questions[index];
  const walk = (to: number) => lookAt(set, Math.max(0, Math.min(questions.length - 1, to)));

  const onKeyDown = (event: KeyboardEvent) => {
    const inField = (event.target as HTMLElement).matches("input, select, textarea");
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0 || inField) return;
    event.preventDefault();
    event.stopPropagation();
    walk(index + by);
  };

  if (!question) {
    return (
      <section className="inspector" aria-label="One question">
        <h2>One question</h2>
        <p className="hint">
          {corpus === null
            ? "Loading the questions…"
            : "This corpus has no questions of this kind. Add some on the Knowledge page."}
        </p>
      </section>
    );
  }
  const latest = set === "test" ? (shown.answers.at(-1) ?? null) : null;
  return (
    // The region takes arrow keys from the buttons inside it; it is no control itself.
    <section className="inspector" aria-label="One question" onKeyDown={onKeyDown}>
      <div className="inspector-head">
        <h2>
          Question {index + 1} of {questions.length}
        </h2>
        <select
          aria-label="Which questions"
          value={set}
          onChange={(e) => lookAt(e.target.value as QuestionSet, 0)}
        >
          {(Object.keys(SETS) as QuestionSet[]).map((name) => (
            <option
              key={name}
              value={name}
              disabled={questionsOf(corpus, name).length === 0 && !(name === "test" && carried)}
            >
              {SETS[name]}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="walk"
          aria-label="Previous question"
          disabled={index === 0}
          onClick={() => walk(index - 1)}
        >
          ←
        </button>
        <button
          type="button"
          className="walk"
          aria-label="Next question"
          disabled={index >= questions.length - 1}
          onClick={() => walk(index + 1)}
        >
          →
        </button>
      </div>
      <QuestionStrip questions={questions} answers={latest} index={index} onChange={walk} />
      <LongText key={question.question} text={question.question} />
      <Details key={`${set} ${index}`} shown={shown} set={set} index={index} question={question} />
    </section>
  );
}

interface DetailsProps {
  shown: Shown;
  set: QuestionSet;
  index: number;
  question: Question;
}

/** What the model makes of the question: asked of the worker where it can be, else what the run recorded. */
function Details({ shown, set, index, question }: DetailsProps): ReactNode {
  const prepared = useRunStore((s) => s.prepared);
  const runId = useRunStore((s) => s.runId);
  const stored = useRunStore((s) => s.run !== null);
  const draft = useDraftStore();
  const config = shown.source === "run" ? shown.config : checkDraft(draft).config;
  const cycle = useRunStore(modelCycle);
  const onTable = useCorpusStore((s) => s.current?.id === config?.data); // a run from a file may be of documents that are not here
  const canAsk =
    prepared && config !== null && onTable && (shown.source === "run" ? stored : shown.source === "nothing");
  const { inspection, busy, error } = useInspection(canAsk ? { runId, set, index, config, cycle } : null);
  const looked = usePassages(canAsk ? null : question.question, config);
  const history = set === "test" ? historyOf(shown.answers, index) : null;

  return (
    <div aria-busy={busy} className="details">
      {history && (
        <Change history={history} answer={question.answer} byOptions={config?.answers === "response"} />
      )}
      <Passages passages={inspection?.passages ?? looked} evidence={question.evidence} />
      {inspection ? (
        <>
          <AnswerCard line="open" answer={inspection.open} before={null} />
          <AnswerCard
            line="closed"
            answer={inspection.closed}
            before={runId === null ? null : inspection.closed_before}
          />
          <Reward answer={inspection.open} />
          <OptionScores question={question} inspection={inspection} />
          <Tokens inspection={inspection} />
          {config && <BookAdded set={set} index={index} config={config} />}
        </>
      ) : (
        <Recorded history={history} question={question} />
      )}
      {busy && <p className="hint">{inspection ? "Asking again…" : "Asking the model…"}</p>}
      {error && <p className="fault">{error.message}</p>}
    </div>
  );
}

interface ChangeProps {
  history: History;
  answer: string;
  byOptions: boolean; // say so: below, this run answers in its own words, and those may be right or wrong apart from it
}

/** The flip in words: the before and after of the closed book. What a run keeps of each cycle is the option it chose. */
function Change({ history, answer, byOptions }: ChangeProps): ReactNode {
  const was = history.before === answer;
  const is = history.now === answer;
  const since = history.changedAt === null ? "" : ` since cycle ${history.changedAt}`;
  const words =
    was === is
      ? is
        ? "known all along"
        : history.changedAt === null
          ? "not learned yet"
          : `another wrong answer${since}`
      : is
        ? `learned${since}`
        : `lost${since}`;
  return (
    <p className={`flip ${was === is ? "" : is ? "won" : "lost"}`}>
      {byOptions ? `by the option it prefers: ${words}` : words}
    </p>
  );
}

/** The chosen options as a run stored them, where the model itself cannot be asked. */
function Recorded({ history, question }: { history: History | null; question: Question }): ReactNode {
  const line = (name: "open" | "closed", title: string, text: string | null) => (
    <div className="answer">
      <p className={`who ${name}`}>
        {title} {text !== null && <Mark right={text === question.answer} />}
      </p>
      <p>{text ?? "—"}</p>
    </div>
  );
  return (
    <>
      {history && line("open", "Open book", history.openNow)}
      {history && line("closed", "Closed book", history.now)}
      <div className="answer">
        <p className="who">Right answer</p>
        <p>{question.answer}</p>
        {question.evidence && <p className="hint">{question.evidence}</p>}
      </div>
    </>
  );
}

/** The cycle whose adapter is asked: while a run is under way the newest. */
function modelCycle(state: RunState): number | null {
  const { run, cycles } = state;
  if (run === null || isActive(labStatus(state))) return cycles.at(-1)?.cycle ?? null;
  return usedCycle(run, cycles);
}
