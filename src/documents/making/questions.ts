/** Facts → questions: alike ones made one, split by fact and by wording, so that no test wording was ever trained on. */
import type { Fact } from "../../core/facts.ts";
import { openRng, shuffled } from "../../core/rng.ts";
import type { Question } from "../../core/run.ts";
import { frameKey } from "./facts.ts";

/** A fact as a person lets it pass: the wordings that may be asked, first the best. */
export interface KeptFact {
  fact: Fact;
  wordings: string[];
}

export interface MadeQuestions {
  train: Question[];
  test: Question[]; // of the facts that are trained, in a wording that is not
  held: Question[]; // of facts that are not trained: what the model has from elsewhere
}

const HELD_SHARE = 0.2;
const ALIKE = 0.8; // share of word triples in common that makes two questions one

/**
 * One fact in five is held out whole; of the others the last wording is the test's and the ones before train. A fact with one
 * wording trains and is not tested.
 */
export function splitFacts(kept: readonly KeptFact[], seed: number): MadeQuestions {
  const facts = withoutRepeats(kept);
  const order = shuffled(
    facts.map((_, i) => i),
    openRng(seed, "data", 1),
  );
  const heldOut = new Set(order.slice(0, Math.floor(HELD_SHARE * facts.length)));
  const relationOf = relations(facts.map(({ fact }) => fact));
  const made: MadeQuestions = { train: [], test: [], held: [] };
  facts.forEach(({ fact, wordings }, i) => {
    const ask = (question: string, phrasings: string[] = []) =>
      toQuestion(fact, relationOf(fact), question, phrasings, seed);
    const [first, ...rest] = wordings;
    if (first === undefined) return;
    if (heldOut.has(i)) made.held.push(ask(first));
    else if (rest.length === 0) made.train.push(ask(first));
    else {
      made.train.push(ask(first, rest.slice(0, -1)));
      made.test.push(ask(rest.at(-1)!));
    }
  });
  return made;
}

const LEAST_ANSWERS = 5; // an answer and four wrong options

/** What a fact is one of many of: its frame, where that has answers enough to choose between. */
function relations(facts: readonly Fact[]): (fact: Fact) => string | null {
  const answers = new Map<string, Set<string>>();
  for (const { span, answer } of facts)
    answers.set(frameKey(span), (answers.get(frameKey(span)) ?? new Set()).add(answer));
  return ({ span }) =>
    span.type !== "hand" && answers.get(frameKey(span))!.size >= LEAST_ANSWERS ? frameKey(span) : null;
}

/** Facts of the same subject, answer and frame are one fact with more wordings; so are questions that are nearly the same. */
export function withoutRepeats(kept: readonly KeptFact[]): KeptFact[] {
  const out: (KeptFact & { triples: Set<string> })[] = [];
  for (const { fact, wordings } of kept) {
    const triples = tripleSet(wordings[0] ?? "");
    const same = out.find(
      (other) =>
        other.fact.answer === fact.answer &&
        ((other.fact.documentId === fact.documentId && frameKey(other.fact.span) === frameKey(fact.span)) ||
          jaccard(other.triples, triples) >= ALIKE),
    );
    if (same) same.wordings = [...new Set([...same.wordings, ...wordings])];
    else out.push({ fact, wordings: [...wordings], triples });
  }
  return out.map(({ fact, wordings }) => ({ fact, wordings }));
}

function toQuestion(
  fact: Fact,
  relation: string | null,
  question: string,
  phrasings: string[],
  seed: number,
): Question {
  const texts = [fact.answer, ...fact.distractors.map(({ text }) => text)];
  const options = fact.distractors.length < 2 ? [] : shuffled(texts, openRng(seed, "data", hashOf(fact.id)));
  return {
    question,
    options: Object.fromEntries(options.map((text, i) => [String.fromCharCode(65 + i), text])),
    answer: fact.answer,
    evidence: fact.sentence,
    relation,
    phrasings,
    bridge: null,
  };
}

const hashOf = (id: string): number => Number.parseInt(id, 36) % 2 ** 31;

function tripleSet(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  return new Set(words.slice(2).map((word, i) => `${words[i]} ${words[i + 1]} ${word}`));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((triple) => b.has(triple)).length;
  return common / Math.max(1, a.size + b.size - common);
}
