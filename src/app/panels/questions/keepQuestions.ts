/** The reviewed questions into the corpus, in one transaction with its documents. */
import type { CorpusFiles } from "../../../documents/corpus.ts";
import type { Review } from "../../../documents/review.ts";
import type { Sets } from "../../../documents/standing.ts";
import { copyCorpus, keepCorpus, takeCorpus } from "../../actions.ts";
import { type Corpus, isOwn, ownCorpusId } from "../../corpora.ts";
import type { Lab } from "../../lab.ts";
import { askToEdit } from "../../stores/editStore.ts";

/**
 * Puts the sets in the place of the questions that a corpus of one's own has; of a built-in one they make a new corpus,
 * with its documents and this review. @returns whether they are stored, null where a person would not; what went wrong is
 * in the corpus store
 */
export async function keepQuestions(
  lab: Lab,
  corpus: Corpus,
  sets: Sets,
  review: Review,
): Promise<boolean | null> {
  const { train, test, held, twohop = [] } = sets;
  const { documents } = corpus;
  // Facts of one wording only: what is learned is all there is to test.
  const files: CorpusFiles = { documents, train, test: test.length > 0 ? test : train, twohop, held };
  if (isOwn(corpus.id)) {
    const how = await askToEdit(lab, corpus);
    if (how === "copy") return (await copyCorpus(lab, corpus, files)) !== null;
    return how === "change" ? takeCorpus(lab, corpus.id, { ...corpus, ...files }) : null;
  }
  const kept = await keepCorpus(lab, `${corpus.name}, my questions`, files);
  if (kept === null) return false;
  await lab.reviews.save(ownCorpusId(kept.name), review);
  return true;
}
