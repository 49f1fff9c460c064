/**
 * One question from being asked to being learned, by the requests that any run is made of: a corpus of one's own that has the
 * documents on the table and this question alone, a search, two inspections, and between them a run of one cycle.
 */
import { parseRunConfig, type RunConfig } from "../../../../core/config.ts";
import { LabError } from "../../../../core/errors.ts";
import type { Inspection, Question, RetrievedPassage } from "../../../../core/run.ts";
import { type Draft, draftFault } from "../../../../documents/review.ts";
import { beginRun, newRunId, takeCorpus } from "../../../actions.ts";
import { ARCHIVE, type Corpus, ownCorpusId } from "../../../corpora.ts";
import type { Lab } from "../../../lab.ts";
import { useCorpusStore } from "../../../stores/corpusStore.ts";
import { fitOf, useDraftStore } from "../../../stores/draftStore.ts";
import { useRunStore } from "../../../stores/runStore.ts";

const NAME = "One question";
export const ONE_QUESTION = ownCorpusId(NAME);
export const UPDATES = 12;

/** @throws LabError bad-data saying what is missing */
export function questionFrom(draft: Draft): Question {
  const fault = draftFault(draft);
  if (fault !== null) throw new LabError("bad-data", fault);
  const answer = draft.answer.trim();
  const wrong = draft.wrong.map((text) => text.trim()).filter((text) => text !== "");
  const texts = wrong.length === 0 ? [] : [answer, ...wrong].sort((a, b) => a.localeCompare(b, "en"));
  return {
    question: draft.question.trim(),
    options: Object.fromEntries(texts.map((text, i) => [String.fromCharCode(65 + i), text])),
    answer,
    evidence: null,
    relation: null,
    phrasings: [],
    bridge: null,
  };
}

export const draftOf = ({ question, answer, options }: Question): Draft => ({
  question,
  answer,
  wrong: Object.values(options).filter((text) => text !== answer),
});

/** The settings of the one cycle: RLAG with explanations, whose reward has all its parts. */
export function oneConfig(): RunConfig {
  const { model, embedder } = useDraftStore.getState();
  return parseRunConfig({
    ...fitOf({ ...useDraftStore.getState(), changes: {} }).config,
    objective: "rlag",
    answers: "response",
    cycles: 1,
    updates: UPDATES,
    batch_size: 1,
    explain_every: 0,
    thorough: false,
    other_data: null,
    data: ONE_QUESTION,
    model,
    embedder,
  });
}

/** Lays the question on the table, with the documents that are there, and looks its passages up. */
export async function lookUp(lab: Lab, question: Question): Promise<RetrievedPassage[]> {
  const { current } = useCorpusStore.getState();
  if (current === null) throw new LabError("not-found", "no documents are on the table yet");
  const set = [question];
  const corpus: Corpus = {
    id: ONE_QUESTION,
    name: NAME,
    documents: current.documents,
    train: set,
    test: set,
    twohop: [],
  };
  if (!(await takeCorpus(lab, ONE_QUESTION, corpus))) {
    const { error } = useCorpusStore.getState();
    throw error === null
      ? new LabError("busy", "a run is under way: stop it on the Lab page, or wait for its end")
      : new Error(error.message);
  }
  const { retrieval, k } = oneConfig();
  const tokenBudget = useRunStore.getState().engine?.passageTokens ?? null;
  const queries = [question.question];
  const [found] = await lab.retrieval.ask("search", {
    corpus: ONE_QUESTION,
    queries,
    retrieval,
    k,
    tokenBudget,
  });
  return found ?? [];
}

/** Answered with the passages and without; null: by the base. */
export async function answerTwice(lab: Lab, runId: string | null): Promise<Inspection> {
  if (lab.train === null) throw new LabError("no-webgpu", "answering needs WebGPU, which is not here");
  return lab.train.ask("inspect", { runId, set: "train", index: 0, config: oneConfig() });
}

/** Starts the one cycle; how it goes is told by events. Answers its id. */
export function learnIt(lab: Lab): string {
  const id = newRunId();
  beginRun(lab, id, "One question, one cycle", oneConfig());
  return id;
}

/** What was on the table before, to be laid there again. */
export const tableBefore = (): string => {
  const id = useCorpusStore.getState().current?.id ?? ARCHIVE;
  return id === ONE_QUESTION ? ARCHIVE : id;
};
