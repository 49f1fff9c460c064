/** The documents of the corpus on the table, a row each: what it is, what was left out of it, what is doubtful, its text. */
import { type ChangeEvent, type ReactNode, useMemo, useState } from "react";
import type { Block } from "../../../core/blocks.ts";
import type { SourceDocument } from "../../../core/messages.ts";
import { changeCorpus } from "../../actions.ts";
import { ConfirmButton } from "../../components/ConfirmButton.tsx";
import { type Corpus, isOwn } from "../../corpora.ts";
import { documentFacts, leftOut } from "../../documentFacts.ts";
import { chosenFiles } from "../../droppedFiles.ts";
import { integer, plural } from "../../format.ts";
import { useUnsaved } from "../../idle.ts";
import { useLab } from "../../lab.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { DocumentText } from "./DocumentText.tsx";

export function Documents({ corpus }: { corpus: Corpus }): ReactNode {
  const busy = useRunStore((s) => isActive(labStatus(s)));
  const { documents } = corpus;
  return (
    <section aria-labelledby="documents">
      <h2 id="documents">
        {integer(documents.length)} {plural(documents.length, "document")}
      </h2>
      <ul
        className={documents.some(({ blocks }) => blocks) || isOwn(corpus.id) ? "documents" : "documents two"}
      >
        {documents.map((document) => (
          <DocumentRow
            key={document.id}
            document={document}
            own={isOwn(corpus.id)}
            locked={busy}
            last={documents.length === 1}
          />
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  document: SourceDocument;
  own: boolean; // may be changed
  locked: boolean; // not now
  last: boolean; // the only one: a corpus has one at least
}

function DocumentRow({ document, own, locked, last }: RowProps): ReactNode {
  const lab = useLab();
  const { id, title, blocks, file } = document;
  const [open, setOpen] = useState(false);
  const [naming, setNaming] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const facts = useMemo(() => documentFacts(document), [document]);
  const left = useMemo(() => leftOut(blocks ?? []), [blocks]);

  const change = (now: (document: SourceDocument) => SourceDocument | null): Promise<boolean> => {
    setFault(null);
    return changeCorpus(lab, (corpus) => ({
      ...corpus,
      documents: corpus.documents.flatMap((one) => (one.id === id ? (now(one) ?? []) : one)),
    }));
  };
  const changeLeft = (which: (block: Block, at: number) => boolean, reason: string | null) =>
    void change((one) => ({
      ...one,
      blocks: (one.blocks ?? []).map((block, at) => (which(block, at) ? { ...block, left: reason } : block)),
    }));
  const replace = async (event: ChangeEvent<HTMLInputElement>) => {
    const files = chosenFiles(event.target.files ?? []);
    event.target.value = "";
    if (files.length === 0) return;
    try {
      const { documents, unread } = await lab.documents.ask("read", { files });
      const [found] = documents;
      if (found === undefined || documents.length > 1)
        setFault(unread[0]?.reason ?? `${files[0]!.path} is not one document: add it beside`);
      else await change((one) => ({ ...found, id: one.id }));
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  const rename = (to: string) => {
    setNaming(false);
    if (to.trim() !== "" && to.trim() !== title) void change((one) => ({ ...one, title: to.trim() }));
  };

  return (
    <li className="document">
      <details open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
        <summary>
          <b>{title}</b> <small>{facts}</small>
        </summary>
        {open && <DocumentText document={document} onLeft={own && !locked ? changeLeft : null} />}
      </details>
      {naming && <Rename title={title} onDone={rename} />}
      {left.map(([reason, count]) => (
        <p className="about-file" key={reason}>
          Left out: {integer(count)} {plural(count, "piece")}, {reason}
          {own && (
            <button
              type="button"
              className="link"
              disabled={locked}
              onClick={() => changeLeft((block) => block.left === reason, null)}
            >
              bring back
              <span className="hidden">
                {" "}
                {reason} of {title}
              </span>
            </button>
          )}
        </p>
      ))}
      {file?.doubts.map((doubt) => (
        <p className="about-file doubt" key={doubt}>
          {doubt}
        </p>
      ))}
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {own && (
        <p className="does">
          <button type="button" className="link" disabled={locked} onClick={() => setNaming(!naming)}>
            Rename<span className="hidden"> {title}</span>
          </button>
          <label className={locked ? "link picks-file off" : "link picks-file"}>
            Replace
            <input type="file" aria-label={`Replace ${title}`} disabled={locked} onChange={replace} />
          </label>
          {!last && (
            <ConfirmButton
              label="Delete"
              question="Delete for good?"
              of={title}
              disabled={locked}
              onConfirm={() => void change(() => null)}
            />
          )}
        </p>
      )}
    </li>
  );
}

function Rename({ title, onDone }: { title: string; onDone(title: string): void }): ReactNode {
  const [name, setName] = useState(title);
  useUnsaved(name !== title);
  return (
    <form
      className="rename"
      onSubmit={(e) => {
        e.preventDefault();
        onDone(name);
      }}
    >
      <input aria-label={`New title of ${title}`} value={name} onChange={(e) => setName(e.target.value)} />
      <button type="submit" disabled={name.trim() === ""}>
        Rename
      </button>
    </form>
  );
}
