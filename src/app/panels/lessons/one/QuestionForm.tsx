/** A question of one's own, or one of those on the table. */
import { type FormEvent, type ReactNode, useState } from "react";
import type { Question } from "../../../../core/run.ts";
import { type Draft, draftFault } from "../../../../documents/review.ts";
import { QuestionFields, withRoom } from "../../../components/QuestionFields.tsx";
import { useCorpusStore } from "../../../stores/corpusStore.ts";
import { draftOf } from "./oneQuestion.ts";

const OPTIONS = 3;
const EMPTY: Draft = { question: "", answer: "", wrong: [] };
const NONE: readonly Question[] = [];

export function QuestionForm({ busy, onAsk }: { busy: boolean; onAsk(draft: Draft): void }): ReactNode {
  const given = useCorpusStore((s) => s.current?.train ?? NONE);
  const ready = useCorpusStore((s) => s.index !== null);
  const [draft, setDraft] = useState<Draft>(() => withRoom(given[0] ? draftOf(given[0]) : EMPTY, OPTIONS));
  const [picked, setPicked] = useState(given[0] ? "0" : "");
  const [fault, setFault] = useState<string | null>(null);
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setPicked("");
  };
  const pick = (value: string) => {
    setPicked(value);
    const question = given[Number(value)];
    setDraft(withRoom(value !== "" && question ? draftOf(question) : EMPTY, OPTIONS));
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
      <QuestionFields draft={draft} answer="Right answer" onChange={change} />
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
