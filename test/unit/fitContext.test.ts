import { expect, test } from "vitest";
import { loadTokenizer } from "../../src/model/tokenizerFiles.ts";
import { fitContext } from "../../src/train/fitContext.ts";
import { caseSource } from "../helpers/cases.ts";
import { json, publicFile } from "../helpers/fixtures.ts";

const encode = (text: string) => [...text].map((_, i) => i); // a token a character
const passage = (index: number, text: string) => ({ index, text, title: null, score: 1 - index / 10 });
const kept = (texts: string[], positions = 100, question = "12345") =>
  fitContext([question], [texts.map((text, i) => passage(i, text))], positions, encode)[0]!;

test("what fits stays as it is, in its order", () => {
  expect(kept(["a".repeat(30), "b".repeat(30)]).map(({ index }) => index)).toEqual([0, 1]);
  expect(kept([])).toEqual([]);
});

test("one that does not fit is passed over for the next", () => {
  expect(kept(["a".repeat(60), "b".repeat(60), "c".repeat(8)]).map(({ index }) => index)).toEqual([0, 2]);
  expect(kept(["a".repeat(200), "b".repeat(60)]).map(({ index }) => index)).toEqual([1]);
});

test("where none fits, the best one's beginning does", () => {
  const [only, ...rest] = kept(["word ".repeat(40), "b".repeat(300)]);
  expect(rest).toEqual([]);
  expect(only!.text.length).toBeLessThan(70);
  expect(only!.text.length).toBeGreaterThan(50);
  expect(only!.text).toMatch(/word$/);
  expect(kept(["🂡".repeat(500)])[0]!.text).toMatch(/^🂡+$/u);
});

test("a question that fills the context leaves no room for passages", () => {
  expect(kept(["a".repeat(10)], 100, "q".repeat(90))).toEqual([]);
});

test("any three passages of the built-in archive fit the built-in model beside any question", async () => {
  const { encode } = await loadTokenizer(caseSource({ bytes: publicFile }, "models/pocket"));
  const longest = (texts: string[]) => texts.toSorted((a, b) => encode(b).length - encode(a).length);
  const documents = await json<{ passages: string[] }[]>(publicFile("data/archive/documents.json"));
  const questions = await json<{ question: string }[]>(publicFile("data/archive/test.json"));
  const three = longest(documents.flatMap(({ passages }) => passages)).slice(0, 3);
  const [question] = longest(questions.map((q) => q.question));
  const found = three.map((text, index) => passage(index, text));
  expect(fitContext([question!], [found], 1024, encode)).toEqual([found]);
});
