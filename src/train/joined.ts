/** Several losses as one, and a loss by a weight. */
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

/** A loss that counts by a weight. */
export function weighed({ terms, loss }: QuestionLoss, weight: number): QuestionLoss {
  if (weight === 1) return { terms, loss };
  if (typeof loss !== "function") return { terms, loss: loss.map((slope) => weight * slope) };
  return {
    terms,
    loss: (values) => {
      const at = loss(values);
      return { loss: weight * at.loss, slopes: at.slopes.map((slope) => weight * slope) };
    },
  };
}
