/** One's own documents and questions: dropped, read here, looked over, kept in the browser. */
import { type ChangeEvent, type DragEvent, type ReactNode, useState } from "react";
import type { CorpusFiles } from "../../../documents/corpus.ts";
import { sortDropped } from "../../../documents/dropped.ts";
import { takeCorpus } from "../../actions.ts";
import { ownCorpusId } from "../../corpora.ts";
import { integer, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";

const EXAMPLE = `{"question": "Where was Brem Coprea born?",
 "options": {"A": "Naithford", "B": "Thornmoor"},
 "answer": "Thornmoor"}`;

interface Pending {
  name: string;
  dropped: CorpusFiles;
}

export function DropZone(): ReactNode {
  const lab = useLab();
  const [over, setOver] = useState(false);
  const [pending, setPending] = useState<Pending | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  const read = async (files: readonly File[]) => {
    if (files.length === 0) return;
    setFault(null);
    try {
      const texts = await Promise.all(
        files.map(async (file) => ({ name: file.name, text: await file.text() })),
      );
      setPending({ name: files[0]!.name.replace(/\.\w+$/, ""), dropped: sortDropped(texts) });
    } catch (error) {
      setPending(null);
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void read([...event.dataTransfer.files]);
  };
  const keep = async ({ name, dropped }: Pending) => {
    try {
      const corpus = { id: ownCorpusId(name.trim()), name: name.trim(), ...dropped };
      await lab.corpora.saveQuestions(corpus);
      setPending(null);
      await takeCorpus(lab, corpus.id, corpus);
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <div className="drop-zone">
      <label
        className={over ? "over" : undefined}
        onDragOver={(e) => {
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <b>Drop your own documents and questions</b>
        <small>
          .txt, .md, .json; questions as .json, .jsonl or .csv. They are read here and never leave this
          machine.
        </small>
        <input
          type="file"
          multiple
          accept=".txt,.md,.json,.jsonl,.ndjson,.csv"
          onChange={(e: ChangeEvent<HTMLInputElement>) => void read([...(e.target.files ?? [])])}
        />
      </label>
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {pending && (
        <Preview
          pending={pending}
          onRename={(name) => setPending({ ...pending, name })}
          onKeep={() => void keep(pending)}
          onDrop={() => setPending(null)}
        />
      )}
      <details>
        <summary>How questions look</summary>
        <pre>{EXAMPLE}</pre>
        <p className="hint">
          One a line, as a list, or as a table with the columns question, answer, A, B, … Without options the
          question is open. A file with “test” in its name is held out; all others are to learn from.
        </p>
      </details>
    </div>
  );
}

interface PreviewProps {
  pending: Pending;
  onRename(name: string): void;
  onKeep(): void;
  onDrop(): void;
}

function Preview({ pending, onRename, onKeep, onDrop }: PreviewProps): ReactNode {
  const { documents, train, test, twohop } = pending.dropped;
  return (
    <div className="preview">
      <p>
        {integer(documents.length)} {plural(documents.length, "document")}, {integer(train.length)}{" "}
        {plural(train.length, "question")} to learn,{" "}
        {integer(test === train ? 0 : test.length + twohop.length)} held out.
      </p>
      {train.length === 0 && <p className="hint">Good for searching; a run also needs questions to learn.</p>}
      {train.length > 0 && test === train && (
        <p className="hint">
          No held-out file: the test will use the questions to learn, which shows memory, not understanding.
        </p>
      )}
      <label>
        <span className="eyebrow">Name</span>
        <input value={pending.name} onChange={(e) => onRename(e.target.value)} />
      </label>
      <div className="run">
        <button type="button" className="go" disabled={pending.name.trim() === ""} onClick={onKeep}>
          Keep and index
        </button>
        <button type="button" onClick={onDrop}>
          Discard
        </button>
      </div>
    </div>
  );
}
