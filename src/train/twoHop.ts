/** Questions that need two facts: which held-out questions ask for each of the two, and whether an answer joined them. */
import { names } from "../core/answers.ts";
import type { Question } from "../core/run.ts";
import type { Answer } from "./answers.ts";
import { isRight } from "./reward.ts";

/** Indices of the held-out questions about the first and the second fact. */
export type Hops = readonly [first: number, second: number];

/**
 * For each two-hop question its single hops among `test`: a question whose evidence is part of its own, answered by the
 * bridge, and one answered as itself. Null where there is no bridge or one of the two is not asked.
 */
export function hopsOf(twohop: readonly Question[], test: readonly Question[]): (Hops | null)[] {
  return twohop.map(({ bridge, answer, evidence }) => {
    if (bridge === null || evidence === null) return null;
    const asks = (wanted: string): number =>
      test.findIndex((q) => q.answer === wanted && q.evidence !== null && evidence.includes(q.evidence));
    const hops = [asks(bridge), asks(answer)] as const;
    return hops.includes(-1) ? null : hops;
  });
}

/** Whether an explained answer is right by way of the bridge: it names it, as whole words, and the answer is the gold one. */
export const joins = (question: Question, answer: Answer): boolean =>
  question.bridge !== null && names(answer.explanation ?? "", question.bridge) && isRight(question, answer);
