/** The fields of a question that somebody writes: its words, the answer, wrong options. */
import type { ReactNode } from "react";
import type { Draft } from "../../documents/review.ts";

export interface QuestionFieldsProps {
  draft: Draft;
  answer: string; // what the answer is called here
  onChange(part: Partial<Draft>): void;
}

export function QuestionFields({ draft, answer, onChange }: QuestionFieldsProps): ReactNode {
  return (
    <>
      <label>
        <span className="eyebrow">Question</span>
        <textarea rows={2} value={draft.question} onChange={(e) => onChange({ question: e.target.value })} />
      </label>
      <label>
        <span className="eyebrow">{answer}</span>
        <input value={draft.answer} onChange={(e) => onChange({ answer: e.target.value })} />
      </label>
      <fieldset>
        <legend className="eyebrow">Wrong options; none makes an open question</legend>
        {draft.wrong.map((text, i) => (
          <input
            // biome-ignore lint/suspicious/noArrayIndexKey: a field is its place
            key={i}
            aria-label={`Wrong option ${i + 1}`}
            value={text}
            onChange={(e) =>
              onChange({ wrong: draft.wrong.map((one, j) => (j === i ? e.target.value : one)) })
            }
          />
        ))}
      </fieldset>
    </>
  );
}

/** A draft with empty fields up to so many wrong options. */
export const withRoom = (draft: Draft, options: number): Draft => ({
  ...draft,
  wrong: Array.from({ length: Math.max(options, draft.wrong.length) }, (_, i) => draft.wrong[i] ?? ""),
});
