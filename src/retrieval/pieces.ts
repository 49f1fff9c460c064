/** Text in pieces that passages are put together from, each with its size in tokens: the embedder's, and a rough guess. */
import { sentences } from "../core/sentences.ts";

export interface Size {
  tokens: number; // of the embedder
  rough: number; // as `roughTokens` guesses
}

export interface Piece extends Size {
  text: string;
  glue: "" | " "; // what stands between it and the piece before
}

export type CountTokens = (text: string) => number;

/** Measures a text. */
export type Ruler = (text: string, glue?: Piece["glue"]) => Piece;

export const rulerOf =
  (countTokens: CountTokens): Ruler =>
  (text, glue = " ") => ({ text, glue, tokens: countTokens(text), rough: roughTokens(text) });

/** What is done in steps, done at once. */
export function toEnd<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

export const fits = ({ tokens, rough }: Size, budget: Size): boolean =>
  tokens <= budget.tokens && rough <= budget.rough;

export const sumOf = (sizes: readonly Size[]): Size => ({
  tokens: sizes.reduce((sum, { tokens }) => sum + tokens, 0),
  rough: sizes.reduce((sum, { rough }) => sum + rough, 0),
});

export const minus = (a: Size, b: Size): Size => ({ tokens: a.tokens - b.tokens, rough: a.rough - b.rough });
export const times = (factor: number, { tokens, rough }: Size): Size => ({
  tokens: factor * tokens,
  rough: factor * rough,
});

/** Pieces as one text. */
export const joined = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, glue }, i) => (i === 0 ? text : glue + text)).join("");

/** Sentences, those over the budget cut between words. Every word comes out, in order, white space as single spaces. */
export const sentencePieces = (text: string, budget: Size, measure: Ruler): Piece[] =>
  sentences(unwrap(text)).flatMap((sentence, i, all) => {
    const glue = UNSPACED_END.test(all[i - 1] ?? "") ? "" : " ";
    return divide(measure(sentence.replace(/\s+/g, " "), glue), budget, measure);
  });

/** Where a sentence ends that no space parts from the next. */
const UNSPACED_END = /[。！？｡．][」』”）】〉》]*$/;

/**
 * How many tokens a language model may need for a text, from above and without its tokenizer, which is not known where
 * documents are cut: a token for three letters of a Latin word, for a letter of another script, a digit or a sign, and for
 * nearly each character of what is too long to be a word.
 */
export function roughTokens(text: string): number {
  let tokens = 0;
  for (const [run] of text.matchAll(/\S+/g)) {
    if (run.length > LONGEST_WORD) tokens += Math.ceil(0.8 * run.length);
    else for (const [part] of run.matchAll(/[\p{sc=Latin}\p{M}]+|./gu)) tokens += Math.ceil(part.length / 3);
  }
  return tokens;
}

const LONGEST_WORD = 40; // of characters without a space between

/** A line that goes on in lower case was broken for width only. */
const unwrap = (text: string): string => text.replace(/(?<=\S)[ \t]*\r?\n[ \t]*(?=\p{Ll})/gu, " ");

/** The piece, or its halves' halves until each fits: cut at a space, or inside a word without one. */
export function divide(piece: Piece, budget: Size, measure: Ruler): Piece[] {
  const { text } = piece;
  let middle = text.length >> 1;
  if (fits(piece, budget) || middle === 0) return [piece];
  const nearer = nearest(text, " ", middle);
  // A space far away leaves the greater part whole, as a picture's data behind its name is.
  const atSpace = nearer > 0 && Math.abs(nearer - middle) < middle * 0.9;
  while (isInside(text, middle)) middle++;
  const at = atSpace ? nearer : middle;
  const halves = [text.slice(0, at), text.slice(at)].map((half) => half.trim());
  const [first = "", second = ""] = halves;
  if (first === "" || second === "") return [piece];
  const glue = /\s/.test(text[at]!) || /\s/.test(text[at - 1]!) ? " " : "";
  return [measure(first, piece.glue), measure(second, glue)].flatMap((half) => divide(half, budget, measure));
}

/** The same at line ends as long as there are any: code keeps its lines. */
export function divideLines(piece: Piece, budget: Size, measure: Ruler): Piece[] {
  const text = piece.text.replace(/^\n+|\s+$/g, "");
  const at = nearest(text, "\n", text.length >> 1);
  if (fits(piece, budget) || at <= 0) return divide(piece, budget, measure);
  return [text.slice(0, at), text.slice(at)].flatMap((half) =>
    divideLines(measure(half.replace(/^\n+|\s+$/g, "")), budget, measure),
  );
}

/** Where `end` stands nearest to `middle`; -1 where it does not. */
function nearest(text: string, end: string, middle: number): number {
  const before = text.lastIndexOf(end, middle);
  const after = text.indexOf(end, middle);
  return after >= 0 && (before < 0 || after - middle < middle - before) ? after : before;
}

/** Whether a cut would part a character of two code units, or a mark from its letter. */
const isInside = (text: string, at: number): boolean =>
  /^(?:[\uDC00-\uDFFF]|\p{M})/u.test(text.slice(at, at + 2)) || /[\uDC00-\uDFFF]/.test(text[at] ?? "");
