/** A question in somebody's own words: the one on the card, or a new one about a passage. */
import { type FormEvent, type ReactNode, useState } from "react";
import { type Draft, draftFault } from "../../../documents/review.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { useUnsaved } from "../../idle.ts";

const OPTIONS = 4;

export interface QuestionEditorProps {
  title: string;
  draft: Draft;
  passage: string | null; // what it is about
  onKeep(draft: Draft): void;
  onClose(): void;
}

export function QuestionEditor({
  title,
  draft: given,
  passage,
  onKeep,
  onClose,
}: QuestionEditorProps): ReactNode {
  const [draft, setDraft] = useState<Draft>({
    ...given,
    wrong: Array.from({ length: Math.max(OPTIONS, given.wrong.length) }, (_, i) => given.wrong[i] ?? ""),
  });
  const [fault, setFault] = useState<string | null>(null);
  useUnsaved(true);
  const keep = (event: FormEvent) => {
    event.preventDefault();
    const found = draftFault(draft);
    setFault(found);
    if (found !== null) return;
    onKeep(draft);
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="question-editor" onSubmit={keep}>
        {passage && <p className="hint passage">{passage}</p>}
        <label>
          <span className="eyebrow">Question</span>
          <textarea
            rows={2}
            value={draft.question}
            onChange={(e) => setDraft({ ...draft, question: e.target.value })}
          />
        </label>
        <label>
          <span className="eyebrow">Answer</span>
          <input value={draft.answer} onChange={(e) => setDraft({ ...draft, answer: e.target.value })} />
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
                setDraft({ ...draft, wrong: draft.wrong.map((one, j) => (j === i ? e.target.value : one)) })
              }
            />
          ))}
        </fieldset>
        {fault && (
          <p className="fault" role="alert">
            {fault}
          </p>
        )}
        <div className="run">
          <button type="submit" className="go">
            Take it
          </button>
          <button type="button" onClick={onClose}>
            Leave as it was
          </button>
        </div>
      </form>
    </Dialog>
  );
}
