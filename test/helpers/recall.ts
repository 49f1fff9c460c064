/** Recall at 1, 3 and 5 of a retrieval over passages, as ../shared/models/README.md counts it. */
import type { Retrieval } from "../../src/core/config.ts";
import { LabError } from "../../src/core/errors.ts";
import { type Embedder, openEmbedder } from "../../src/retrieval/embed.ts";
import { buildIndex, type PassageIndex, retrieve } from "../../src/retrieval/search.ts";

export interface RecallSet {
  passages: string[];
  questions: { question: string; found: (passage: string) => boolean }[];
}

export const openFolder = (
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>>,
  folder: string,
): Promise<Embedder> =>
  openEmbedder(async (name) => {
    try {
      return await read(`${folder}/${name}`);
    } catch (cause) {
      throw new LabError("not-found", `${folder}/${name} is not there`, { cause });
    }
  });

export const indexOf = ({ passages }: RecallSet, embedder: Embedder): Promise<PassageIndex> =>
  buildIndex([{ id: "all", title: "", text: null, passages }], embedder);

/** Shares of the questions of which one of the first 1, 3 and 5 passages is right. */
export async function recall(
  set: RecallSet,
  index: PassageIndex,
  embedder: Embedder,
  retrieval: Retrieval,
): Promise<number[]> {
  const queries = set.questions.map((q) => q.question);
  const hits = await retrieve(index, embedder, queries, { retrieval, k: 5, tokenBudget: null });
  return [1, 3, 5].map((k) => {
    const right = set.questions.filter((q, i) => hits[i]!.slice(0, k).some((hit) => q.found(hit.text)));
    return right.length / set.questions.length;
  });
}
