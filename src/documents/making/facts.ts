/** Passages → facts that questions ask for, by rule alone, at once and without a model (docs/lab.md 1c A–D). */

import { normalise } from "../../core/answers.ts";
import type { Fact, Phrasing, RankedPhrasing, ReadPassage, Span } from "../../core/facts.ts";
import { hash3 } from "../../core/rng.ts";
import { bm25Rank, openBm25 } from "../../core/text.ts";
import { type Candidate, WRONG_OPTIONS, wrongOptions } from "./distractors.ts";
import { NEAR } from "./gates.ts";
import { isForeign, type Language, languageOf } from "./language.ts";
import { findNames, kindOf, type Names, RUN } from "./names.ts";
import { phrasingsOf } from "./phrasings.ts";
import { type Statement, statementsOf } from "./sentences.ts";
import { findSpans } from "./spans.ts";

const MOST_OF_PASSAGE = 8;
const SPARE = 6; // wrong options in reserve

/** Facts in the order of the passages. The same passages and seed give the same facts. */
export function makeFacts(passages: readonly ReadPassage[], seed: number): Fact[] {
  const texts = passages.map(({ text }) => text);
  const language = languageOf(texts.filter((text) => !isForeign(text)).join("\n"));
  const statements = statementsOf(passages, language);
  const titles = [...new Set(passages.flatMap(({ title }) => (title ? [title] : [])))];
  const names = findNames(
    statements.map(({ text }) => text),
    titles,
    language,
  );
  const index = openBm25(texts);
  const found = statements.flatMap((statement) =>
    findSpans(statement.text, subjectTitle(statement), statement.language, names).map((span) => ({
      statement,
      span,
    })),
  );
  const spans = found.map(({ span }) => span);
  const frames = answersByFrame(spans);
  const candidates: Candidate[] = found.map(({ statement, span }) => ({
    ...span,
    passage: statement.passage,
    kind: kindOf(span, names),
  }));
  const ofPassage = new Map<number, number>();
  const asked = found.flatMap(({ statement, span }, i) => {
    const { passage } = statement;
    const phrasings = phrasingsOf(statement.text, span, statement.language, names).filter(
      ({ text }) => isForeign(text) || namesSubject(text, names),
    );
    if (
      phrasings.length === 0 ||
      isCommonPlace(frames.get(frameKey(span)) ?? []) ||
      !isSupported(span, frames, statements.length, statement.language) ||
      (ofPassage.get(passage) ?? 0) >= MOST_OF_PASSAGE
    )
      return [];
    ofPassage.set(passage, (ofPassage.get(passage) ?? 0) + 1);
    return [{ statement, span, candidate: candidates[i]!, phrasings }];
  });
  const sure = withoutTwoAnswers(asked);
  const ranked = sure.map(({ statement: { passage }, phrasings }) =>
    phrasings.map((phrasing): RankedPhrasing & { near: number[] } => {
      const order = bm25Rank(index, phrasing.text).map((hit) => hit.index);
      const rank = order.indexOf(passage) + 1;
      return { ...phrasing, rank: rank === 0 ? null : rank, near: order.slice(0, NEAR) };
    }),
  );
  const wrong = wrongOptions(
    sure.map(({ candidate }, i) => ({ ...candidate, near: ranked[i]![0]!.near })),
    candidates,
    texts,
    { seed, months: language.months },
    { most: WRONG_OPTIONS, spare: SPARE },
  );
  return sure.map(
    ({ statement, span }, i): Fact => ({
      id: factId(statement.original, span.text),
      passage: statement.passage,
      documentId: passages[statement.passage]!.documentId,
      sentence: statement.text,
      span,
      answer: span.text,
      kind: sure[i]!.candidate.kind,
      phrasings: ranked[i]!.map(({ text, rule, rank }) => ({ text, rule, rank })),
      distractors: wrong[i]!.slice(0, WRONG_OPTIONS),
      spare: wrong[i]!.slice(WRONG_OPTIONS),
    }),
  );
}

/** A question that two sentences answer differently has no answer: "____ will be missed." */
function withoutTwoAnswers<T extends { candidate: Candidate; phrasings: Phrasing[] }>(
  asked: readonly T[],
): T[] {
  const answers = new Map<string, Set<string>>();
  for (const { candidate, phrasings } of asked)
    for (const { text } of phrasings)
      answers.set(text, (answers.get(text) ?? new Set()).add(normalise(candidate.text)));
  return asked.flatMap((one) => {
    const phrasings = one.phrasings.filter(({ text }) => answers.get(text)!.size === 1);
    return phrasings.length === 0 ? [] : [{ ...one, phrasings }];
  });
}

/** What stands around an answer: the same for all that say the same of different things. */
export const frameKey = ({ type, before, after }: Span): string =>
  `${type}: ${[...before, "_", ...after].join(" ")}`;

/** A question stands by itself only where it names something: a name inside it or one known to be one, a number. */
const namesSubject = (question: string, names: Names): boolean =>
  /(?<=\S )\p{Lu}[\p{L}\p{M}]|\p{Nd}/u.test(question) ||
  [...question.matchAll(RUN)].some(([run]) => names.isKnown(run));

/** The different answers that stand in each frame, with how often each does. */
function answersByFrame(spans: readonly Span[]): Map<string, string[]> {
  const answers = new Map<string, string[]>();
  for (const span of spans)
    answers.set(frameKey(span), [...(answers.get(frameKey(span)) ?? []), normalise(span.text)]);
  return answers;
}

/** Frames that two sentences or more fill, all of them with the same words: "in a hard winter" tells nobody apart. */
const isCommonPlace = (answers: readonly string[]): boolean =>
  answers.length > 1 && new Set(answers).size === 1;

const PATTERN_SHARE = 0.015; // of the statements

/** A plain noun is an answer only where its frame is a pattern of the corpus, filled with others elsewhere. */
const isSupported = (
  span: Span,
  frames: ReadonlyMap<string, readonly string[]>,
  statements: number,
  { placePrepositions }: Language,
): boolean =>
  span.type !== "noun" ||
  // "in the _ .", "of the _ ." is no pattern: what stands there is of any kind.
  (!(
    span.before[1] === "the" &&
    (placePrepositions.has(span.before[0]!) || PREPOSITION.has(span.before[0]!))
  ) &&
    new Set(frames.get(frameKey(span))).size >= Math.max(2, Math.ceil(PATTERN_SHARE * statements)));

const PREPOSITION: ReadonlySet<string> = new Set("of for to with by on and or".split(" "));

/** The title's words are what the sentence is about only where the sentence has them. */
const subjectTitle = ({ title, text }: Statement): string =>
  normalise(text).includes(normalise(title)) ? title : "";

function factId(sentence: string, answer: string): string {
  let h = 0;
  for (const char of `${sentence}|${answer}`) h = hash3(h, char.codePointAt(0)!, 7);
  return h.toString(36);
}
