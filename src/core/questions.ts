/** What can be said of a question by its form alone. */
import type { Question } from "./run.ts";

/** Whether there is something to choose from: an open question has no answer by option, and no score of one. */
export const hasOptions = ({ options }: Question): boolean => Object.keys(options).length > 0;
