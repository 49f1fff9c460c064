/** The review of a corpus' made questions: what was made, once; what was decided, again and again. */
import type { ReadPassage } from "../core/facts.ts";
import type { Made, Review } from "../documents/review.ts";
import { type LabDb, read, startingWith, write } from "./db.ts";

/** The part that changes with every decision. */
export type Decided = Omit<Review, keyof Made>;

/** Puts a review in the place of the one the corpus had. @throws LabError quota-exceeded, with the old one kept */
export const saveReview = (db: LabDb, corpus: string, review: Review): Promise<void> =>
  write(db, ["reviews"], `saving the review of "${corpus}"`, review, async (tx) => {
    const { seed, passages, facts, ...decided } = review;
    const store = tx.objectStore("reviews");
    await Promise.all([
      store.put({ seed, passages, facts }, [corpus, "made"]),
      store.put(decided, [corpus, "decided"]),
    ]);
  });

/** The same of what was decided alone. */
export const saveDecided = (
  db: LabDb,
  corpus: string,
  { seed, passages, facts, ...decided }: Review,
): Promise<void> =>
  write(db, ["reviews"], `saving the review of "${corpus}"`, decided, async (tx) => {
    await tx.objectStore("reviews").put(decided, [corpus, "decided"]);
  });

export const loadReview = (db: LabDb, corpus: string): Promise<Review | null> =>
  read(`reading the review of "${corpus}"`, async () => {
    const tx = db.transaction("reviews");
    const [made, decided] = await Promise.all([
      tx.store.get([corpus, "made"]),
      tx.store.get([corpus, "decided"]),
      tx.done,
    ]);
    // Each key has its own form, which the schema cannot say.
    return made && decided ? ({ ...made, ...decided } as Review) : null;
  });

/** The passages as they are indexed now, to be compared with those a review was made of. */
export const readPassages = (db: LabDb, corpus: string): Promise<ReadPassage[]> =>
  read(`reading the passages of "${corpus}"`, async () => {
    const passages = await db.getAll("passages", startingWith(corpus));
    return passages.map(({ documentId, title, text }) => ({ documentId, title, text }));
  });
