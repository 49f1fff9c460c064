/** The review of made questions: what is decided, taken back, changed, put together and kept. */
import { describe, expect, test } from "vitest";
import type { Fact, ReadPassage } from "../../src/core/facts.ts";
import { makeFacts, type Scored, thresholdsFor } from "../../src/documents/questionMaking.ts";
import {
  addQuestions,
  askFirst,
  choiceOf,
  decide,
  draftFault,
  editFact,
  factsOf,
  judgedBy,
  noteScores,
  type Review,
  remade,
  startReview,
  swapOption,
  tickWording,
  undo,
} from "../../src/documents/review.ts";
import {
  alike,
  checkSet,
  coverage,
  isIn,
  leaks,
  mostType,
  overviewOf,
  setsOf,
  wordingsOf,
} from "../../src/documents/standing.ts";
import { deleteCorpus } from "../../src/storage/corpora.ts";
import { openLabDb } from "../../src/storage/db.ts";
import { loadReview, saveDecided, saveReview } from "../../src/storage/reviews.ts";
import { POSSIBLE } from "../helpers/awkwardQuestions.ts";
import { freshIndexedDb } from "../helpers/labDb.ts";

freshIndexedDb();

const NAMES = [
  ...["Brem Coprea", "Lina Orvath", "Tomas Keld", "Ysa Brondt", "Odo Fenwick", "Mara Quill"],
  ...["Hanno Brisk", "Edda Corran", "Pell Vantor"],
];
const TOWNS = [
  ...["Thornmoor", "Naithford", "Saixwater", "Eldham", "Grimsey", "Orlow"],
  ...["Hieltgate", "Brackfen", "Quoahaven"],
];
const PASSAGES: ReadPassage[] = NAMES.map((name, i) => ({
  documentId: `d${i}`,
  title: name,
  text: `${name} was born in ${TOWNS[i]}. ${name} was taught by ${NAMES[(i + 1) % NAMES.length]}. The old bridge fell in ${1801 + 7 * i}.`,
}));
const MADE = { seed: 0, passages: PASSAGES, facts: makeFacts(PASSAGES, 0) };
const fresh = () => startReview(MADE);
const first = MADE.facts[0]!;

/** Scores by which every phrasing has this lead with its passage, closed book and with other passages. */
const scoresOf = (fact: Fact, open: number, closed: number, wrong = -1): Scored => ({
  ranks: fact.phrasings.map(() => 1),
  scores: fact.phrasings.map(() =>
    [open, open, open, open, closed, wrong].map((lead) => [
      lead,
      ...fact.distractors.map((_, i) => -i * 0.01),
    ]),
  ),
});
const judged = (review: Review, open = 2, closed = -1): Review =>
  factsOf(review)
    .filter(({ distractors }) => distractors.length >= 2)
    .reduce(
      (all, fact) => noteScores(all, fact.id, scoresOf(fact, open, closed)),
      judgedBy(review, { model: "m", thresholds: thresholdsFor(1e6) }),
    );
const standing = (review: Review, id = first.id) =>
  overviewOf(review).standings.find((one) => one.fact.id === id)!;

test("facts of the sample, with reserve options", () => {
  expect(MADE.facts.length).toBeGreaterThan(10);
  expect(first.distractors.length).toBe(4);
  expect(first.spare.length).toBeGreaterThan(0);
  expect(first.phrasings.length).toBeGreaterThan(1);
});

describe("decisions", () => {
  test("everything is unchecked at first, and is there in the order of the passages", () => {
    const { standings, judged, judgeable } = overviewOf(fresh());
    expect(new Set(standings.map(({ status }) => status))).toEqual(new Set(["unchecked"]));
    expect(judged).toBe(0);
    expect(judgeable).toBeGreaterThan(5);
    const order = standings.map(({ fact }) => fact.passage);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test("keep, drop, one and many; each is taken back, in turn, exactly", () => {
    const start = fresh();
    const ids = start.facts.slice(1, 4).map(({ id }) => id);
    const kept = decide(start, [first.id], "keep");
    const dropped = decide(kept, ids, "drop");
    expect(standing(dropped).status).toBe("kept");
    expect(ids.map((id) => standing(dropped, id).status)).toEqual(["dropped", "dropped", "dropped"]);
    expect(undo(dropped)).toEqual(kept);
    expect(undo(undo(dropped))).toEqual(start);
    expect(undo(start)).toBe(start);
  });

  test("every action is taken back to the same review", () => {
    const start = judged(fresh());
    const draft = {
      question: "Where did Brem Coprea first see light?",
      answer: "Thornmoor",
      wrong: ["Rome", "Oslo"],
    };
    const actions: ((review: Review) => Review)[] = [
      (r) => decide(r, [first.id], "keep"),
      (r) => askFirst(r, first.id, 1),
      (r) => tickWording(r, first.id, 0, false),
      (r) => swapOption(r, first.id, 2),
      (r) => editFact(r, first.id, 0, draft),
      (r) => addQuestions(r, [POSSIBLE[0]!, POSSIBLE[5]!]),
    ];
    for (const act of actions) {
      const done = act(start);
      expect(done).not.toEqual(start);
      expect(undo(done)).toEqual(start);
    }
    const all = actions.reduce((review, act) => act(review), start);
    expect(actions.reduce((review) => undo(review), all)).toEqual(start);
  });

  test("a swapped option comes out of reserve, the old one goes to its end, and the judge has to be asked again", () => {
    const start = judged(fresh());
    const fact = factsOf(swapOption(start, first.id, 1))[0]!;
    expect(fact.distractors.map(({ text }) => text)).toEqual(
      first.distractors.map(({ text }, i) => (i === 1 ? first.spare[0]!.text : text)),
    );
    expect(fact.spare.at(-1)).toEqual(first.distractors[1]);
    expect(standing(swapOption(start, first.id, 1)).status).toBe("unchecked");
    const whole = fact.spare.length;
    let turned = start;
    for (let i = 0; i < whole + 1; i++) turned = swapOption(turned, first.id, 1);
    expect(factsOf(turned)[0]!.distractors).toEqual(first.distractors); // once round
  });

  test("an edit keeps the other wordings, and one that cannot be is refused in words", () => {
    const draft = {
      question: "Born where, Brem Coprea?",
      answer: " Thornmoor ",
      wrong: ["Rome", " ", first.distractors[0]!.text],
    };
    const fact = factsOf(editFact(fresh(), first.id, 1, draft))[0]!;
    expect(fact.phrasings.map(({ text }) => text)).toEqual(
      first.phrasings.map(({ text }, p) => (p === 1 ? draft.question : text)),
    );
    expect(fact.answer).toBe("Thornmoor");
    expect(fact.distractors).toEqual([{ text: "Rome", made: false }, first.distractors[0]]);
    expect(draftFault({ ...draft, question: " " })).toMatch(/question is empty/);
    expect(draftFault({ ...draft, answer: "" })).toMatch(/answer is empty/);
    expect(draftFault({ ...draft, wrong: ["THORNMOOR."] })).toMatch(/is the answer and a wrong option/);
    expect(draftFault({ ...draft, wrong: ["a", "A"] })).toMatch(/twice/);
    const start = fresh();
    expect(editFact(start, first.id, 1, { ...draft, answer: "" })).toBe(start);
  });

  test("one's own questions lie at the passage that says them", () => {
    const review = addQuestions(fresh(), [
      { question: "When did the bridge fall?", answer: "1815", options: {}, evidence: null, phrasings: [] },
      {
        question: "Who taught her?",
        answer: "Tomas Keld",
        options: { A: "Tomas Keld", B: "Odo Fenwick" },
        evidence: "Lina Orvath was taught by Tomas Keld.",
        phrasings: ["By whom?"],
      },
    ]);
    expect(review.own.map(({ passage }) => passage)).toEqual([2, 1]);
    expect(review.own[1]!.distractors.map(({ text }) => text)).toEqual(["Odo Fenwick"]);
    expect(review.own.map(({ id }) => standing(review, id).status)).toEqual(["kept", "kept"]);
    expect(review.at).toBe("own-1");
  });
});

describe("what the checks say", () => {
  test("passed, rejected by the gate of the wording that got furthest, overruled", () => {
    const passed = judged(fresh());
    expect(standing(passed).status).toBe("passed");
    const known = noteScores(passed, first.id, scoresOf(first, 2, 1.9));
    expect(standing(known)).toMatchObject({ status: "G3", known: true });
    const unanswered = scoresOf(first, -1, -1);
    expect(standing(noteScores(passed, first.id, unanswered)).status).toBe("G1");
    unanswered.scores[1] = scoresOf(first, 2, -1).scores[1]!;
    const second = noteScores(passed, first.id, unanswered);
    expect(standing(second)).toMatchObject({ status: "passed", shown: 1 }); // the wording that passed is shown
    expect(wordingsOf(standing(second))).not.toContain(0);
    expect(standing(decide(known, [first.id], "keep")).status).toBe("kept");
  });

  test("right closed book in three of four wordings is known already", () => {
    const known = noteScores(judged(fresh()), first.id, scoresOf(first, 2, 1));
    expect(standing(known).known).toBe(true);
    expect(standing(judged(fresh())).known).toBe(false);
  });

  test("a third fact of a sentence is left out, the weakest; what a person keeps stays", () => {
    const text = "Lina Orvath met Brem Coprea in Thornmoor in 1801, and nobody knows why.";
    const passages = [...PASSAGES, { documentId: "d9", title: "Meetings", text }];
    const made = startReview({ seed: 0, passages, facts: makeFacts(passages, 0) });
    const three = made.facts.filter(({ sentence }) => sentence === text);
    expect(three).toHaveLength(3);
    const statuses = (review: Review) =>
      three.map(({ id }) => overviewOf(review).standings.find((one) => one.fact.id === id)!.status);
    expect(statuses(made).filter((status) => status === "G6")).toHaveLength(1);

    const all = judgedBy(made, { model: "m", thresholds: thresholdsFor(1e6) });
    const leads = [2, 1, 3];
    const scored = three.reduce(
      (now, fact, i) => noteScores(now, fact.id, scoresOf(fact, leads[i]!, -1)),
      all,
    );
    expect(statuses(scored)).toEqual(["passed", "G6", "passed"]);
    expect(statuses(decide(scored, [three[1]!.id], "keep"))).toEqual(["G6", "kept", "passed"]);
    const overruled = decide(
      scored,
      three.map(({ id }) => id),
      "keep",
    );
    expect(statuses(overruled)).toEqual(["kept", "kept", "kept"]);
    expect(statuses(decide(scored, [three[2]!.id], "drop"))).toEqual(["passed", "passed", "dropped"]);
  });

  test("a kind of answer that is asked for too often is told", () => {
    const { standings } = overviewOf(fresh());
    const places = standings.filter(({ fact }) => fact.kind === "place");
    expect(places.map(({ fact }) => fact.answer).sort()).toEqual([...TOWNS].sort());
    const most = mostType([...places, ...standings.slice(0, 4)], ["unchecked"]);
    expect(most).toMatchObject({ type: "place" });
    expect(most!.share).toBeGreaterThan(0.3);
    expect(mostType(places.slice(0, 9), ["unchecked"])).toBeNull(); // of so few nothing is said
  });

  test("NaN scores never pass", () => {
    expect(standing(noteScores(judged(fresh()), first.id, scoresOf(first, Number.NaN, -1))).status).toBe(
      "G1",
    );
  });

  test("another judge begins anew, the same one goes on", () => {
    const review = judged(fresh());
    expect(judgedBy(review, { model: "m", thresholds: thresholdsFor(1e6) }).scored).toBe(review.scored);
    expect(judgedBy(review, { model: "n", thresholds: thresholdsFor(1e9) }).scored).toEqual({});
  });

  test("all of a kind: the same frame, undecided ones only", () => {
    const review = decide(fresh(), [first.id], "keep");
    const { standings } = overviewOf(review);
    const born = standings.filter(
      ({ fact }) => / was born in /.test(fact.sentence) && TOWNS.includes(fact.answer),
    );
    expect(alike(standings, standings[0]!, "frame").map(({ fact }) => fact.id)).toEqual(
      born.slice(1).map(({ fact }) => fact.id),
    );
    expect(alike(standings, standings[0]!, "rule").length).toBeGreaterThan(0);
  });
});

describe("the set", () => {
  test("unseen ones count as asked; no test wording is trained; the same seed gives the same split", () => {
    const review = judged(decide(fresh(), [first.id], "drop"));
    const overview = overviewOf(review);
    expect(overview.standings.filter((one) => isIn(one, [])).length).toBe(0);
    const sets = setsOf(review, overview, ["passed"]);
    expect(sets.train.length).toBeGreaterThan(5);
    expect(sets.test.length).toBeGreaterThan(3);
    expect(sets.held.length).toBeGreaterThan(0);
    expect(leaks(sets)).toEqual([]);
    expect(setsOf(review, overviewOf(review), ["passed"])).toEqual(sets);
    const answers = [...sets.train, ...sets.held].map(({ evidence }) => evidence);
    expect(answers).not.toContain(first.answer === "Thornmoor" ? "Brem Coprea was born in Thornmoor." : null);
    expect(coverage(6, overview.standings, ["passed"])[0]).toBeGreaterThan(0);
    expect(coverage(6, overview.standings, [])).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("a leak is found, in other dress too", () => {
    const one = { ...POSSIBLE[0]!, phrasings: ["Where was  he BORN"] };
    expect(leaks({ train: [one], test: [{ ...one, question: "Where was he born?" }], held: [] })).toEqual([
      "Where was he born?",
    ]);
  });

  test("what the corpus had before stays in front", () => {
    const review = {
      ...decide(fresh(), [first.id], "keep"),
      before: { train: [POSSIBLE[0]!], twohop: [POSSIBLE[1]!] },
    };
    const sets = setsOf(review, overviewOf(review), []);
    expect(sets.train[0]).toBe(POSSIBLE[0]);
    expect(sets.train).toHaveLength(2);
    expect(sets.twohop).toEqual([POSSIBLE[1]]);
  });

  test("a guesser that beats chance by more than ten points is named", () => {
    const ask = (answer: string, wrong: string[]) => ({
      ...POSSIBLE[0]!,
      answer,
      options: { A: answer, B: wrong[0]!, C: wrong[1]! },
    });
    const long = [ask("a very long one", ["x", "y"]), ask("another long one", ["p", "q"])];
    const { baselines, high } = checkSet(long, [["nothing"], ["nothing"]], []);
    expect(baselines.chance).toBeCloseTo(1 / 3);
    expect(high).toEqual(["longest_option"]);
  });
});

describe("kept in the browser", () => {
  test("comes back whole, decisions alone too; goes with its corpus", async () => {
    const db = await openLabDb();
    const review = decide(judged(fresh()), [first.id], "keep");
    await saveReview(db, "corpus:a", review);
    expect(await loadReview(db, "corpus:a")).toEqual(review);
    const later = swapOption(decide(review, [MADE.facts[1]!.id], "drop"), first.id, 0);
    await saveDecided(db, "corpus:a", later);
    expect(await loadReview(db, "corpus:a")).toEqual(later);
    expect(undo(undo((await loadReview(db, "corpus:a"))!))).toEqual(review); // a reload forgets no way back
    expect(await loadReview(db, "corpus:b")).toBeNull();
    await deleteCorpus(db, "corpus:a");
    expect(await loadReview(db, "corpus:a")).toBeNull();
    db.close();
  });

  test("made again of changed documents: what was said holds where the sentence still stands", () => {
    const own = addQuestions(decide(judged(fresh()), [first.id], "keep"), [POSSIBLE[0]!]);
    const later = PASSAGES.slice(0, 5);
    const more: ReadPassage[] = [
      { documentId: "new", title: "New", text: "Nothing at all is said here." },
      ...later,
    ];
    const again = remade(own, { seed: 0, passages: more, facts: makeFacts(more, 0) });
    expect(choiceOf(again, first.id).said).toBe("keep");
    expect(again.facts.find(({ id }) => id === first.id)!.passage).toBe(1);
    expect(again.own[0]!.passage).toBe(1); // Brem Coprea's, one further on
    expect(again.past).toEqual([]);
    const gone = own.facts.filter(({ passage }) => passage === 5).map(({ id }) => id);
    expect(gone.some((id) => again.scored[id])).toBe(false);
  });
});
