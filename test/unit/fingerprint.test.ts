import { expect, test } from "vitest";
import { changes, fingerprintOf, requireSame } from "../../src/core/fingerprint.ts";
import type { SourceDocument } from "../../src/core/messages.ts";
import type { Question } from "../../src/core/run.ts";

const question = (text: string): Question => ({
  question: text,
  options: {},
  answer: "a",
  evidence: null,
  relation: null,
  phrasings: [],
  bridge: null,
});

const documents: SourceDocument[] = [{ id: "a", title: "A", text: "Ada lives here.", passages: null }];
const sets = { train: [question("1")], test: [question("2")], twohop: [] };
const began = await fingerprintOf(documents, sets, "e");

test("the same data has the same fingerprint, whatever the order of fields and whatever fields come to be", async () => {
  const { answer, ...rest } = sets.train[0]!;
  const later = { ...rest, answer, hint: null, tags: [] } as Question;
  const again = await fingerprintOf(structuredClone(documents), { ...sets, train: [later] }, "e");
  expect(again).toEqual(began);
  expect(changes(began, again)).toEqual([]);
  expect(() => requireSame("the run", began, again)).not.toThrow();
});

test.for([
  [[{ ...documents[0]!, text: "Ada lived here." }], sets, "e", /: the documents have changed/],
  [[...documents, { ...documents[0]!, id: "b" }], sets, "e", /: the documents have changed/],
  [documents, { ...sets, train: sets.test, test: sets.train }, "e", /: the questions have changed/],
  [documents, { ...sets, test: [] }, "e", /: the questions have changed/],
  [documents, sets, "f", /: the embedder \(e, now f\) has changed/],
  [
    [],
    { ...sets, test: [] },
    "f",
    /: the documents and the questions and the embedder \(e, now f\) have changed/,
  ],
] as const)(
  "%#: what has changed is named, and the way out",
  async ([documents, sets, embedder, message]) => {
    const now = await fingerprintOf(documents, sets, embedder);
    expect(() => requireSame('the run "x"', began, now)).toThrow(message);
    expect(() => requireSame('the run "x"', began, now)).toThrow(
      /start a new run; what this one has stored is kept/,
    );
  },
);
