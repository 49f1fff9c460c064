/** Reviews of made questions, in the database beside their corpus. */
import type { ReadPassage } from "../core/facts.ts";
import type { Review } from "../documents/review.ts";
import type { LabDb } from "../storage/db.ts";
import { loadReview, readPassages, saveDecided, saveReview } from "../storage/reviews.ts";

export interface Reviews {
  load(corpus: string): Promise<Review | null>;
  save(corpus: string, review: Review): Promise<void>;
  /** The same where nothing was made anew. */
  saveDecided(corpus: string, review: Review): Promise<void>;
  /** A corpus' passages as they are indexed now. */
  passages(corpus: string): Promise<ReadPassage[]>;
}

export const openReviews = (opening: Promise<LabDb>): Reviews => ({
  load: async (corpus) => loadReview(await opening, corpus),
  save: async (corpus, review) => saveReview(await opening, corpus, review),
  saveDecided: async (corpus, review) => saveDecided(await opening, corpus, review),
  passages: async (corpus) => readPassages(await opening, corpus),
});
