/** A question of one's own, or one of those on the table. */
import { type FormEvent, type ReactNode, useState } from "react";
import type { Question } from "../../../../core/run.ts";
import { type Draft, draftFault } from "../../../../documents/review.ts";
import { useCorpusStore } from "../../../stores/corpusStore.ts";
import { draftOf } from "./oneQuestion.ts";

const OPTIONS = 3;
const EMPTY: Draft = { question: "", answer: "", wrong: [] };
const NONE: readonly Question[] = [];
const filled = (draft: Draft): Draft => ({
  ...draft,
  wrong: Array.from({ length: Math.max(OPTIONS, draft.wrong.length) }, (_, i) => draft.wrong[i] ?? ""),
});

export function QuestionForm({ busy, onAsk }: { busy: boolean; onAsk(draft: Draft): void }): ReactNode {
  const given = useCorpusStore((s) => s.current?.train ?? NONE);
  const ready = useCorpusStore((s) => s.index !== null);
  const [draft, setDraft] = useState<Draft>(() => filled(given[0] ? draftOf(given[0]) : EMPTY));
  const [picked, setPicked] = useState(given[0] ? "0" : "");
  const [fault, setFault] = useState<string | null>(null);
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setPicked("");
  };
  const pick = (value: string) => {
    setPicked(value);
    const question = given[Number(value)];
    setDraft(filled(value !== "" && question ? draftOf(question) : EMPTY));
  };
  const ask = (event: FormEvent) => {
    event.preventDefault();
    const found = draftFault(draft);
    setFault(found);
    if (found === null) onAsk(draft);
  };
  return (
    <form className="one-form" onSubmit={ask}>
      <label>
        <span className="eyebrow">Take one</span>
        <select value={picked} onChange={(e) => pick(e.target.value)}>
          <option value="">of your own</option>
          {given.map(({ question }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a question is its place in the set
            <option key={i} value={i}>
              {question}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="eyebrow">Question</span>
        <textarea rows={2} value={draft.question} onChange={(e) => change({ question: e.target.value })} />
      </label>
      <label>
        <span className="eyebrow">Right answer</span>
        <input value={draft.answer} onChange={(e) => change({ answer: e.target.value })} />
      </label>
      <fieldset>
        <legend className="eyebrow">Wrong options; none makes an open question</legend>
        {draft.wrong.map((text, i) => (
          <input
            // biome-ignore lint/suspicious/noArrayIndexKey: a field is its place
            key={i}
            aria-label={`Wrong option ${i + 1}`}
            value={text}
            onChange={(e) => change({ wrong: draft.wrong.map((one, j) => (j === i ? e.target.value : one)) })}
          />
        ))}
      </fieldset>
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      <button type="submit" className="go" disabled={busy || !ready}>
        {busy ? "Looking it up…" : "Look it up"}
      </button>
    </form>
  );
}
