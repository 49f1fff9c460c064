/** What was said with the book open and closed, token by token, and why it was rewarded. */
import type { ReactNode } from "react";
import type { AnswerRecord, Inspection, Question } from "../../../core/run.ts";
import { TokenHeat, TokenTable } from "../../components/TokenHeat.tsx";
import { fixed, percent } from "../../format.ts";
import { Mark } from "./Mark.tsx";

interface AnswerCardProps {
  line: "open" | "closed";
  answer: AnswerRecord;
  before: AnswerRecord | null; // the base's answer, for the closed book of a trained model
}

export function AnswerCard({ line, answer, before }: AnswerCardProps): ReactNode {
  const changed = before !== null && (before.text !== answer.text || before.correct !== answer.correct);
  return (
    <div className="answer">
      <p className={`who ${line}`}>
        {line === "open" ? "Open book" : "Closed book"} <Mark right={answer.correct} />
      </p>
      {answer.tokens.length > 0 ? (
        <TokenHeat tokens={answer.tokens} line={line} />
      ) : (
        <p className="tokens">{answer.explanation ?? answer.text}</p>
      )}
      {changed && (
        <p className="hint">
          Before training: {before.explanation ?? before.text} <Mark right={before.correct} />
        </p>
      )}
    </div>
  );
}

/** accuracy × rationality, and what the second is made of. */
export function Reward({ answer }: { answer: AnswerRecord }): ReactNode {
  const { rationality: parts, reward, correct } = answer;
  if (reward === null) return null;
  return (
    <section className="reward" aria-label="Reward of the open-book answer">
      <p>
        accuracy <b>{fixed(correct === null ? null : Number(correct), 0)}</b>
        {parts && (
          <>
            {" "}
            × rationality <b>{fixed(parts.rationality)}</b>
          </>
        )}{" "}
        = reward <b>{fixed(reward)}</b>
      </p>
      {parts && (
        <p className="hint">
          {parts.valid ? "Valid" : "Not valid: it names another option"}; {percent(parts.grounded_precision)}{" "}
          of its words come from the passages, {percent(parts.grounded_recall)} of the evidence's words are in
          it. Entailed by the passages: {fixed(parts.entailed)}.
        </p>
      )}
    </section>
  );
}

/** The two answers token by token, as numbers. */
export function Tokens({ inspection: { open, closed } }: { inspection: Inspection }): ReactNode {
  if (open.tokens.length + closed.tokens.length === 0) return null;
  return (
    <details className="closer">
      <summary>Token by token</summary>
      <TokenTable tokens={open.tokens} title="open book" />
      <TokenTable tokens={closed.tokens} title="closed book" />
    </details>
  );
}

/** Mean log-probability per token of every option, by line: why the model chose what it chose. */
export function OptionScores({
  question,
  inspection,
}: {
  question: Question;
  inspection: Inspection;
}): ReactNode {
  const { open, closed, closed_before } = inspection;
  if (!open.option_scores && !closed.option_scores) return null;
  const columns = [
    { name: "open", answer: open, line: "open" },
    { name: "closed", answer: closed, line: "closed" },
    { name: "before", answer: closed_before, line: "" },
  ];
  return (
    <details className="closer options">
      <summary>How it weighed the options</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">log p per token</th>
            {columns.map(({ name, line }) => (
              <th key={name} scope="col" className={line}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(question.options).map(([key, option]) => (
            <tr key={key}>
              <th scope="row">
                {option}
                {option === question.answer && <span className="hint"> right</span>}
              </th>
              {columns.map(({ name, answer }) => (
                <td key={name} className={answer.text === option ? "chosen" : undefined}>
                  {fixed(answer.option_scores?.[key])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
