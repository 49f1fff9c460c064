/** A question in somebody's own words: the one on the card, or a new one about a passage. */
import { type FormEvent, type ReactNode, useState } from "react";
import { type Draft, draftFault } from "../../../documents/review.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { QuestionFields, withRoom } from "../../components/QuestionFields.tsx";
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
  const [draft, setDraft] = useState<Draft>(() => withRoom(given, OPTIONS));
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
        <QuestionFields draft={draft} answer="Answer" onChange={(part) => setDraft({ ...draft, ...part })} />
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
