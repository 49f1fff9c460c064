/** Which sentences of the documents the held-out questions are about, and how many of those are known closed book. */
import type { SourceDocument } from "../../../core/messages.ts";
import type { CycleAnswers, Question } from "../../../core/run.ts";
import { sentences } from "../../../core/sentences.ts";

export interface AskedSentence {
  text: string;
  questions: number[]; // places in the held-out set; none: nothing asks it
}

export interface AskedDocument {
  title: string;
  sentences: AskedSentence[];
}

const even = (text: string): string => text.replace(/\s+/g, " ").trim();

const textsOf = ({ passages, blocks, text }: SourceDocument): string[] =>
  passages ?? blocks?.filter(({ left }) => left === null).map((block) => block.text) ?? (text ? [text] : []);

/**
 * The documents in sentences, each with the questions whose evidence it is or has part in; a sentence that stands in two
 * documents is asked in both. `nowhere` are questions whose evidence is in none, or that have none.
 */
export function askedSentences(
  documents: readonly SourceDocument[],
  questions: readonly Question[],
): { documents: AskedDocument[]; nowhere: number[] } {
  const asked = documents.map(
    (document): AskedDocument => ({
      title: document.title,
      sentences: textsOf(document)
        .flatMap(sentences)
        .map((text) => ({ text, questions: [] })),
    }),
  );
  const all = asked.flatMap((document) => document.sentences);
  const bySentence = new Map<string, AskedSentence[]>();
  for (const sentence of all) {
    const key = even(sentence.text);
    bySentence.set(key, [...(bySentence.get(key) ?? []), sentence]);
  }
  const nowhere: number[] = [];
  questions.forEach(({ evidence }, at) => {
    const parts = evidence === null ? [] : sentences(evidence).map(even);
    const found = parts.flatMap(
      (part) => bySentence.get(part) ?? all.filter(({ text }) => even(text).includes(part)),
    );
    for (const sentence of new Set(found)) sentence.questions.push(at);
    if (found.length === 0) nowhere.push(at);
  });
  return { documents: asked, nowhere };
}

/** Of some questions: how many were scored, and how many of those were right closed book. */
export interface Known {
  right: number;
  scored: number;
}

export function known(
  which: readonly number[],
  answers: CycleAnswers,
  questions: readonly Pick<Question, "answer">[],
): Known {
  const said = which.filter((at) => (answers.closed_test[at] ?? null) !== null);
  return {
    right: said.filter((at) => answers.closed_test[at] === questions[at]!.answer).length,
    scored: said.length,
  };
}
