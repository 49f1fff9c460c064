/** SmolLM2's tokenizer out of its GGUF file: the ids of fixtures/smollm2, which are llama.cpp's. */
import { expect, test } from "vitest";
import { POCKET_WORDS } from "../../src/core/modelWords.ts";
import { fromFolder } from "../../src/lab/files.ts";
import { loadTokenizer } from "../../src/model/tokenizerFiles.ts";
import { userTurn } from "../../src/train/prompts.ts";
import { folder, json, sharedFile } from "../helpers/fixtures.ts";

interface Fixture {
  strings: { text: string; ids: number[] }[];
  chat_prompt: string;
  greedy: { prompt_ids: number[]; new_ids: number[]; text: string };
  questions: {
    question: string;
    closed: { prompt_ids: number[] };
    open: { prompt_ids: number[] };
  }[];
}

const smollm2 = await json<Fixture>(sharedFile("fixtures/smollm2/smollm2.json"));
const rows = await json<{ question: string; ctx: string }[]>(
  sharedFile("data/current-events/CurrentEvents_test.json"),
);
const tokenizer = await loadTokenizer(fromFolder(`${folder("SHARED")}/models/smollm2-135m-instruct`));

test("strings, markup as markup", () => {
  expect(smollm2.strings.length).toBeGreaterThan(10);
  for (const { text, ids } of smollm2.strings) {
    expect(tokenizer.encodeMarkup(text), JSON.stringify(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(text);
  }
});

test("the chat prompt, with the template's own system turn", () => {
  const ids = tokenizer.promptIds("What is the capital of France?");
  expect(tokenizer.decode(ids)).toBe(smollm2.chat_prompt);
  expect(ids).toEqual(smollm2.greedy.prompt_ids);
  expect(tokenizer.decode(smollm2.greedy.new_ids)).toBe(smollm2.greedy.text);
});

test("every question's prompt, open and closed book", () => {
  expect(smollm2.questions).toHaveLength(24);
  for (const [i, { question, open, closed }] of smollm2.questions.entries()) {
    expect(rows[i]!.question).toBe(question);
    const asked = { question, options: {} };
    expect(tokenizer.promptIds(userTurn(asked, [], false, POCKET_WORDS))).toEqual(closed.prompt_ids);
    expect(tokenizer.promptIds(userTurn(asked, [rows[i]!.ctx], false, POCKET_WORDS))).toEqual(
      open.prompt_ids,
    );
  }
});

test("begins and ends as the model does, and does not think aloud", () => {
  const { begin, stopIds, canThink } = tokenizer;
  expect({ begin, stopIds, canThink }).toEqual({ begin: 1, stopIds: [2], canThink: false });
});
