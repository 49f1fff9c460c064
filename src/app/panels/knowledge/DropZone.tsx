/** One's own documents and questions: dropped, read here, looked over, kept in the browser. */
import { type ChangeEvent, type DragEvent, type ReactNode, useState } from "react";
import type { QuestionSet } from "../../../core/run.ts";
import { corpusOf, type Dropped, readDropped } from "../../../documents/dropped.ts";
import { keepCorpus } from "../../actions.ts";
import { freeCorpusName } from "../../corpora.ts";
import { integer, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { useOwnCorpora } from "../../stores/corpusStore.ts";

const EXAMPLE = `{"question": "Where was Brem Coprea born?",
 "options": {"A": "Naithford", "B": "Thornmoor"},
 "answer": "Thornmoor"}`;

const MOST_SHOWN = 100; // faults in the list

interface Pending {
  name: string;
  dropped: Dropped;
}

export function DropZone(): ReactNode {
  const lab = useLab();
  const [over, setOver] = useState(false);
  const [pending, setPending] = useState<Pending | null>(null);
  const [says, setSays] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  const read = async (files: readonly File[]) => {
    if (files.length === 0) return;
    setFault(null);
    try {
      const read = await Promise.all(
        files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
      );
      setPending({ name: files[0]!.name.replace(/\.\w+$/, ""), dropped: readDropped(read) });
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
      const kept = await keepCorpus(lab, name.trim(), corpusOf(dropped));
      if (kept === null) return; // what was dropped stays here, the page says why
      setPending(null);
      setSays(
        kept.onTable
          ? null
          : `Kept as “${kept.name}”. The run under way keeps its documents; choose these when it has ended.`,
      );
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
          .txt, .md, .json; questions as .json, .jsonl, .csv or .tsv. They are read here and never leave this
          machine.
        </small>
        <input
          type="file"
          multiple
          accept=".txt,.md,.json,.jsonl,.ndjson,.csv,.tsv"
          onChange={(e: ChangeEvent<HTMLInputElement>) => void read([...(e.target.files ?? [])])}
        />
      </label>
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {says && <p className="hint">{says}</p>}
      {pending && (
        <Preview
          pending={pending}
          onChange={(change) => setPending({ ...pending, ...change })}
          onKeep={() => void keep(pending)}
          onDrop={() => setPending(null)}
        />
      )}
      <details>
        <summary>How questions look</summary>
        <pre>{EXAMPLE}</pre>
        <p className="hint">
          One a line, as a list, or as a table with the columns question, answer, A, B, … Without options the
          question is open. A file with the word “test” in its name is held out, all others are to learn from,
          until you say otherwise.
        </p>
      </details>
    </div>
  );
}

interface PreviewProps {
  pending: Pending;
  onChange(change: Partial<Pending>): void;
  onKeep(): void;
  onDrop(): void;
}

function Preview({ pending, onChange, onKeep, onDrop }: PreviewProps): ReactNode {
  const { dropped } = pending;
  const { documents, train, test, twohop } = corpusOf(dropped);
  const wanted = pending.name.trim();
  const stored = useOwnCorpora((s) => s.ids);
  const free = freeCorpusName(wanted, stored);
  const choose = (name: string, set: QuestionSet): void => {
    const questionFiles = dropped.questionFiles.map((file) => (file.name === name ? { ...file, set } : file));
    onChange({ dropped: { ...dropped, questionFiles } });
  };
  return (
    <div className="preview">
      <p>
        {integer(documents.length)} {plural(documents.length, "document")}, {integer(train.length)}{" "}
        {plural(train.length, "question")} to learn,{" "}
        {integer(test === train ? 0 : test.length + twohop.length)} held out.
      </p>
      {dropped.questionFiles.map(({ name, set }) => (
        <label key={name}>
          {name} is
          <select value={set} onChange={(e) => choose(name, e.target.value as QuestionSet)}>
            <option value="train">to learn</option>
            <option value="test">held out</option>
            <option value="twohop">held out, of two hops</option>
          </select>
        </label>
      ))}
      {dropped.notes.map((note) => (
        <p className="hint" key={note}>
          {note}.
        </p>
      ))}
      {dropped.faults.length > 0 && <LeftOut faults={dropped.faults} />}
      {train.length === 0 && <p className="hint">Good for searching; a run also needs questions to learn.</p>}
      {train.length > 0 && test === train && (
        <p className="hint">
          No held-out file: the test will use the questions to learn, which shows memory, not understanding.
        </p>
      )}
      <label>
        <span className="eyebrow">Name</span>
        <input value={pending.name} onChange={(e) => onChange({ name: e.target.value })} />
      </label>
      {free !== wanted && (
        <p className="hint">
          “{wanted}” is stored already; this will be “{free}”. Delete the other one first to use its name.
        </p>
      )}
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

/** Questions that could not be read; the others can be kept without them. */
function LeftOut({ faults }: { faults: readonly string[] }): ReactNode {
  return (
    <details className="left-out">
      <summary>
        {integer(faults.length)} {plural(faults.length, "question")} left out; keep the rest, or mend the file
        and drop it again
      </summary>
      <ul>
        {faults.slice(0, MOST_SHOWN).map((fault) => (
          <li key={fault}>{fault}</li>
        ))}
        {faults.length > MOST_SHOWN && <li>and {integer(faults.length - MOST_SHOWN)} more</li>}
      </ul>
    </details>
  );
}
