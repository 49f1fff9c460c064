/**
 * How is a model of somebody else's best asked to explain? Wordings of the instruction, by the mean reward of what
 * SmolLM2-135M-Instruct says to the first 24 Current Events test questions, with the passage that hybrid search finds
 * first (one line of CurrentEvents.txt) and without. Needs ../shared; an hour on a software adapter. It goes on where it
 * was cut (.cache/wordings.jsonl has a line per eight questions):
 *
 *   WORDINGS=1 npm run bench -- wordings
 */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { COMMON_WORDS, type ModelWords } from "../../src/core/modelWords.ts";
import { mean } from "../../src/core/shape.ts";
import { respond } from "../../src/train/answers.ts";
import { openPrompts } from "../../src/train/prompts.ts";
import { grade, isRight } from "../../src/train/reward.ts";
import { openSmollm2 } from "../helpers/currentEvents.ts";
import { writeResult } from "../helpers/results.ts";

const QUESTIONS = 24;
const AT_ONCE = 8;
const WORDINGS: Record<string, Pick<ModelWords, "prompt_explain" | "list_options"> & { k?: number }> = {
  fact: {
    prompt_explain: "State the fact that answers the question in one complete sentence.",
    list_options: false,
  },
  complete: {
    prompt_explain: "Answer with one complete sentence that states the fact.",
    list_options: false,
  },
  sentence: { prompt_explain: "Answer in one sentence.", list_options: false },
  explain: { prompt_explain: "Explain, then answer.", list_options: false }, // the built-in model's
  "fact, options listed": {
    prompt_explain: "State the fact that answers the question in one complete sentence.",
    list_options: true,
  },
  "fact, three passages": {
    prompt_explain: "State the fact that answers the question in one complete sentence.",
    list_options: false,
    k: 3,
  },
};

interface Line {
  wording: string;
  book: "open" | "closed";
  from: number; // the first question
  answers: { said: string; answer: string; right: boolean; asked: boolean; reward: number }[];
  seconds: number;
}

const folder = new URL("../../.cache/", import.meta.url);
const file = new URL("wordings.jsonl", folder);

test("wordings of the instruction", { timeout: 0 }, async () => {
  await mkdir(folder, { recursive: true });
  const lines: Line[] = (await readFile(file, "utf8").catch(() => ""))
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  const { lm, tokenizer, questions, passages } = await openSmollm2(QUESTIONS, 3);
  const done = new Set(lines.map(({ wording, book, from }) => `${wording} ${book} ${from}`));
  for (const book of ["open", "closed"] as const) {
    for (const [wording, { k = 1, ...words }] of Object.entries(WORDINGS)) {
      if (book === "closed" && k > 1) continue; // the same prompts
      const prompts = openPrompts(tokenizer, { ...COMMON_WORDS, ...words });
      for (let from = 0; from < QUESTIONS; from += AT_ONCE) {
        if (done.has(`${wording} ${book} ${from}`)) continue;
        const begin = performance.now();
        const some = questions.slice(from, from + AT_ONCE);
        const Z = passages.slice(from, from + AT_ONCE).map((found) => found.slice(0, k));
        const sitting = {
          policy: lm,
          tokenizer,
          prompts,
          passages: book === "open" ? Z : null,
          adapter: false,
        };
        const answers = (await respond(some, sitting)).map((answer, i) => ({
          said: tokenizer.decode(answer.completion.slice(0, -1)),
          answer: answer.text,
          right: isRight(some[i]!, answer),
          asked: answer.asked === true,
          reward: grade(some[i]!, answer, Z[i]!, null).reward,
        }));
        const seconds = (performance.now() - begin) / 1000;
        const line: Line = { wording, book, from, answers, seconds };
        lines.push(line);
        await appendFile(file, `${JSON.stringify(line)}\n`);
      }
    }
  }
  const table = Object.entries(WORDINGS).map(([wording, words]) => ({
    wording,
    ...words,
    ...Object.fromEntries(
      (["open", "closed"] as const).map((book) => {
        const answers = lines
          .filter((line) => line.wording === wording && line.book === book)
          .flatMap((line) => line.answers);
        const right = answers.filter((answer) => answer.right).length;
        const asked = answers.filter((answer) => answer.asked).length;
        return [
          book,
          { reward: mean(answers.map(({ reward }) => reward)), right, asked, of: answers.length },
        ];
      }),
    ),
  }));
  await writeResult("wordings", lm.gpu.info.name, {
    about: `SmolLM2-135M-Instruct Q4_1, the first ${QUESTIONS} questions of CurrentEvents_test.json, explained greedily; mean reward, answers right and asked for; k = 1 unless said, by hybrid search with the built-in embedder`,
    command: "WORDINGS=1 npm run bench -- wordings",
    table,
  });
  expect(table.every((row) => "open" in row)).toBe(true);
});
