/** What the checks found, in words. */
import type { Gate, Verdict } from "../../../documents/questionMaking.ts";
import type { Status } from "../../../documents/standing.ts";
import { fixed } from "../../format.ts";

export const GATE_WORDS: Record<Gate, { name: string; says: string }> = {
  G0: {
    name: "it does not stand alone",
    says: "A search for it does not bring its own passage first, a day is without its year, or the answer’s initials stand in it.",
  },
  G1: {
    name: "the book does not answer it",
    says: "With its own passage the model does not clearly pick the answer: badly put, or not said there.",
  },
  G2: {
    name: "the answer wavers",
    says: "Beside other passages the model picks another option: a wrong one may be right too.",
  },
  G3: {
    name: "right without the book",
    says: "The book makes little difference: known already, or easy to guess.",
  },
  G4: {
    name: "right with the wrong book",
    says: "The model picks the answer with passages about something else: its form gives it away.",
  },
  G6: {
    name: "two of its sentence are asked already",
    says: "A third question of the same sentence adds little; the two that stand best are asked.",
  },
};

export const STATUS_WORDS: Record<Status, string> = {
  kept: "kept",
  dropped: "dropped",
  passed: "passed the checks",
  unchecked: "unchecked",
  G0: GATE_WORDS.G0.name,
  G1: GATE_WORDS.G1.name,
  G2: GATE_WORDS.G2.name,
  G3: GATE_WORDS.G3.name,
  G4: GATE_WORDS.G4.name,
  G6: GATE_WORDS.G6.name,
};

/** A sentence or two on what the book does for a question. */
export function verdictWords({ open, closed, agree }: Verdict): string {
  if (open === null || closed === null) return "The model was not asked: the question does not stand alone.";
  const book =
    open > 0
      ? closed > 0
        ? "Right with the book, and without it too."
        : "The book makes it right; without it, wrong."
      : closed > 0
        ? "Right without the book only."
        : "Wrong even with the book.";
  return agree === null ? book : `${book} Right in ${agree} of 4 readings with it.`;
}

/** The margins behind them; null where there are none. */
export const verdictNumbers = ({ open, closed, wrong }: Verdict): string | null =>
  open === null
    ? null
    : `The answer’s lead over the best wrong option: ${fixed(open)} with its passage, ${fixed(closed)} closed book, ${
        wrong === null ? "not asked" : fixed(wrong)
      } with passages about something else (nats per token).`;
