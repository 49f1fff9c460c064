/** What questions are made of: a fact of one sentence, asked in several ways (docs/lab.md 1c of the specification). */

export interface ReadPassage {
  documentId: string;
  title: string | null;
  text: string;
}

export type SpanType =
  | "year"
  | "date"
  | "month"
  | "money"
  | "percent"
  | "quantity"
  | "name"
  | "quoted"
  | "term"
  | "noun"
  | "hand"; // a person chose it

/** What a name is of, as far as the words around it tell; null where they do not. */
export type NameKind = "person" | "place" | "region" | null;

export interface Span {
  type: SpanType;
  begin: number; // in the sentence, UTF-16 units
  end: number;
  text: string;
  head: string | null; // the noun before a name: "river" in "the river Saixwater"
  before: string[]; // its frame: two words left and one right, in lower case, the title's words masked
  after: string[];
}

export type Rule = "definition" | "inversion" | "wh" | "cloze" | "hand"; // the last: a person wrote it

export interface Phrasing {
  text: string;
  rule: Rule;
}

export interface RankedPhrasing extends Phrasing {
  rank: number | null; // of its own passage among all by BM25, from 1; null where nothing of it is found
}

export interface Distractor {
  text: string;
  made: boolean; // by rule from the number itself, where the corpus had too few
}

export interface Fact {
  id: string; // stable: of its sentence and answer
  passage: number;
  documentId: string;
  sentence: string; // the evidence
  span: Span;
  answer: string;
  kind?: NameKind; // of a name; absent in facts that were stored before it was told
  phrasings: RankedPhrasing[]; // in the order of the rules
  distractors: Distractor[]; // fewer than two: an open question
  spare: Distractor[]; // further ones, to be swapped in
}
