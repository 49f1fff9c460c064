/** What was dropped, looked over before it is kept: each document with its facts, what could not be read, which set is which. */
import { type ReactNode, useMemo, useState } from "react";
import type { Dropped, SourceDocument } from "../../../core/messages.ts";
import type { QuestionSet } from "../../../core/run.ts";
import { type Alike, findAlike } from "../../../documents/duplicates.ts";
import { corpusOf } from "../../../documents/gather.ts";
import { LongList } from "../../components/LongList.tsx";
import { type Corpus, freeCorpusName, isOwn } from "../../corpora.ts";
import { documentFacts, leftOut } from "../../documentFacts.ts";
import { integer, plural } from "../../format.ts";
import { useCorpusStore, useOwnCorpora } from "../../stores/corpusStore.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import type { Pending } from "./DropZone.tsx";

const MOST_SHOWN = 100; // in a list

export interface PreviewProps {
  pending: Pending;
  onChange(change: Partial<Pending>): void;
  onKeep(pending: Pending): void;
  onAdd(corpus: Corpus, pending: Pending): void;
  onDrop(): void;
}

export function Preview({ pending, onChange, onKeep, onAdd, onDrop }: PreviewProps): ReactNode {
  const { dropped } = pending;
  const { ids: own } = useOwnCorpora();
  const current = useCorpusStore((s) => s.current);
  const busy = useRunStore((s) => isActive(labStatus(s)));
  const target = current !== null && isOwn(current.id) && !busy ? current : null;
  const within = useMemo(() => byId(findAlike(dropped.documents)), [dropped.documents]);
  const there = useMemo(() => alreadyThere(target, dropped.documents), [target, dropped.documents]);
  const [switched, setSwitched] = useState<ReadonlySet<string>>(new Set()); // against what is the default
  const isTaken = ({ id }: SourceDocument): boolean => (within.get(id)?.same !== "file") !== switched.has(id);
  const taken: Dropped = { ...dropped, documents: dropped.documents.filter(isTaken) };
  const isNew = ({ id }: SourceDocument): boolean => there.get(id)?.same !== "file";
  const added: Dropped = { ...taken, documents: taken.documents.filter(isNew) };
  const { documents, train, test, twohop } = corpusOf(taken);

  const name = pending.name.trim();
  const free = freeCorpusName(name, own);
  const chooseSet = (file: string, set: QuestionSet): void => {
    const questionFiles = dropped.questionFiles.map((q) => (q.name === file ? { ...q, set } : q));
    onChange({ dropped: { ...dropped, questionFiles } });
  };
  const turn = (id: string): void => {
    const next = new Set(switched);
    if (!next.delete(id)) next.add(id);
    setSwitched(next);
  };
  return (
    <div className="preview">
      <p>
        {integer(documents.length)} {plural(documents.length, "document")}, {integer(train.length)}{" "}
        {plural(train.length, "question")} to learn,{" "}
        {integer(test === train ? 0 : test.length + twohop.length)} held out.
      </p>
      {dropped.documents.length > 0 && (
        <ul>
          <LongList items={dropped.documents} most={MOST_SHOWN} as="li">
            {(document) => (
              <DroppedRow
                document={document}
                within={within.get(document.id) ?? null}
                there={there.get(document.id) ?? null}
                taken={isTaken(document)}
                onTurn={() => turn(document.id)}
              />
            )}
          </LongList>
        </ul>
      )}
      {dropped.questionFiles.map(({ name, set }) => (
        <label key={name}>
          {name} is{" "}
          <select value={set} onChange={(e) => chooseSet(name, e.target.value as QuestionSet)}>
            <option value="train">to learn</option>
            <option value="test">held out</option>
            <option value="twohop">held out, of two hops</option>
            <option value="held">about facts that are not taught</option>
          </select>
        </label>
      ))}
      {dropped.notes.map((note) => (
        <p className="hint" key={note}>
          {note}.
        </p>
      ))}
      {dropped.unread.length > 0 && (
        <div role="alert">
          <p className="fault">
            {integer(dropped.unread.length)} {plural(dropped.unread.length, "file")} could not be read:
          </p>
          <ul>
            <LongList items={dropped.unread} most={MOST_SHOWN} as="li">
              {({ reason }) => <li className="unread">{reason}</li>}
            </LongList>
          </ul>
        </div>
      )}
      {dropped.faults.length > 0 && <LeftOut faults={dropped.faults} />}
      {documents.length > 0 && train.length === 0 && (
        <p className="hint">Good for searching; a run also needs questions to learn.</p>
      )}
      {documents.length === 0 && (
        <p className="hint">
          {target === null
            ? "There is no document with text among the files: questions need documents to be looked up in."
            : `There is no document among them; the questions can be added to “${target.name}”.`}
        </p>
      )}
      {train.length > 0 && test === train && (
        <p className="hint">
          No held-out file: the test will use the questions to learn, which shows memory, not understanding.
        </p>
      )}
      {documents.length > 0 && (
        <label>
          <span className="eyebrow">Name</span>
          <input value={pending.name} onChange={(e) => onChange({ name: e.target.value })} />
          {free !== name && <small>{`“${name}” is stored already; this will be “${free}”.`}</small>}
        </label>
      )}
      <div className="run">
        {documents.length > 0 && (
          <button
            type="button"
            className="go"
            disabled={name === ""}
            onClick={() => onKeep({ ...pending, dropped: taken })}
          >
            Keep and index
          </button>
        )}
        {target !== null && added.documents.length + train.length + test.length + twohop.length > 0 && (
          <button type="button" onClick={() => onAdd(target, { ...pending, dropped: added })}>
            Add to “{target.name}”
          </button>
        )}
        <button type="button" onClick={onDrop}>
          Discard
        </button>
      </div>
    </div>
  );
}

const byId = (found: readonly Alike[]): Map<string, Alike> =>
  new Map(found.map((alike) => [alike.id, alike]));

/** Of dropped documents those that the corpus on the table has, with the titles they have there. */
function alreadyThere(corpus: Corpus | null, dropped: readonly SourceDocument[]): Map<string, Alike> {
  if (corpus === null) return new Map();
  const apart = corpus.documents.map((document, i) => ({ ...document, id: `${i} of the corpus` }));
  const titles = new Map(apart.map(({ id, title }) => [id, title]));
  return byId(
    findAlike([...apart, ...dropped], apart.length).flatMap((alike) => {
      const title = titles.get(alike.of);
      return title === undefined ? [] : [{ ...alike, of: `“${title}” in “${corpus.name}”` }];
    }),
  );
}

interface DroppedRowProps {
  document: SourceDocument;
  within: Alike | null; // the document among the dropped ones that it is like
  there: Alike | null; // one that is kept already
  taken: boolean;
  onTurn(): void;
}

function DroppedRow({ document, within, there, taken, onTurn }: DroppedRowProps): ReactNode {
  const { title, blocks, file } = document;
  const facts = useMemo(() => documentFacts(document), [document]);
  const left = leftOut(blocks ?? []);
  return (
    <li className={taken ? "dropped" : "dropped untaken"}>
      <b>{title}</b> <small className="about-file">{facts}</small>
      {left.length > 0 && (
        <small className="about-file">
          Left out: {left.map(([reason, count]) => `${reason} (${integer(count)})`).join(", ")}
        </small>
      )}
      {file?.doubts.map((doubt) => (
        <small className="about-file doubt" key={doubt}>
          {doubt}
        </small>
      ))}
      {[within, there].map(
        (alike) =>
          alike && (
            <small className="about-file doubt" key={alike.of}>
              {alike.same === "file" ? "The same file as" : "Nearly the same words as"} {alike.of}.
            </small>
          ),
      )}
      {(within || !taken) && (
        <button type="button" className="link" onClick={onTurn}>
          {taken ? "leave out" : "take it all the same"}
          <span className="hidden"> {title}</span>
        </button>
      )}
    </li>
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
        <LongList items={faults} most={MOST_SHOWN} as="li">
          {(fault) => <li>{fault}</li>}
        </LongList>
      </ul>
    </details>
  );
}
