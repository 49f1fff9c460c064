/** What people drop: documents, questions, zips of both, collections that left the lab (src/documents/dropped.ts). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DropProgress } from "../../src/core/messages.ts";
import { collectionFiles } from "../../src/documents/collection.ts";
import { readDropped, setOf } from "../../src/documents/dropped.ts";
import { addTo, corpusOf } from "../../src/documents/gather.ts";
import { zipped } from "../helpers/officeFiles.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("dropped files", () => {
  const text = (name: string, content: string) => ({ name, bytes: utf8(content) });
  const question = '{"question": "Who?", "options": {"A": "Ada", "B": "Bo"}, "answer": "Ada"}';

  const dropAll = async (files: Parameters<typeof readDropped>[0]) => corpusOf(await readDropped(files));

  test("documents and questions are told apart, and question files by their names", async () => {
    const dropped = await dropAll([
      text("notes.txt", "Ada lives here."),
      text("documents.json", '[{"id": "d", "passages": ["One."]}]'),
      text("train.jsonl", `${question}\n${question}`),
      text("my-test.json", `[${question}]`),
      text("twohop.csv", "question,answer\nWhere?,Here\n"),
    ]);
    expect(dropped.documents.map((d) => d.id)).toEqual(["notes.txt", "d"]);
    expect([dropped.train.length, dropped.test.length, dropped.twohop.length]).toEqual([2, 1, 1]);
  });

  test("without a held-out file the test takes the questions to learn", async () => {
    const dropped = await dropAll([text("notes.txt", "Ada."), text("questions.jsonl", question)]);
    expect(dropped.test).toBe(dropped.train);
  });

  test("what cannot be read is listed with its reason, and the others go on", async () => {
    const { documents, questionFiles, unread } = await readDropped([
      text("empty.txt", "  \n"),
      text("nothing.md", ""),
      { name: "picture.txt", bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47) },
      text("broken.json", '[{"question": "Who?"}]'),
      text("empty.json", '[{"id": "d", "passages": [" "]}, {"id": "e", "text": "Here."}]'),
      text("a.txt", "x"),
    ]);
    expect([documents.map(({ id }) => id), questionFiles]).toEqual([["e", "a.txt"], []]);
    expect(unread).toEqual([
      { name: "empty.txt", reason: "empty.txt has no text in it" },
      { name: "nothing.md", reason: "nothing.md is empty" },
      { name: "picture.txt", reason: expect.stringMatching(/^picture\.txt is a picture/) },
      { name: "broken.json", reason: expect.stringMatching(/broken\.json.*answer/) },
      { name: "d", reason: 'the document "d" is empty: leave it out' },
    ]);
  });

  test("a document has blocks and the facts of its file; a table without questions is one", async () => {
    const { documents, notes } = await readDropped([
      text("folder/notes.md", "# The mill\n\nIt stands.\n"),
      text("towns.csv", "Town,River\nAy,Bee\nCee,\n"),
    ]);
    expect(documents[0]).toMatchObject({
      id: "folder/notes.md",
      title: "The mill",
      text: null,
      blocks: [
        { kind: "heading", text: "The mill" },
        { kind: "text", text: "It stands." },
      ],
      file: { name: "folder/notes.md", kind: "markdown", size: 23, pages: null, encoding: null, doubts: [] },
    });
    expect(documents[0]!.file!.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(documents[1]!.blocks!.map((b) => [b.kind, b.text])).toEqual([
      ["row", "Town: Ay; River: Bee."],
      ["row", "Town: Cee."],
    ]);
    expect(notes).toEqual([expect.stringMatching(/^towns\.csv has no column “question”/)]);
  });

  test("a zip's files are read each by itself; what systems put beside them is not", async () => {
    const inner = await zipped({ "deep.txt": "Deep." });
    const zip = await zipped({
      "notes/a.txt": "Ada.",
      "__MACOSX/notes/._a.txt": "\0",
      "notes/.DS_Store": "x",
      "train.jsonl": question,
      "inner.zip": inner,
    });
    const { documents, questionFiles, unread } = await readDropped([{ name: "all.zip", bytes: zip }]);
    expect(documents.map(({ id }) => id)).toEqual(["notes/a.txt", "deep.txt"]);
    expect([questionFiles.map(({ name }) => name), unread]).toEqual([["train.jsonl"], []]);
  });

  test("files of the same name are documents of their own", async () => {
    const { documents } = await readDropped([text("a.txt", "One."), text("a.txt", "Two.")]);
    expect(documents.map(({ id }) => id)).toEqual(["a.txt", "a.txt 2"]);
  });

  test("how far it is, file by file and page by page; told to stop it stops", async () => {
    const told: DropProgress[] = [];
    const stop = new AbortController();
    const watch = { onProgress: (p: DropProgress) => void told.push(p), signal: stop.signal };
    const pdf = new Uint8Array(
      readFileSync(join(import.meta.dirname, "../fixtures/documents/two-columns.pdf")),
    );
    await readDropped([text("a.txt", "One."), { name: "b.pdf", bytes: pdf }], watch);
    expect(told).toEqual([
      { name: "a.txt", done: 0, of: 2, part: 0, parts: 0 },
      { name: "b.pdf", done: 1, of: 2, part: 0, parts: 0 },
      { name: "b.pdf", done: 1, of: 2, part: 1, parts: 2 },
      { name: "b.pdf", done: 1, of: 2, part: 2, parts: 2 },
    ]);
    stop.abort();
    await expect(readDropped([text("a.txt", "One.")], watch)).rejects.toThrow(/abort/i);
  });

  test("what is dropped can be added to a corpus: ids stay apart, held-out questions held out", async () => {
    const asked = (name: string) => text(name, question);
    const first = await dropAll([text("a.txt", "One."), asked("train.jsonl")]);
    const more = await readDropped([text("a.txt", "Two."), asked("test.jsonl")]);
    const both = addTo(first, more);
    expect(both.documents.map(({ id }) => id)).toEqual(["a.txt", "a.txt 2"]);
    expect([both.train.length, both.test.length, both.twohop.length]).toEqual([1, 1, 0]);
    const trained = addTo(first, await readDropped([asked("more.jsonl")]));
    expect(trained.train).toHaveLength(2);
    expect(trained.test).toBe(trained.train); // still none is held out
  });

  test("a collection leaves as one file and comes back whole", async () => {
    const dropped = await readDropped([
      text("a.md", "# H\n\nOne.\n\nTwo."),
      text("documents.json", '[{"id": "d", "title": "D", "passages": ["P."]}, {"id": "e", "text": "T."}]'),
      text("train.jsonl", question),
      text("test.jsonl", question.replace("Who", "Which one")),
    ]);
    const [first, ...others] = dropped.documents;
    const left = first!.blocks!.map((b, i) => (i === 2 ? { ...b, left: "by you" } : b));
    const corpus = corpusOf({
      ...dropped,
      documents: [{ ...first!, title: "Renamed", blocks: left }, ...others],
    });
    corpus.held = [{ ...corpus.train[0]!, question: "Who is not taught?" }];
    const files = Object.fromEntries(collectionFiles("My notes", corpus));
    const back = await readDropped([{ name: "My notes.zip", bytes: await zipped(files) }]);
    expect([back.name, back.unread, back.faults, back.notes]).toEqual(["My notes", [], [], []]);
    expect(corpusOf(back)).toEqual(corpus);
    const alone = corpusOf(await readDropped([text("a.txt", "One."), text("train.jsonl", question)]));
    expect([...collectionFiles("n", alone).keys()]).toEqual([
      "manifest.json",
      "documents.json",
      "train.json",
    ]);
  });
});

describe("dropped question files", () => {
  const question = '{"question": "Who?", "options": {"A": "Ada", "B": "Bo"}, "answer": "Ada"}';
  const notes = { name: "notes.txt", bytes: utf8("Ada lives here.") };

  test.for([
    "my-test.jsonl",
    "test_set.csv",
    "dev.json",
    "held-out.json",
    "heldout.json",
    "hold_out.json",
    "CurrentEvents_test.json",
    "questionsTest.json",
    "TESTSet.json",
    "validation.jsonl",
    "eval.csv",
    "test2.json",
    "questions (test).csv",
    "val.v2.json",
  ])("%s is held out", (name) => expect(setOf(name)).toBe("test"));

  test.for([
    "latest.jsonl",
    "devices.csv",
    "medieval.json",
    "contest.json",
    "developer.json",
    "attestation.csv",
    "evaluate_me.json",
    "DevOps.json",
    "retrieval.json",
    "train.json",
    "interval.csv",
    "held.json",
    "greatest-hits.json",
  ])("%s is to learn", (name) => expect(setOf(name)).toBe("train"));

  test.for(["twohop.json", "two-hop.csv", "2hop.jsonl", "TwoHop.json", "test_2_hop.json"])(
    "%s is of two hops",
    (name) => expect(setOf(name)).toBe("twohop"),
  );

  test("a person may say otherwise", async () => {
    const dropped = await readDropped([notes, { name: "a-test.jsonl", bytes: utf8(question) }]);
    expect(dropped.questionFiles.map(({ name, set }) => [name, set])).toEqual([["a-test.jsonl", "test"]]);
    expect(corpusOf(dropped)).toMatchObject({ train: [], test: [{}] });
    const changed = dropped.questionFiles.map((file) => ({ ...file, set: "train" as const }));
    expect(corpusOf({ ...dropped, questionFiles: changed })).toMatchObject({
      train: [{}],
      test: [{}],
      twohop: [],
    });
  });

  test("bad questions are listed and left out", async () => {
    const bytes = utf8(`${question}\n${question.replace('"Ada"}', '"Cy"}')}\n{`);
    const dropped = await readDropped([notes, { name: "q.jsonl", bytes }]);
    expect(dropped.questionFiles[0]!.questions).toHaveLength(1);
    expect(dropped.faults).toEqual([
      expect.stringMatching(/q\.jsonl, line 3 is not/),
      expect.stringMatching(/q\.jsonl, line 2: the answer "Cy"/),
    ]);
  });

  test("another encoding is told", async () => {
    const { documents } = await readDropped([
      { name: "n.txt", bytes: Uint8Array.from(Buffer.from("Zoé", "latin1")) },
    ]);
    expect(documents[0]!.blocks!.map(({ text }) => text)).toEqual(["Zoé"]);
    const { encoding, doubts } = documents[0]!.file!;
    expect([encoding, doubts]).toEqual(["windows-1252", ["n.txt was read as windows-1252."]]);
  });
});
