/** What a visit of a question is made of: wordings, candidates, token weights, chains. */
import { describe, expect, test } from "vitest";
import type { Question } from "../../src/core/run.ts";
import { chainsOf, descriptionIn, type KnownFact } from "../../src/train/chains.ts";
import { creditOf } from "../../src/train/credit.ts";
import { candidatesFor } from "../../src/train/openBook.ts";
import { newState, takenUp } from "../../src/train/state.ts";
import { drawView, viewsOf, wordingsOf } from "../../src/train/views.ts";
import { loadArchive } from "../helpers/archive.ts";
import { expectClose } from "../helpers/close.ts";

const asked = (question: string, phrasings: string[] = [], answer = "May"): Question => ({
  question,
  options: {},
  answer,
  evidence: null,
  relation: null,
  phrasings,
  bridge: null,
});

describe("views", () => {
  const train = [
    asked("Who taught Ada?", ["Who was Ada's teacher?", "who taught ada", "Ada learned from whom?"]),
    asked("Who taught Bea?"),
    asked("Who taught Cem?", ["Who was Cem's teacher?", "Cem learned from whom?", "Who was Cem's teacher?"]),
  ];
  const test_ = [asked("Cem learned from whom?")];
  const data = { train, test: test_, twohop: [asked("Ada learned from whom?")] };
  const texts = (phrasings: number | null) =>
    viewsOf(data, phrasings).map(({ question }) => question.question);

  test("are the questions themselves, then their other wordings, none that repeats or is held out", () => {
    expect(texts(null)).toEqual([
      "Who taught Ada?",
      "Who taught Bea?",
      "Who taught Cem?",
      "Who was Ada's teacher?",
      "Who was Cem's teacher?",
    ]);
    expect(texts(0)).toEqual(train.map(({ question }) => question));
    const views = viewsOf({ ...data, test: [], twohop: [] }, 1);
    expect(views.map(({ of }) => of)).toEqual([0, 1, 2, 0, 2]);
    expect(wordingsOf(views)).toEqual([[0, 3], [1], [2, 4]]);
    expect(views[4]!.question).toEqual({ ...train[2]!, question: "Who was Cem's teacher?" });
  });

  test("of the archive are three a question, none of them a held-out wording", async () => {
    const { questions } = await loadArchive();
    const views = viewsOf(questions, null);
    expect(views).toHaveLength(3 * questions.train.length);
    const heldOut = new Set([...questions.test, ...questions.twohop].map(({ question }) => question));
    expect(views.filter(({ question }) => heldOut.has(question.question))).toEqual([]);
  });

  test("are drawn by seed, update, place and form, each wording about as often", () => {
    const draw = (seed: number, update: number, place: number, form: "brief" | "explain") =>
      drawView(seed, { update, place, form }, [4, 5, 6]);
    const drawn = Array.from({ length: 3000 }, (_, n) => draw(1, Math.floor(n / 16), n % 16, "brief"));
    for (const view of [4, 5, 6]) {
      const share = drawn.filter((v) => v === view).length / 3000;
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.03);
    }
    expect(drawn).toEqual(
      Array.from({ length: 3000 }, (_, n) => draw(1, Math.floor(n / 16), n % 16, "brief")),
    );
    const others = [
      drawn.map((_, n) => draw(2, Math.floor(n / 16), n % 16, "brief")),
      drawn.map((_, n) => draw(1, Math.floor(n / 16), n % 16, "explain")),
    ];
    for (const other of others) {
      const same = other.filter((v, n) => v === drawn[n]).length / 3000;
      expect(Math.abs(same - 1 / 3)).toBeLessThan(0.03);
    }
  });
});

describe("candidates", () => {
  const ways = (found: number, samples: number) =>
    candidatesFor(found, samples).map(
      ({ passages, temperature }) => `${passages}${temperature > 0 ? "~" : ""}`,
    );

  test("are greedy with ever fewer passages, then sampled with all and with fewer by turns", () => {
    expect(ways(3, 7)).toEqual(["3", "2", "1", "3~", "1~", "3~", "2~"]);
    expect(ways(1, 4)).toEqual(["1", "1~", "1~", "1~"]);
    expect(ways(3, 1)).toEqual(["3"]);
    expect(ways(0, 3)).toEqual(["0", "0~", "0~"]); // a search may find nothing
  });

  test("are sampled at temperature 0.7", () => {
    expect(candidatesFor(1, 2).map(({ temperature }) => temperature)).toEqual([0, 0.7]);
  });
});

test("a token's weight is ε and what the open book added, between 0 and 5 nats", () => {
  expectClose(creditOf([-0.5, -3, -0.1, -1], [-2, -1, -9, -1], 0.2), [1.7, 0.2, 5.2, 0.2]);
});

test("a state of an earlier version goes on: its lists are those of the run's one form", () => {
  const answer = { text: "May", completion: [5, 2], explanation: null, option_scores: null };
  const grade = { accuracy: 1, rationality: null, reward: 1 };
  const { credit, ...earlier } = newState();
  expect(credit).toBeNull();
  const stored = { ...earlier, position: 7, preferred: [answer], grades: [grade], rejected: [answer] };
  const state = takenUp(stored as never, { answers: "response" });
  expect(state).toEqual({
    ...newState(),
    position: 7,
    preferred: { explain: [answer] },
    grades: { explain: [grade] },
    rejected: { explain: [answer] },
  });
  expect(takenUp(state, { answers: "response" })).toEqual(state);
});

describe("chains", () => {
  const facts: KnownFact[] = [
    {
      wordings: ["Where was Ada Lo born?", "What is the birthplace of Ada Lo?"],
      explanation: "Ada Lo was born in Trormere.",
      answer: "Trormere",
    },
    {
      wordings: ["Which river runs through Trormere?"],
      explanation: "At Trormere flows the Lin.",
      answer: "Lin",
    },
    { wordings: ["What is Trormereford famous for?"], explanation: "Trormereford sells tin.", answer: "tin" },
  ];

  test("put the first fact's words for it in the place of the bridge, and say both explanations", () => {
    expect(chainsOf(facts, [])).toEqual([
      {
        question: "Which river runs through the birthplace of Ada Lo?",
        explanation: "Ada Lo was born in Trormere. At Trormere flows the Lin.",
        answer: "Lin",
      },
    ]);
  });

  test("never answer a held-out two-hop question, however that is worded", () => {
    const test_ = asked("The place where Ada Lo was born lies on which river?", [], "Lin");
    expect(chainsOf(facts, [test_])).toEqual([]);
    expect(chainsOf(facts, [{ ...test_, answer: "tin" }])).toHaveLength(1);
  });

  test("need a wording that names what is asked for", () => {
    const lives = {
      wordings: ["Where does Ada live?", "In which town is the home of Ada?"],
      explanation: "Ada lives in Lo.",
    };
    expect(descriptionIn(lives)).toEqual({ description: "the home of Ada", subject: "Ada" });
    const called = { wordings: ["What is the river of Lo called?"], explanation: "The Lin runs through Lo." };
    expect(descriptionIn(called)).toBeNull();
    expect(chainsOf([{ ...facts[0]!, wordings: ["Where was Ada Lo born?"] }, facts[1]!], [])).toEqual([]);
  });

  test("of the archive are about its people and never its test", async () => {
    const { questions } = await loadArchive();
    const known = questions.train.map((q) => ({
      wordings: [q.question, ...q.phrasings],
      explanation: q.evidence!,
      answer: q.answer,
    }));
    const chains = chainsOf(known, questions.twohop);
    const open = chainsOf(known, []);
    const tested = new Set(questions.twohop.map(({ question }) => question));
    expect([open.length, chains.length]).toEqual([272, 223]);
    expect(open.filter(({ question }) => tested.has(question))).toHaveLength(15); // word for word
    expect(chains.filter(({ question }) => tested.has(question))).toEqual([]);
  });
});
