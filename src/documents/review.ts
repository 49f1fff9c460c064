/**
 * Going through made questions (docs/lab.md 1c H): what the rules made, what the model said and what a person decided are
 * kept apart, so that any of them can be taken back. All functions give a new review and change none.
 */
import { names, normalise } from "../core/answers.ts";
import type { Distractor, Fact, ReadPassage } from "../core/facts.ts";
import type { Question, QuestionSet } from "../core/run.ts";
import { bm25Rank, openBm25 } from "../core/text.ts";
import type { Scored, Thresholds } from "./making/gates.ts";

/** What was made of the documents as they were. */
export interface Made {
  seed: number;
  passages: ReadPassage[];
  facts: Fact[]; // in the order of the passages
}

export interface Review extends Made {
  own: Fact[]; // that a person wrote or brought
  choices: Record<string, Choice>; // by fact
  scored: Record<string, Scored>; // by fact
  judge: { model: string; thresholds: Thresholds } | null;
  at: string | null; // the fact that is looked at
  before: Partial<Record<QuestionSet, Question[]>> | null; // what the corpus had when questions of this were first kept
  past: Step[]; // to be taken back, the newest last
}

export type Said = "keep" | "drop";

export interface Choice {
  said: Said | null;
  first: number | null; // the wording chosen to be asked first
  use: Record<number, boolean>; // wordings put in or left out against the checks
  fact: Fact | null; // as a person changed it
}

/** What one action changed, as it was before. */
interface Step {
  at: string | null;
  own: Fact[];
  choices: Record<string, Choice | null>;
  scored: Record<string, Scored | null>;
}

const MOST_PAST = 200; // steps
const NOTHING_SAID: Choice = { said: null, first: null, use: {}, fact: null };

export function startReview(made: Made): Review {
  const seen = new Set<string>();
  const facts = made.facts.filter(({ id }) => !seen.has(id) && seen.add(id)); // a sentence may name a thing twice
  const rest = { own: [], choices: {}, scored: {}, judge: null, before: null, past: [] };
  return { ...made, facts, ...rest, at: facts[0]?.id ?? null };
}

/** The same person's review of documents that have changed: what was said of a sentence holds where it still stands. */
export function remade(review: Review, made: Made): Review {
  const fresh = startReview(made);
  const before = new Map(review.facts.map((fact) => [fact.id, fact]));
  const place = placer(made.passages);
  const kept = fresh.facts.filter(({ id }) => before.has(id));
  const choices: Review["choices"] = {};
  const scored: Review["scored"] = {};
  for (const fact of kept) {
    const choice = review.choices[fact.id];
    // What was changed goes on with the fact's new place.
    if (choice)
      choices[fact.id] = choice.fact ? { ...choice, fact: { ...choice.fact, ...placeOf(fact) } } : choice;
    const same =
      JSON.stringify({ ...before.get(fact.id), passage: 0 }) === JSON.stringify({ ...fact, passage: 0 });
    const unmoved = review.passages[before.get(fact.id)!.passage]?.text === made.passages[fact.passage]?.text;
    const scores = review.scored[fact.id];
    if (same && unmoved && scores) scored[fact.id] = scores;
  }
  const own = review.own.map((fact) => ({ ...fact, ...place(fact.sentence, fact.answer) }));
  for (const { id } of own) if (review.choices[id]) choices[id] = review.choices[id];
  return { ...fresh, own, choices, scored, judge: review.judge, before: review.before };
}

const placeOf = ({ passage, documentId }: Fact) => ({ passage, documentId });

export const factsOf = (review: Review): Fact[] =>
  [...review.facts, ...review.own].map((fact) => review.choices[fact.id]?.fact ?? fact);

export const choiceOf = (review: Review, id: string): Choice => review.choices[id] ?? NOTHING_SAID;

// ---- what a person does ----

/** Keeps or drops facts, one or all of a kind; null takes what was said back. */
export const decide = (review: Review, ids: readonly string[], said: Said | null): Review =>
  changed(review, ids, (choice) => ({ ...choice, said }));

/** Chooses the wording that is asked first. */
export const askFirst = (review: Review, id: string, first: number): Review =>
  changed(review, [id], (choice) => ({ ...choice, first, use: { ...choice.use, [first]: true } }));

/** Puts a wording in or leaves it out, whatever the checks say. */
export const tickWording = (review: Review, id: string, wording: number, used: boolean): Review =>
  changed(review, [id], (choice) => ({ ...choice, use: { ...choice.use, [wording]: used } }));

/** Another wrong option in the place of one, which goes to the end of those in reserve. Nothing changes without any. */
export function swapOption(review: Review, id: string, at: number): Review {
  const fact = factsOf(review).find((one) => one.id === id);
  const [next, ...spare] = fact?.spare ?? [];
  const old = fact?.distractors[at];
  if (!fact || !next || !old) return review;
  const distractors = fact.distractors.map((option, i) => (i === at ? next : option));
  return rewritten(review, { ...fact, distractors, spare: [...spare, old] });
}

/** What the editor holds. */
export interface Draft {
  question: string;
  answer: string;
  wrong: string[]; // none: an open question
}

/** What is wrong with a draft, in words; null when it can be kept. */
export function draftFault({ question, answer, wrong }: Draft): string | null {
  if (question.trim() === "") return "The question is empty.";
  if (answer.trim() === "") return "The answer is empty.";
  const texts = wrong.map((text) => text.trim()).filter((text) => text !== "");
  if (texts.some((text) => normalise(text) === normalise(answer)))
    return `“${answer.trim()}” is the answer and a wrong option too.`;
  const plain = texts.map(normalise);
  const twice = texts.find((_text, i) => plain.indexOf(plain[i]!) !== i);
  return twice === undefined ? null : `The option “${twice}” stands there twice.`;
}

/** Takes a person's words for the wording that is shown, the answer and the wrong options. */
export function editFact(review: Review, id: string, wording: number, draft: Draft): Review {
  const fact = factsOf(review).find((one) => one.id === id);
  if (!fact || draftFault(draft) !== null) return review;
  const text = draft.question.trim();
  const phrasings = fact.phrasings.map((phrasing, p) =>
    p === wording && phrasing.text !== text ? { text, rule: "hand" as const, rank: null } : phrasing,
  );
  const known = new Map([...fact.distractors, ...fact.spare].map((option) => [option.text, option]));
  const distractors = trimmed(draft.wrong).map(
    (option) => known.get(option) ?? { text: option, made: false },
  );
  const next = { ...fact, answer: draft.answer.trim(), phrasings, distractors };
  return JSON.stringify(next) === JSON.stringify(fact) ? review : rewritten(review, next);
}

const trimmed = (texts: readonly string[]): string[] =>
  texts.map((text) => text.trim()).filter((text) => text !== "");

/** Questions that a person wrote or brought: facts of their own, kept, at the passage that says them best. */
export function addQuestions(
  review: Review,
  questions: readonly Pick<Question, "question" | "answer" | "options" | "evidence" | "phrasings">[],
): Review {
  const place = placer(review.passages);
  const first = review.own.length + 1;
  const added = questions.map(({ question, answer, options, evidence, phrasings }, i): Fact => {
    const sentence = evidence ?? "";
    const begin = Math.max(0, sentence.indexOf(answer));
    const wrong = Object.values(options).filter((text) => text !== answer);
    return {
      id: `own-${first + i}`,
      ...place(`${sentence} ${question}`, answer),
      sentence,
      span: {
        type: "hand",
        begin,
        end: begin + (sentence.includes(answer) ? answer.length : 0),
        text: answer,
        head: null,
        before: [],
        after: [],
      },
      answer,
      phrasings: [question, ...phrasings].map((text) => ({ text, rule: "hand", rank: null })),
      distractors: wrong.map((text): Distractor => ({ text, made: false })),
      spare: [],
    };
  });
  if (added.length === 0) return review;
  const with_ = { ...review, own: [...review.own, ...added] };
  const next = changed(
    with_,
    added.map(({ id }) => id),
    (choice) => ({ ...choice, said: "keep" }),
  );
  next.past.at(-1)!.own = review.own;
  return { ...next, at: added[0]!.id };
}

/** Takes the newest action back. */
export function undo(review: Review): Review {
  const step = review.past.at(-1);
  if (step === undefined) return review;
  return {
    ...review,
    at: step.at,
    own: step.own,
    choices: patched(review.choices, step.choices),
    scored: patched(review.scored, step.scored),
    past: review.past.slice(0, -1),
  };
}

// ---- what the model says ----

/** Notes what was asked of a fact; not an action, and not taken back. */
export const noteScores = (review: Review, id: string, scored: Scored): Review => ({
  ...review,
  scored: { ...review.scored, [id]: scored },
});

/** Another judge begins anew: scores of two models are not alike. */
export const judgedBy = (review: Review, judge: NonNullable<Review["judge"]>): Review =>
  review.judge?.model === judge.model ? { ...review, judge } : { ...review, judge, scored: {} };

// ---- inside ----

function changed(review: Review, ids: readonly string[], change: (choice: Choice) => Choice): Review {
  const before: Step["choices"] = {};
  const choices = { ...review.choices };
  for (const id of ids) {
    before[id] = review.choices[id] ?? null;
    choices[id] = change(choiceOf(review, id));
  }
  return { ...review, choices, past: stepped(review, { choices: before, scored: {} }) };
}

/** A fact's new form; what the model said was of the old one. */
function rewritten(review: Review, fact: Fact): Review {
  const { [fact.id]: old, ...scored } = review.scored;
  const choice = review.choices[fact.id] ?? null;
  const choices = { ...review.choices, [fact.id]: { ...(choice ?? NOTHING_SAID), fact } };
  const step = { choices: { [fact.id]: choice }, scored: { [fact.id]: old ?? null } };
  return { ...review, choices, scored, past: stepped(review, step) };
}

const stepped = ({ past, at, own }: Review, step: Pick<Step, "choices" | "scored">): Step[] =>
  [...past, { at, own, ...step }].slice(-MOST_PAST);

function patched<T>(all: Record<string, T>, before: Record<string, T | null>): Record<string, T> {
  const next = { ...all };
  for (const [id, value] of Object.entries(before)) {
    if (value === null) delete next[id];
    else next[id] = value;
  }
  return next;
}

/** Where in the documents something is said: the passage that has its sentence, else the nearest one that names the answer. */
function placer(passages: readonly ReadPassage[]) {
  let index: ReturnType<typeof openBm25> | null = null;
  return (text: string, answer: string): { passage: number; documentId: string } => {
    let passage = passages.findIndex((one) => text.trim() !== "" && one.text.includes(text.trim()));
    if (passage < 0) {
      index ??= openBm25(passages.map((one) => one.text));
      const ranked = bm25Rank(index, `${text} ${answer}`);
      const named = ranked.find((hit) => names(passages[hit.index]!.text, answer));
      passage = (named ?? ranked[0])?.index ?? 0;
    }
    return { passage, documentId: passages[passage]?.documentId ?? "" };
  };
}
