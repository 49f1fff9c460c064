/** The documents and questions on the table, and how far their index is. */
import { create } from "zustand";
import { type ErrorReport, LabError, reportError } from "../../core/errors.ts";
import type { IndexSummary } from "../../core/messages.ts";
import { absoluteModel } from "../../core/models.ts";
import type { Question, QuestionSet } from "../../core/run.ts";
import { type Corpus, isOwn } from "../corpora.ts";
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

/** Ids of one's own corpora, as stored. */
export const useOwnCorpora = create<{ ids: string[] }>(() => ({ ids: [] }));

export async function listOwn(lab: Lab): Promise<void> {
  useOwnCorpora.setState({ ids: await lab.corpora.list() });
}

let newest = 0; // of the calls below only the last one may write

/**
 * Puts a corpus on the table, makes it the draft's and has it indexed by the draft's embedder.
 * @param given one that may not be stored yet, which indexing does; otherwise it is loaded
 * @returns whether it was indexed; what went wrong otherwise is in the store
 */
export async function openCorpus(lab: Lab, id: string, given: Corpus | null = null): Promise<boolean> {
  const mine = ++newest;
  const update = (change: Partial<CorpusState>) => {
    if (mine === newest) useCorpusStore.setState(change);
  };
  update(NOTHING);
  try {
    const current = given ?? (await lab.corpora.load(id));
    update({ current });
    if (mine === newest) chooseCorpus(id, current.train.length);
    const index = await indexCorpus(lab, current, given !== null, (indexing) => update({ indexing }));
    update({ index, indexing: null });
    return true;
  } catch (error) {
    update({ error: reportError(error), indexing: null });
    return false;
  }
}

/**
 * Puts `now` in the place of the corpus on the table and has what is new of it indexed. Where that fails, what is stored
 * comes back on the table.
 * @returns whether it was indexed; what went wrong otherwise is in the store
 */
export async function replaceCorpus(lab: Lab, now: Corpus): Promise<boolean> {
  const mine = ++newest;
  const update = (change: Partial<CorpusState>) => {
    if (mine === newest) useCorpusStore.setState(change);
  };
  update({ current: now, index: null, error: null });
  try {
    const index = await indexCorpus(lab, now, true, (indexing) => update({ indexing }));
    update({ index, indexing: null });
    return true;
  } catch (error) {
    const stored = await lab.corpora.load(now.id).catch(() => now);
    update({ current: stored, error: reportError(error), indexing: null });
    if (mine === newest && !isStopped(error)) {
      const index = await indexCorpus(lab, stored, false).catch(() => null); // nothing to do where it is whole
      update({ index });
    }
    return false;
  }
}

const isStopped = (error: unknown): boolean => error instanceof LabError && error.code === "aborted";

/** Stops the indexing of the corpus on the table; what is embedded is kept, and indexing again goes on from there. */
export function stopIndexing(lab: Lab): void {
  const { current } = useCorpusStore.getState();
  if (current !== null) void lab.retrieval.ask("stopIndex", { corpus: current.id });
}

/** Has documents indexed by the draft's embedder, which stores them; one's own with their questions where `whole`. */
export function indexCorpus(
  lab: Lab,
  { id, documents, train, test, twohop, held }: Corpus,
  whole: boolean,
  onProgress: (progress: { done: number; of: number }) => void = () => {},
): Promise<IndexSummary> {
  const embedder = absoluteModel(useDraftStore.getState().embedder, siteUrl(""));
  const questions = whole && isOwn(id) ? { questions: { train, test, twohop, ...(held && { held }) } } : {};
  return lab.retrieval.ask("index", { corpus: id, embedder, documents, ...questions }, { onProgress });
}

export const questionsOf = (corpus: Corpus | null, set: QuestionSet): readonly Question[] =>
  corpus?.[set] ?? [];
