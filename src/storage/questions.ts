/** The question sets of a corpus. */
import type { Question, QuestionSet } from "../core/run.ts";
import { type LabDb, read, startingWith, type WriteTransaction, write } from "./db.ts";

export type QuestionSets = Partial<Record<QuestionSet, Question[]>>;

/** Puts these sets in the place of all that the corpus had. */
export const saveQuestions = (db: LabDb, corpus: string, sets: QuestionSets): Promise<void> =>
  write(db, ["questions"], `saving the questions of "${corpus}"`, sets, (tx) =>
    putQuestions(tx, corpus, sets),
  );

/** The same within a transaction. */
export async function putQuestions(tx: WriteTransaction, corpus: string, sets: QuestionSets): Promise<void> {
  const store = tx.objectStore("questions");
  await store.delete(startingWith(corpus));
  const entries = Object.entries(sets) as [QuestionSet, Question[]][];
  await Promise.all(entries.map(([set, questions]) => store.put(questions, [corpus, set])));
}

/** The sets a corpus has; none is an empty object. */
export const readQuestions = (db: LabDb, corpus: string): Promise<QuestionSets> =>
  read(`reading the questions of "${corpus}"`, async () => {
    const sets: QuestionSets = {};
    let cursor = await db.transaction("questions").store.openCursor(startingWith(corpus));
    for (; cursor; cursor = await cursor.continue()) sets[cursor.key[1]] = cursor.value.map(asQuestion);
    return sets;
  });

/** A question as it was stored; earlier ones have no phrasings and no bridge. */
const asQuestion = (stored: Question): Question => ({ ...UNSAID, ...stored });
const UNSAID = { phrasings: [], bridge: null };
