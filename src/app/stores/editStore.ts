/** A change of documents or questions that waits for a person's word, since runs could not go on after it. */
import { create } from "zustand";
import type { RunRecord } from "../../core/run.ts";
import type { Lab } from "../lab.ts";

export type EditAnswer = "change" | "copy" | "leave";

export interface AskedEdit {
  name: string; // of the corpus
  deletes: boolean; // the corpus goes as a whole
  runs: RunRecord[]; // that were begun on it and are not finished
  answer(answer: EditAnswer): void;
}

export const useEditStore = create<{ asked: AskedEdit | null }>(() => ({ asked: null }));

/** Runs that could still go on with these documents and questions as they are, newest first. */
export async function unfinishedOn(lab: Pick<Lab, "runs">, corpus: string): Promise<RunRecord[]> {
  const runs = await lab.runs.list();
  return runs.filter(
    ({ config, status, checkpointId, imported }) =>
      config.data === corpus && status !== "finished" && checkpointId !== null && !imported,
  );
}

/** Whether to change a corpus, to change a copy of it, or to leave it; a person is asked where runs would be cut off. */
export async function askToEdit(
  lab: Pick<Lab, "runs">,
  { id, name }: { id: string; name: string },
  deletes = false,
): Promise<EditAnswer> {
  const runs = await unfinishedOn(lab, id);
  if (runs.length === 0) return "change";
  useEditStore.getState().asked?.answer("leave"); // the question before is overtaken
  return new Promise((resolve) => {
    const answer = (said: EditAnswer) => {
      if (useEditStore.getState().asked === asked) useEditStore.setState({ asked: null });
      resolve(said);
    };
    const asked: AskedEdit = { name, deletes, runs, answer };
    useEditStore.setState({ asked });
  });
}
