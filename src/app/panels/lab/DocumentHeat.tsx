/** The documents as their own progress bar: each sentence by the share of its questions that are known closed book. */
import { type ReactNode, useMemo, useState } from "react";
import type { SourceDocument } from "../../../core/messages.ts";
import type { CycleAnswers, Question } from "../../../core/run.ts";
import { Heat } from "../../components/Heat.tsx";
import { LongList } from "../../components/LongList.tsx";
import { DASH, integer, plural } from "../../format.ts";
import { lookAt } from "../../stores/viewStore.ts";
import { type AskedDocument, type AskedSentence, askedSentences, type Known, known } from "./heat.ts";
import { Mark } from "./Mark.tsx";

export interface DocumentHeatProps {
  documents: readonly SourceDocument[];
  questions: readonly Question[]; // held out
  answers: readonly CycleAnswers[]; // in order of cycle
}

const MOST_DOCUMENTS = 12; // at first

export function DocumentHeat({ documents, questions, answers }: DocumentHeatProps): ReactNode {
  const placed = useMemo(() => askedSentences(documents, questions), [documents, questions]);
  const [chosen, choose] = useState<number | null>(null); // null: the latest
  const [opened, open] = useState<AskedSentence | null>(null);
  const last = answers.length - 1;
  const at = Math.min(chosen ?? last, last);
  const now = answers[at]!;
  const knownOf = (sentence: AskedSentence): Known => known(sentence.questions, now, questions);
  return (
    <div className="document-heat">
      <p className="heat-cycle">
        <label>
          after cycle <b>{now.cycle}</b>{" "}
          <input
            type="range"
            aria-label="Cycle"
            aria-valuetext={`cycle ${now.cycle}`}
            min={0}
            max={last}
            value={at}
            onChange={(event) => choose(Number(event.target.value))}
          />
        </label>
        <span className="heat-key" aria-hidden="true">
          none known <span /> all known <i>asked by no question</i>
        </span>
      </p>
      <p aria-live="polite">{summary(placed.documents, knownOf)}</p>
      {placed.nowhere.length > 0 && (
        <p className="hint">
          {integer(placed.nowhere.length)} of {integer(questions.length)} held-out questions name no sentence
          that stands in these documents; they are not shown here.
        </p>
      )}
      <LongList items={placed.documents} most={MOST_DOCUMENTS} as="p">
        {(document) => (
          <section className="heat-document" aria-label={document.title}>
            <p className="heat-title">
              {document.title}{" "}
              <small className="heat-total">{share(total(document.sentences.map(knownOf)))}</small>
            </p>
            <ul>
              {document.sentences.map((sentence, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a document's sentences keep their order
                <li key={i}>
                  <Sentence
                    sentence={sentence}
                    known={knownOf(sentence)}
                    opened={opened === sentence}
                    onOpen={() => open(opened === sentence ? null : sentence)}
                  />
                  {opened === sentence && <Asking sentence={sentence} questions={questions} now={now} />}
                </li>
              ))}
            </ul>
          </section>
        )}
      </LongList>
    </div>
  );
}

interface SentenceProps {
  sentence: AskedSentence;
  known: Known;
  opened: boolean;
  onOpen(): void;
}

function Sentence({ sentence: { text, questions }, known: of, opened, onOpen }: SentenceProps): ReactNode {
  if (questions.length === 0) return <span className="unasked">{text}</span>;
  return (
    <button type="button" className="heat-sentence" aria-expanded={opened} onClick={onOpen}>
      <Heat by={of.scored === 0 ? undefined : of.right / of.scored} title={share(of)} line="closed">
        {text}
      </Heat>{" "}
      <small className="heat-share">{share(of)}</small>
    </button>
  );
}

/** The questions about a sentence, and what was said to each. */
function Asking({
  sentence,
  questions,
  now,
}: {
  sentence: AskedSentence;
  questions: readonly Question[];
  now: CycleAnswers;
}): ReactNode {
  return (
    <ul className="heat-questions">
      {sentence.questions.map((at) => {
        const said = now.closed_test[at] ?? null;
        return (
          <li key={at}>
            <button type="button" className="link" onClick={() => lookAt("test", at)}>
              {questions[at]!.question}
            </button>{" "}
            <span className="closed">{said ?? DASH}</span>{" "}
            <Mark right={said === null ? null : said === questions[at]!.answer} />
          </li>
        );
      })}
    </ul>
  );
}

const total = (all: readonly Known[]): Known =>
  all.reduce((sum, { right, scored }) => ({ right: sum.right + right, scored: sum.scored + scored }), {
    right: 0,
    scored: 0,
  });

/** "3 of 4"; a dash where nothing was scored. */
const share = ({ right, scored }: Known): string =>
  scored === 0 ? DASH : `${integer(right)} of ${integer(scored)}`;

function summary(documents: readonly AskedDocument[], knownOf: (sentence: AskedSentence) => Known): string {
  const all = documents.flatMap((document) => document.sentences);
  const asked = all.filter(({ questions }) => questions.length > 0);
  const scored = asked.map(knownOf).filter((of) => of.scored > 0);
  const whole = scored.filter((of) => of.right === of.scored).length;
  const none = scored.filter((of) => of.right === 0).length;
  const part = scored.length - whole - none;
  return `Of ${integer(scored.length)} ${plural(scored.length, "sentence")} that held-out questions are about, ${integer(whole)} ${plural(whole, "is", "are")} known with the book closed${part > 0 ? `, ${integer(part)} in part` : ""}, ${integer(none)} not. ${integer(all.length - asked.length)} of all ${integer(all.length)} are asked by none.`;
}
