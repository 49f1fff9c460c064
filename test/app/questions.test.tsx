/** Made questions on scripted workers: cards by keys, groups, the set, the way to the Lab; and axe. */
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { App } from "../../src/app/App.tsx";
import { LabContext } from "../../src/app/lab.ts";
import "../../src/app/panels/questions/QuestionsPage.tsx"; // loaded lazily by the page, which takes seconds on a busy machine
import { closeReview, useReviewStore } from "../../src/app/panels/questions/reviewStore.ts";
import { openCorpus } from "../../src/app/stores/corpusStore.ts";
import { useDraftStore } from "../../src/app/stores/draftStore.ts";
import { closeRun, useRunStore } from "../../src/app/stores/runStore.ts";
import { openDialog } from "../../src/app/stores/viewStore.ts";
import type { EngineInfo } from "../../src/core/messages.ts";
import { CORPUS, type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";

const ENGINE: EngineInfo = {
  model: "models/pocket",
  gpuAdapter: "x",
  isFallbackAdapter: true,
  parameters: 918_656,
  modelBytes: 1,
  passageTokens: 256,
  canThink: false,
  features: [],
};

beforeEach(() => {
  closeRun();
  closeReview();
  useRunStore.setState({ engine: null, prepared: false, elsewhere: null });
  useDraftStore.setState({ presetId: "rlag-options", changes: {}, corpus: "data/archive" });
  openDialog(null);
  vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("", { status: 404 }));
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const OWN = { ...CORPUS, id: "corpus:valley", name: "valley", train: [], test: [], twohop: [] };

const valley = (options: { webGpu?: boolean } = {}): ScriptedLab => scriptedLab({ ...options, corpus: OWN });

async function openQuestions(lab: ScriptedLab = valley()): Promise<ScriptedLab> {
  location.hash = "#/knowledge/questions";
  await openCorpus(lab, OWN.id);
  render(
    <LabContext value={lab}>
      <App />
    </LabContext>,
  );
  act(() => lab.say({ type: "opened", info: ENGINE }));
  await screen.findByRole("article", { name: "This question" });
  return lab;
}
const card = () => screen.getByRole("article", { name: "This question" });
const asked = () => within(card()).getByRole("heading", { level: 3 }).textContent;
const key = (name: string, on: Element | Window = window) =>
  act(() => {
    fireEvent.keyDown(on, { key: name, bubbles: true });
  });
const press = (name: string | RegExp, within_ = screen as Pick<typeof screen, "getByRole">) =>
  act(() => fireEvent.click(within_.getByRole("button", { name })));
const group = (name: RegExp) => screen.getByRole("button", { name });
const review = () => useReviewStore.getState().review!;
const facts = () => review().facts;

const ASKS = 2; // of a fact that passes the first gates: with its passage and without, then with others

describe("cards", () => {
  test("facts are there at once, unchecked, without a model; the answer is marked in its sentence", async () => {
    await openQuestions(valley({ webGpu: false }));
    expect(facts().length).toBeGreaterThan(8);
    expect(within(card()).getByText("unchecked")).toBeTruthy();
    expect(card().querySelector("blockquote mark")!.textContent).toBe(facts()[0]!.answer);
    expect(card().querySelector("blockquote")!.textContent).toBe(facts()[0]!.sentence);
    expect(screen.getByText(/Checking needs WebGPU/)).toBeTruthy();
    expect(group(/^to look at/).textContent).toContain(String(facts().length));
  });

  test("→ keeps, ← drops, both go on; U takes back to the same card; P, D change it", async () => {
    await openQuestions();
    const [a, b, c] = facts();
    key("ArrowRight");
    expect(review().choices[a!.id]!.said).toBe("keep");
    expect(review().at).toBe(b!.id);
    key("ArrowLeft");
    expect(review().choices[b!.id]!.said).toBe("drop");
    expect(review().at).toBe(c!.id);
    key("u");
    expect(review().choices[b!.id]).toBeUndefined();
    expect(review().at).toBe(b!.id);
    expect(asked()).toBe(b!.phrasings[0]!.text);
    key("p");
    expect(asked()).toBe(b!.phrasings[1]!.text);
    const options = () =>
      [...card().querySelectorAll(".options li:not(.right)")].map((li) => li.firstChild!.textContent!.trim());
    const before = options();
    key("d");
    expect(options()).toEqual([b!.spare[0]!.text, ...before.slice(1)]);
    key("d");
    expect(options().slice(2)).toEqual(before.slice(2)); // one after the other
    expect(options()[1]).not.toBe(before[1]);
    key("ArrowDown");
    expect(review().at).toBe(c!.id);
    key("ArrowUp");
    expect(review().at).toBe(b!.id);
  });

  test("E opens the editor; keys rest while one types; what cannot be is said; what is taken shows", async () => {
    await openQuestions();
    const [a] = facts();
    key("e");
    const question = screen.getByRole("textbox", { name: "Question" });
    for (const name of ["u", "d", "p", "ArrowRight", "ArrowLeft"]) key(name, question);
    expect(review().choices).toEqual({});
    fireEvent.change(screen.getByRole("textbox", { name: "Answer" }), {
      target: { value: a!.distractors[0]!.text },
    });
    press("Take it");
    expect(screen.getByRole("alert").textContent).toMatch(/is the answer and a wrong option too/);
    fireEvent.change(screen.getByRole("textbox", { name: "Answer" }), { target: { value: a!.answer } });
    fireEvent.change(question, { target: { value: "And where did it begin for her?" } });
    press("Take it");
    expect(asked()).toBe("And where did it begin for her?");
    key("u");
    expect(asked()).toBe(a!.phrasings[0]!.text);
  });

  test("keys with a modifier are the browser's, and nothing is decided by them", async () => {
    await openQuestions();
    act(() => void fireEvent.keyDown(window, { key: "d", ctrlKey: true }));
    act(() => void fireEvent.keyDown(window, { key: "ArrowLeft", altKey: true }));
    expect(review().choices).toEqual({});
  });

  test("all of a kind are dropped at once, and come back with one undo", async () => {
    await openQuestions();
    const kinds = screen.getByText("Decide all of this kind").closest("details")!;
    const n = Number(/^(\d+) undecided/.exec(kinds.querySelector("p")!.textContent!)![1]);
    expect(n).toBeGreaterThan(1);
    act(() => fireEvent.click(within(kinds).getAllByRole("button", { name: "drop all" })[0]!));
    expect(group(/^dropped/).textContent).toContain(String(n));
    key("u");
    expect(review().choices).toEqual({});
  });
});

describe("checks", () => {
  test("the model judges all, with the book and without; the numbers are words; a changed one waits again", async () => {
    const lab = await openQuestions();
    press(/^Check them with/);
    await screen.findByText(/judged by/);
    const sent = lab.sent.filter(({ type }) => type === "judge");
    expect(sent.length).toBe(ASKS * facts().filter(({ distractors }) => distractors.length >= 2).length);
    const judged = new Set(Object.keys(review().scored));
    expect(judged).toEqual(
      new Set(facts().flatMap(({ id, distractors }) => (distractors.length >= 2 ? [id] : []))),
    );
    expect(within(card()).getByText(/The book makes it right; without it, wrong/)).toBeTruthy();
    expect(within(card()).getByText("passed the checks")).toBeTruthy();
    expect(screen.getByText(/With a wrong answer held to be right, 0 of/)).toBeTruthy();
    key("d");
    expect(within(card()).getByText("unchecked")).toBeTruthy();
    press(/^Check the other 1$/);
    await waitFor(() => expect(within(card()).getByText("passed the checks")).toBeTruthy());
    expect(lab.sent.filter(({ type }) => type === "judge").length).toBe(sent.length + ASKS);
  });

  test("rejected ones lie under what rejected them, and one press overrules", async () => {
    const lab = valley();
    await openQuestions(lab);
    const { scored } = review();
    expect(scored).toEqual({});
    press(/^Check them with/);
    await screen.findByText(/judged by/);
    const [a] = facts();
    // Right without the book too.
    const flat = review().scored[a!.id]!.scores.map((six) =>
      six.map((options) => options?.map((_, i) => -i) ?? null),
    );
    act(() =>
      useReviewStore.setState({
        review: {
          ...review(),
          scored: { ...review().scored, [a!.id]: { ...review().scored[a!.id]!, scores: flat } },
        },
      }),
    );
    press(/^right without the book 1/);
    expect(within(card()).getByText(/Right with the book, and without it too/)).toBeTruthy();
    key("ArrowRight");
    expect(review().choices[a!.id]!.said).toBe("keep");
    expect(group(/^kept/).textContent).toContain("1");
  });

  test("stopped, what was judged is kept, and it goes on there", async () => {
    const lab = valley();
    const search = vi.spyOn(lab.retrieval, "search");
    search.mockImplementation(async ({ queries }) => {
      if (Object.keys(review().scored).length === 2) press(/^Stop/);
      return queries.map(() => [{ index: 0, text: "", title: null, score: 1 }]);
    });
    await openQuestions(lab);
    press(/^Check them with/);
    await screen.findByText(/^2 judged by/);
    search.mockImplementation(async ({ queries }) =>
      queries.map(() => [{ index: 0, text: "", title: null, score: 1 }]),
    );
    press(/^Check the other/);
    await waitFor(() => expect(screen.queryByRole("button", { name: /^Check/ })).toBeNull());
    expect(lab.sent.filter(({ type }) => type === "judge").length).toBe(
      ASKS * facts().filter(({ distractors }) => distractors.length >= 2).length,
    );
  });

  test("an error of the worker is told, and nothing is lost", async () => {
    const lab = valley();
    vi.spyOn(lab.retrieval, "search").mockRejectedValue(new Error("the index is gone"));
    await openQuestions(lab);
    key("ArrowRight");
    press(/^Check them with/);
    expect((await screen.findByRole("alert")).textContent).toBe("the index is gone");
    expect(Object.keys(review().choices).length).toBe(1);
  });
});

describe("the set", () => {
  test("what is kept is stored with its documents: to learn, to test, not taught; and the Lab opens", async () => {
    const lab = valley();
    const index = vi.spyOn(lab.retrieval, "index");
    await openQuestions(lab);
    press(/^Check them with/);
    await screen.findByText(/judged by/);
    const dropped = facts()[0]!;
    key("ArrowLeft");
    expect(screen.getByText("none: no test wording is learned from")).toBeTruthy();
    press(/^Keep \d+ facts and go to the Lab/);
    await waitFor(() => expect(location.hash).toBe("#/lab"));
    const { corpus, documents, questions } = index.mock.lastCall![0];
    expect(corpus).toBe("corpus:valley");
    expect(documents).toEqual(OWN.documents);
    const { train = [], test: tests = [], held = [] } = questions!;
    expect(train.length).toBeGreaterThan(4);
    expect(train[0]!.phrasings.length).toBeGreaterThan(0);
    expect(tests.length).toBeGreaterThan(0);
    expect(held.length).toBeGreaterThan(0);
    const trained = new Set(train.flatMap(({ question, phrasings }) => [question, ...phrasings]));
    expect([...tests, ...held].filter(({ question }) => trained.has(question))).toEqual([]);
    expect(
      [...train, ...held].some((q) => q.answer === dropped.answer && q.evidence === dropped.sentence),
    ).toBe(false);
  });

  test("a grey passage is read, and a question about it is written", async () => {
    await openQuestions();
    press(/^Passage 3, Tomas Keld: 0 questions/);
    press("Write a question about it");
    fireEvent.change(screen.getByRole("textbox", { name: "Question" }), {
      target: { value: "Where did Tomas Keld come from?" },
    });
    fireEvent.change(screen.getByRole("textbox", { name: "Answer" }), { target: { value: "Saixwater" } });
    press("Take it");
    expect(review().own[0]).toMatchObject({ passage: 2, answer: "Saixwater" });
    expect(screen.getByRole("button", { name: /^Passage 3, Tomas Keld: 1 question/ })).toBeTruthy();
  });

  test("a foreign table asks which column is what", async () => {
    await openQuestions();
    const input = document.querySelector<HTMLInputElement>(".bring input")!;
    const file = new File(["Frage;A;B;Antwort\nWo?;Rom;Oslo;B\n"], "fragen.csv");
    Object.defineProperty(input, "files", { value: [file], configurable: true });
    fireEvent.change(input);
    expect(await screen.findByText("1 of 1 rows make a question.")).toBeTruthy();
    await screen.findByRole("button", { name: "Take them" }); // the dialog is opened after its words are there
    press("Take them");
    expect(review().own[0]).toMatchObject({ answer: "Oslo", phrasings: [{ text: "Wo?" }] });
    expect(screen.getByText(/1 question brought in/)).toBeTruthy();
  });
});

test("a reload has it as it was", async () => {
  const lab = await openQuestions();
  const [a] = facts();
  key("ArrowRight");
  const left = review();
  cleanup();
  closeReview();
  await openQuestions(lab);
  expect(review()).toEqual(left);
  key("u");
  expect(review().at).toBe(a!.id);
});

test("axe finds nothing, on the card, in the editor and with a passage open", async () => {
  document.documentElement.lang = "en";
  await openQuestions();
  press(/^Check them with/);
  await screen.findByText(/judged by/);
  press(/^Passage 3/);
  const violations = async () =>
    (await axe.run(document, { rules: { "color-contrast": { enabled: false } } })).violations.map(
      ({ id, nodes }) => `${id}: ${nodes[0]!.html}`,
    );
  expect(await violations()).toEqual([]);
  key("e");
  expect(await violations()).toEqual([]);
});
