/** Dropped documents and questions put together as a corpus; without the readers, which the page does not load. */
import type { Dropped } from "../core/messages.ts";
import type { Question, QuestionSet } from "../core/run.ts";
import type { CorpusFiles } from "./corpus.ts";

/** The id, or with the next free number behind it. */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const id = n === 1 ? wanted : `${wanted} ${n}`;
    if (!taken.has(id)) return id;
  }
}

/** The corpus that the dropped files make; without a held-out file the test takes the questions to learn. */
export function corpusOf({
  documents,
  questionFiles,
}: Pick<Dropped, "documents" | "questionFiles">): CorpusFiles {
  const questionsFor = (set: QuestionSet): Question[] =>
    questionFiles.filter((file) => file.set === set).flatMap(({ questions }) => questions);
  const train = questionsFor("train");
  const test = questionsFor("test");
  const held = questionsFor("held");
  return {
    documents,
    train,
    test: test.length === 0 ? train : test,
    twohop: questionsFor("twohop"),
    ...(held.length > 0 && { held }),
  };
}

/** A corpus with what was dropped besides: documents under ids of their own, questions behind those there are. */
export function addTo(
  corpus: CorpusFiles,
  dropped: Pick<Dropped, "documents" | "questionFiles">,
): CorpusFiles {
  const added = corpusOf(dropped);
  const heldOut = ({ train, test }: CorpusFiles): Question[] =>
    JSON.stringify(test) === JSON.stringify(train) ? [] : test; // where none are held out, the test takes those to learn
  const train = [...corpus.train, ...added.train];
  const test = [...heldOut(corpus), ...heldOut(added)];
  const ids = new Set(corpus.documents.map(({ id }) => id));
  const documents = added.documents.map((document) => {
    const id = freeId(document.id, ids);
    ids.add(id);
    return { ...document, id };
  });
  return {
    documents: [...corpus.documents, ...documents],
    train,
    test: test.length === 0 ? train : test,
    twohop: [...corpus.twohop, ...added.twohop],
    ...((corpus.held ?? added.held) && { held: [...(corpus.held ?? []), ...(added.held ?? [])] }),
  };
}
