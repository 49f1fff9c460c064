/** A question out of the few fields that foreign formats have. */
import type { Question } from "../../core/run.ts";
import { questionOf } from "../questions.ts";

/** The question, or what is wrong with it. @param options all of them, in their order; none makes an open question */
export const textQuestion = (
  question: string,
  answer: string,
  options: readonly string[],
  rest: Partial<Pick<Question, "evidence">> = {},
): Question | string => questionOf({ question, answer, options: [...options], ...rest });
