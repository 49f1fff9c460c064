/** Other people's questions and documents (test/fixtures/cases): what a trusted program makes of them. */
import { expect, test } from "vitest";
import { readText } from "../../src/documents/decode.ts";
import { corpusOf, readDropped } from "../../src/documents/dropped.ts";
import { checkQuestions } from "../../src/documents/questions.ts";
import { readCase } from "../helpers/cases.ts";

interface Questions {
  answers?: string[];
  options?: string[][];
}

test.for(["q01-answer-of-signs", "q03-csv-cr", "q04-csv-sep-line", "q09-column-of-one-letter"])(
  "%s",
  async (id) => {
    const { bytes, case: what, expected } = await readCase<{ file: string }, Questions>(id);
    const { questions, faults } = checkQuestions(readText(await bytes(what.file), what.file).text, what.file);
    expect(faults).toEqual([]);
    const { answers, options } = expected;
    if (answers) expect(questions.map(({ answer }) => answer)).toEqual(answers);
    if (options) expect(questions.map((q) => Object.values(q.options))).toEqual(options);
  },
);

const DOCUMENT = { name: "notes.txt", bytes: new TextEncoder().encode("Ann kept the mill.") };

test("q06-csv-cp1252-in-the-page", async () => {
  const { bytes, expected } = await readCase<unknown, { either: string[] }>("q06-csv-cp1252-in-the-page");
  const dropped = readDropped([DOCUMENT, { name: "q.csv", bytes: await bytes("q.csv") }]);
  expect(corpusOf(dropped).train.map(({ answer }) => answer)).toEqual([expected.either[0]]);
  expect(dropped.notes).toEqual(["q.csv was read as windows-1252"]);
});

test("q08-file-name-latest", async () => {
  const {
    bytes,
    case: what,
    expected,
  } = await readCase<{ file: string }, { train: number }>("q08-file-name-latest");
  const { train, test: heldOut } = corpusOf(
    readDropped([DOCUMENT, { name: what.file, bytes: await bytes(what.file) }]),
  );
  expect(train).toHaveLength(expected.train);
  expect(heldOut).toBe(train); // none is held out
});
