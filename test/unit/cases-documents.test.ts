/** Other people's questions and documents (test/fixtures/cases): what a trusted program makes of them. */
import { expect, test } from "vitest";
import { readText } from "../../src/documents/decode.ts";
import { parseDocuments } from "../../src/documents/documents.ts";
import { readDropped } from "../../src/documents/dropped.ts";
import { corpusOf } from "../../src/documents/gather.ts";
import { checkQuestions } from "../../src/documents/questions.ts";
import { chunk } from "../../src/retrieval/chunk.ts";
import { openIndex, search } from "../../src/retrieval/search.ts";
import { type CaseFiles, readCase } from "../helpers/cases.ts";
import { publicFile } from "../helpers/fixtures.ts";
import { openFolder } from "../helpers/recall.ts";

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
  const dropped = await readDropped([DOCUMENT, { name: "q.csv", bytes: await bytes("q.csv") }]);
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
    await readDropped([DOCUMENT, { name: what.file, bytes: await bytes(what.file) }]),
  );
  expect(train).toHaveLength(expected.train);
  expect(heldOut).toBe(train); // none is held out
});

/** A case's documents, as they are read from disk. */
async function documentsOf({ bytes }: Pick<CaseFiles<unknown, unknown>, "bytes">, names: readonly string[]) {
  const read = async (name: string) => ({ name, text: readText(await bytes(name), name).text });
  return parseDocuments(await Promise.all(names.map(read)));
}

test("d02-base64-image", async () => {
  const files = await readCase<{ files: string[] }, { max_chars: number }>("d02-base64-image");
  const embedder = await openFolder(publicFile, "models/embedder-static");
  const passages = chunk(await documentsOf(files, files.case.files), embedder.countTokens);
  for (const { text } of passages) expect(text.length).toBeLessThanOrEqual(files.expected.max_chars);
});

test("d05-bm25-chinese", async () => {
  const files = await readCase<{ query: string }, { top: number }>("d05-bm25-chinese");
  const texts = JSON.parse(readText(await files.bytes("docs.json"), "docs.json").text) as string[];
  const documents = texts.map((text, i) => ({ id: `${i}`, title: "", text, passages: null }));
  const passages = chunk(documents, (text) => text.length);
  const index = openIndex(passages, new Float32Array(), 0);
  const hits = search(index, files.case.query, null, { retrieval: "bm25", k: 1, tokenBudget: null });
  expect(hits.map((hit) => hit.index)).toEqual([files.expected.top]);
});

test("d08-heading-in-code", async () => {
  const files = await readCase<{ files: string[] }, { title: string }>("d08-heading-in-code");
  const documents = await documentsOf(files, files.case.files);
  expect(documents.map(({ title }) => title)).toEqual([files.expected.title]);
});
