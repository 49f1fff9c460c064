/** One's own documents and questions: dropped, read here, looked over, kept in the browser. */
import { type ChangeEvent, type DragEvent, type FormEvent, type ReactNode, useRef, useState } from "react";
import { LabError } from "../../../core/errors.ts";
import type { DropProgress, Dropped } from "../../../core/messages.ts";
import { addTo, corpusOf } from "../../../documents/gather.ts";
import { changeCorpus, keepCorpus } from "../../actions.ts";
import type { Corpus } from "../../corpora.ts";
import { chosenFiles, droppedFiles, type PathFile, pastedFile } from "../../droppedFiles.ts";
import { integer } from "../../format.ts";
import { useUnsaved } from "../../idle.ts";
import { useLab } from "../../lab.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { Preview } from "./Preview.tsx";

const EXAMPLE = `{"question": "Where was Brem Coprea born?",
 "options": {"A": "Naithford", "B": "Thornmoor"},
 "answer": "Thornmoor"}`;

export interface Pending {
  name: string;
  dropped: Dropped;
}

export function DropZone(): ReactNode {
  const lab = useLab();
  const [over, setOver] = useState(false);
  const [reading, setReading] = useState<DropProgress | null>(null);
  const [pending, setPending] = useState<Pending | null>(null);
  const [says, setSays] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useUnsaved(reading !== null || pending !== null);
  const failed = (error: unknown) => setFault(error instanceof Error ? error.message : String(error));

  const read = async (files: readonly PathFile[]) => {
    if (files.length === 0) return;
    setFault(null);
    setSays(null);
    setReading({ name: files[0]!.path, done: 0, of: files.length, part: 0, parts: 0 });
    try {
      const ask = { files: [...files] };
      const dropped = await lab.documents.ask("read", ask, { onProgress: setReading });
      setPending({ name: dropped.name ?? nameOf(files), dropped });
    } catch (error) {
      setPending(null);
      if (error instanceof LabError && error.code === "aborted") setSays(`Nothing was taken.`);
      else failed(error);
    } finally {
      setReading(null);
    }
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void droppedFiles(event.dataTransfer).then(read, failed);
  };
  const onChoose = (event: ChangeEvent<HTMLInputElement>) => {
    const files = chosenFiles(event.target.files ?? []);
    event.target.value = ""; // the same file can be chosen again
    void read(files);
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
      failed(error);
    }
  };
  const add = async (corpus: Corpus, { dropped }: Pending) => {
    if (await changeCorpus(lab, (now) => ({ ...now, ...addTo(now, dropped) }))) {
      setPending(null);
      setSays(`Added to “${useCorpusStore.getState().current?.name ?? corpus.name}”.`);
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
          PDF, Word, slides, e-books, web pages, text, tables; a folder or a zip of them; questions as JSON or
          CSV. They are read here and never leave this machine.
        </small>
        <input type="file" multiple onChange={onChoose} />
      </label>
      <FolderInput onChoose={onChoose} />
      <Paste onPaste={(text) => void read([pastedFile(text)])} />
      {reading && <Reading progress={reading} onStop={() => lab.documents.stop()} />}
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
          onKeep={(kept) => void keep(kept)}
          onAdd={(corpus, kept) => void add(corpus, kept)}
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

/** What a corpus of these files is called until somebody says otherwise: their folder, or the first of them. */
function nameOf(files: readonly PathFile[]): string {
  const [folder, ...below] = files[0]!.path.split("/");
  return below.length > 0 ? folder! : folder!.replace(/\.\w+$/, "");
}

function FolderInput({ onChoose }: { onChoose(event: ChangeEvent<HTMLInputElement>): void }): ReactNode {
  return (
    <p>
      <label className="link picks-file">
        Choose a folder
        <input type="file" ref={(input) => input?.setAttribute("webkitdirectory", "")} onChange={onChoose} />
      </label>
    </p>
  );
}

function Paste({ onPaste }: { onPaste(text: string): void }): ReactNode {
  const details = useRef<HTMLDetailsElement>(null);
  const [text, setText] = useState("");
  useUnsaved(text !== "");
  const take = (event: FormEvent) => {
    event.preventDefault();
    onPaste(text);
    setText("");
    details.current?.removeAttribute("open");
  };
  return (
    <details ref={details} className="paste">
      <summary>Paste text</summary>
      <form onSubmit={take}>
        <textarea aria-label="Text" rows={6} value={text} onChange={(e) => setText(e.target.value)} />
        <button type="submit" disabled={text.trim() === ""}>
          Take this text
        </button>
      </form>
    </details>
  );
}

function Reading({ progress, onStop }: { progress: DropProgress; onStop(): void }): ReactNode {
  const { name, done, of, part, parts } = progress;
  return (
    <div className="reading" aria-live="polite">
      <p>
        Reading {of > 1 && `${integer(done + 1)} of ${integer(of)}: `}
        <b>{name.split("/").at(-1)}</b>
        {parts > 0 && `, page ${integer(part)} of ${integer(parts)}`}
      </p>
      <progress value={done + (parts > 0 ? part / parts : 0)} max={of} aria-label="Files read" />
      <button type="button" onClick={onStop}>
        Stop
      </button>
    </div>
  );
}
