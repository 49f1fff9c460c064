/** The documents and questions on the table, and how far their index is. */
import { create } from "zustand";
import { type ErrorReport, reportError } from "../../core/errors.ts";
import type { IndexSummary } from "../../core/messages.ts";
import { absoluteModel } from "../../core/models.ts";
import type { Question, QuestionSet } from "../../core/run.ts";
import type { Corpus } from "../corpora.ts";
import type { Lab } from "../lab.ts";
import { siteUrl } from "../site.ts";
import { chooseCorpus, useDraftStore } from "./draftStore.ts";

export interface CorpusState {
  current: Corpus | null;
  indexing: { done: number; of: number } | null;
  index: IndexSummary | null; // null until the current corpus is searchable
  error: ErrorReport | null;
}

const NOTHING: CorpusState = { current: null, indexing: null, index: null, error: null };

export const useCorpusStore = create<CorpusState>(() => NOTHING);

let newest = 0; // of the calls below only the last one may write

/**
 * Puts a corpus on the table, makes it the draft's and has it indexed by the draft's embedder, which also stores its documents.
 * @param given one just dropped, not yet stored; otherwise it is loaded
 */
export async function openCorpus(lab: Lab, id: string, given: Corpus | null = null): Promise<void> {
  const mine = ++newest;
  const update = (change: Partial<CorpusState>) => {
    if (mine === newest) useCorpusStore.setState(change);
  };
  update(NOTHING);
  try {
    const current = given ?? (await lab.corpora.load(id));
    update({ current });
    if (mine === newest) chooseCorpus(id);
    const embedder = absoluteModel(useDraftStore.getState().embedder, siteUrl(""));
    const request = { corpus: id, embedder, documents: current.documents };
    const index = await lab.retrieval.ask("index", request, {
      onProgress: (indexing) => update({ indexing }),
    });
    update({ index, indexing: null });
  } catch (error) {
    update({ error: reportError(error), indexing: null });
  }
}

export const questionsOf = (corpus: Corpus | null, set: QuestionSet): readonly Question[] =>
  corpus?.[set] ?? [];
