/** Several losses as one. */
import { sum } from "../core/shape.ts";
import type { QuestionLoss } from "../model/policy.ts";

/** The sum of losses: those of a question's forms and of the rows that come with its visit. Linear where all of them are. */
export function joined(parts: readonly QuestionLoss[]): QuestionLoss {
  const terms = parts.flatMap((part) => part.terms);
  const slopes = parts.map(({ loss }) => loss);
  if (slopes.every((loss) => typeof loss !== "function")) return { terms, loss: slopes.flat() };
  return {
    terms,
    loss: (values) => {
      let at = 0;
      const found = parts.map((part) => {
        const own = values.slice(at, at + part.terms.length);
        at += part.terms.length;
        if (typeof part.loss === "function") return part.loss(own);
        return { loss: sum(part.loss.map((slope, i) => slope * own[i]!)), slopes: part.loss };
      });
      return { loss: sum(found.map(({ loss }) => loss)), slopes: found.flatMap(({ slopes: own }) => own) };
    },
  };
}
