/** Other people's questions and documents (test/fixtures/cases): what a trusted program makes of them. */
import { expect, test } from "vitest";
import { checkQuestions } from "../../src/documents/questions.ts";
import { readCase } from "../helpers/cases.ts";

test("q01-answer-of-signs", async () => {
  const { bytes, expected } = await readCase<unknown, { answers: string[] }>("q01-answer-of-signs");
  const { questions, faults } = checkQuestions(new TextDecoder().decode(await bytes("q.json")), "q.json");
  expect([questions.map(({ answer }) => answer), faults]).toEqual([expected.answers, []]);
});
