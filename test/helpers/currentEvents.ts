/** SmolLM2 and Current Events from ../shared: a model that is not ours, with documents and questions that are not ours. */
import type { Question } from "../../src/core/run.ts";
import { checkQuestions } from "../../src/documents/questions.ts";
import { fromFolder } from "../../src/lab/files.ts";
import { type CausalLm, loadCausalLm } from "../../src/model/causalLm.ts";
import type { ChatTokenizer } from "../../src/model/tokenizer.ts";
import { loadTokenizer } from "../../src/model/tokenizerFiles.ts";
import { buildIndex, retrieve } from "../../src/retrieval/search.ts";
import { folder, publicFile, sharedFile } from "./fixtures.ts";
import { testGpu } from "./gpu.ts";
import { openFolder } from "./recall.ts";

export interface Smollm2 {
  lm: CausalLm;
  tokenizer: ChatTokenizer;
  questions: Question[]; // the first of CurrentEvents_test.json
  passages: string[][]; // of each, the lines of CurrentEvents.txt that hybrid search finds first
}

export async function openSmollm2(count: number, k = 1): Promise<Smollm2> {
  const text = async (name: string): Promise<string> =>
    new TextDecoder().decode(await sharedFile(`data/current-events/${name}`));
  const name = "CurrentEvents_test.json";
  const questions = checkQuestions(await text(name), name).questions.slice(0, count);
  const lines = (await text("CurrentEvents.txt")).split("\n");
  const embedder = await openFolder(publicFile, "models/embedder-static");
  const index = await buildIndex([{ id: "all", title: "", text: null, passages: lines }], embedder);
  const queries = questions.map(({ question }) => question);
  const how = { retrieval: "hybrid", k, tokenBudget: null } as const;
  const hits = await retrieve(index, embedder, queries, how);
  const source = fromFolder(`${folder("SHARED")}/models/smollm2-135m-instruct`);
  const [lm, tokenizer] = [await loadCausalLm(await testGpu(), source), await loadTokenizer(source)];
  return { lm, tokenizer, questions, passages: hits.map((found) => found.map((hit) => hit.text)) };
}
