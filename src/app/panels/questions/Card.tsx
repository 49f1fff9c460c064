/** One fact: the sentence it stands in, how it is asked, what is offered, and what the checks say. */
import type { ReactNode } from "react";
import { alike, type Standing, wordingsOf } from "../../../documents/standing.ts";
import { integer } from "../../format.ts";
import { GATE_WORDS, STATUS_WORDS, verdictNumbers, verdictWords } from "./verdictWords.ts";

export interface CardActions {
  decide(ids: string[], said: "keep" | "drop"): void;
  edit(): void;
  nextWording(): void;
  chooseWording(wording: number): void;
  tickWording(wording: number, used: boolean): void;
  swap(option: number): void;
  undo(): void;
}

export interface CardProps {
  standing: Standing;
  standings: readonly Standing[];
  title: string | null; // of its document
  canUndo: boolean;
  act: CardActions;
}

const RULES: Record<string, string> = {
  definition: "a definition",
  inversion: "the sentence turned round",
  wh: "a question word in place",
  cloze: "a gap",
  hand: "your words",
};

export function Card({ standing, standings, title, canUndo, act }: CardProps): ReactNode {
  const { fact, verdicts, shown, status } = standing;
  const verdict = verdicts[shown] ?? null;
  const numbers = verdict && verdictNumbers(verdict);
  const used = wordingsOf(standing);
  return (
    <article className="fact" aria-label="This question">
      <p className={`status ${status}`}>
        {title && <span>{title}</span>}
        <b>{STATUS_WORDS[status]}</b>
      </p>
      {fact.sentence && (
        <blockquote>
          <Marked text={fact.sentence} answer={fact.answer} begin={fact.span.begin} end={fact.span.end} />
        </blockquote>
      )}
      <h3 aria-live="polite">{fact.phrasings[shown]?.text}</h3>
      {fact.distractors.length === 0 ? (
        <p className="open-answer">
          <b>{fact.answer}</b> <small>an open question: too few of its kind to offer wrong options</small>
        </p>
      ) : (
        <ul className="options">
          <li className="right">
            <b>{fact.answer}</b> <small>the answer</small>
          </li>
          {fact.distractors.map(({ text, made }, i) => (
            <li key={text}>
              {text} {made && <small>made from the number</small>}
              {fact.spare.length > 0 && (
                <button type="button" className="link" onClick={() => act.swap(i)}>
                  swap<span className="hidden"> {text}</span>
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {verdict ? (
        <div className="verdict">
          <p>{verdictWords(verdict)}</p>
          {standing.known && (
            <p>
              <b>Already known.</b> Closed book it is right in most of its wordings, so it can show little of
              a gap.
            </p>
          )}
          {verdict.gate && (
            <p className="gate">
              <b>{GATE_WORDS[verdict.gate].name}.</b> {GATE_WORDS[verdict.gate].says}
            </p>
          )}
          {numbers && <p className="hint">{numbers}</p>}
        </div>
      ) : (
        <p className="hint">No model has judged this one yet.</p>
      )}
      {status === "G6" && (
        <p className="gate">
          <b>{GATE_WORDS.G6.name}.</b> {GATE_WORDS.G6.says}
        </p>
      )}
      <div className="run">
        <button type="button" onClick={() => act.decide([fact.id], "drop")}>
          <kbd>←</kbd> Drop
        </button>
        <button type="button" className="go" onClick={() => act.decide([fact.id], "keep")}>
          Keep <kbd>→</kbd>
        </button>
        <button type="button" onClick={act.edit}>
          Edit <kbd>E</kbd>
        </button>
        {fact.phrasings.length > 1 && (
          <button type="button" onClick={act.nextWording}>
            Next wording <kbd>P</kbd>
          </button>
        )}
        {fact.spare.length > 0 && (
          <button type="button" onClick={() => act.swap(0)}>
            Swap an option <kbd>D</kbd>
          </button>
        )}
        <button type="button" disabled={!canUndo} onClick={act.undo}>
          Undo <kbd>U</kbd>
        </button>
      </div>
      {fact.phrasings.length > 1 && (
        <fieldset className="wordings">
          <legend className="eyebrow">Wordings of this fact</legend>
          {fact.phrasings.map(({ text, rule }, p) => (
            <div key={text} className={p === shown ? "shown" : undefined}>
              <label>
                <input
                  type="checkbox"
                  checked={used.includes(p)}
                  disabled={p === shown}
                  onChange={(e) => act.tickWording(p, e.target.checked)}
                />
                <span>{text}</span>
              </label>
              <small>
                {RULES[rule]}
                {verdicts[p]?.gate ? `; ${GATE_WORDS[verdicts[p].gate].name}` : ""}
                {p !== shown && (
                  <>
                    {" · "}
                    <button type="button" className="link" onClick={() => act.chooseWording(p)}>
                      ask this first<span className="hidden">: {text}</span>
                    </button>
                  </>
                )}
              </small>
            </div>
          ))}
          <p className="hint">The last ticked one is kept for the test; the others are learned from.</p>
        </fieldset>
      )}
      <Kinds standing={standing} standings={standings} decide={act.decide} />
    </article>
  );
}

/** Decides all that are of this one's kind at once. */
function Kinds({
  standing,
  standings,
  decide,
}: {
  standing: Standing;
  standings: readonly Standing[];
  decide: CardActions["decide"];
}): ReactNode {
  const { fact, shown } = standing;
  const kinds = [
    { words: `“${[...fact.span.before, "…", ...fact.span.after].join(" ")}”`, by: "frame" as const },
    { words: `asked by ${RULES[fact.phrasings[shown]?.rule ?? "hand"]}`, by: "rule" as const },
  ]
    .map(({ words, by }) => ({ words, by, ids: alike(standings, standing, by).map((one) => one.fact.id) }))
    .filter(({ ids }) => ids.length > 1);
  if (kinds.length === 0) return null;
  return (
    <details className="kinds">
      <summary>Decide all of this kind</summary>
      {kinds.map(({ words, by, ids }) => (
        <p key={by}>
          {integer(ids.length)} undecided {words}:{" "}
          <button type="button" className="link" onClick={() => decide(ids, "keep")}>
            keep all
          </button>{" "}
          ·{" "}
          <button type="button" className="link" onClick={() => decide(ids, "drop")}>
            drop all
          </button>
        </p>
      ))}
    </details>
  );
}

/** The sentence with the answer marked where it stands. */
function Marked({
  text,
  answer,
  begin,
  end,
}: {
  text: string;
  answer: string;
  begin: number;
  end: number;
}): ReactNode {
  const stays = text.slice(begin, end) === answer;
  const from = stays ? begin : text.indexOf(answer);
  if (from < 0 || answer === "") return text;
  return (
    <>
      {text.slice(0, from)}
      <mark>{answer}</mark>
      {text.slice(from + answer.length)}
    </>
  );
}
