/** The built-in archive as tests need it: questions, passages, and what the reference program retrieved for each question. */

import { POCKET_WORDS } from "../../src/core/modelWords.ts";
import type { Question } from "../../src/core/run.ts";
import { type ChatTokenizer, openTokenizer } from "../../src/model/tokenizer.ts";
import { openPrompts } from "../../src/train/prompts.ts";
import hits from "./archiveHits.json" with { type: "json" };
import { json, publicFile } from "./fixtures.ts";

type Sets = Record<"train" | "test" | "twohop", number[][]>;

export async function loadArchive() {
  const read = <T>(name: string) => json<T>(publicFile(`data/archive/${name}.json`));
  const documents = await read<{ passages: string[] }[]>("documents");
  const passages = documents.flatMap((d) => d.passages);
  const questions = {
    train: await read<Question[]>("train"),
    test: await read<Question[]>("test"),
    twohop: await read<Question[]>("twohop"),
  };
  const retrieved = (set: keyof Sets, i: number) => (hits satisfies Sets)[set][i]!.map((p) => passages[p]!);
  return { passages, questions, retrieved };
}

/** Pocket's own tokenizer. */
export async function pocketTokenizer(): Promise<ChatTokenizer> {
  const read = (name: string) => json<Record<string, unknown>>(publicFile(`models/pocket/${name}`));
  return openTokenizer({
    tokenizer: await read("tokenizer.json"),
    tokenizerConfig: await read("tokenizer_config.json"),
    model: (await read("config.json")) as { vocab_size: number },
  });
}

export const pocketPrompts = async () => openPrompts(await pocketTokenizer(), POCKET_WORDS);
