/** What was said with the book open and closed, token by token, and why it was rewarded. */
import type { ReactNode } from "react";
import type { AnswerRecord, Inspection, Question } from "../../../core/run.ts";
import { TokenHeat } from "../../components/TokenHeat.tsx";
import { fixed } from "../../format.ts";
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

/** accuracy × rationality, with the parts of the second. */
export function Reward({ answer }: { answer: AnswerRecord }): ReactNode {
  if (answer.reward === null && answer.rationality === null) return null;
  const parts = answer.rationality;
  return (
    <dl className="reward" aria-label="Reward of the open-book answer">
      <Part name="accuracy" value={answer.correct === null ? null : Number(answer.correct)} digits={0} />
      {parts && (
        <>
          <Part name="rationality" value={parts.rationality} />
          <Part name="valid" value={parts.valid} digits={0} />
          <Part name="words found in the passages" value={parts.grounded_precision} />
          <Part name="of the evidence's words, said" value={parts.grounded_recall} />
        </>
      )}
      <Part name="reward" value={answer.reward} total />
    </dl>
  );
}

function Part({
  name,
  value,
  digits = 2,
  total = false,
}: {
  name: string;
  value: number | null;
  digits?: number;
  total?: boolean;
}): ReactNode {
  return (
    <div className={total ? "total" : undefined}>
      <dt>{name}</dt>
      <dd>{fixed(value, digits)}</dd>
    </div>
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
    <details className="options">
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
