/** The part `entailed` of rationality (method.md §4): how far the passages say what the explanation says. */
import type { Entail } from "../core/run.ts";
import { sentences } from "../core/sentences.ts";
import { mean } from "../core/shape.ts";

/** Mean over the explanation's sentences of the greatest p(entailment) by a passage; 0 where either says nothing. */
export async function entailedBy(
  entail: Entail,
  explanation: string,
  passages: readonly string[],
): Promise<number> {
  const said = sentences(explanation);
  const pairs = said.flatMap((hypothesis) => passages.map((premise) => ({ premise, hypothesis })));
  const found = await entail(pairs);
  const best = said.map((_, s) =>
    Math.max(0, ...found.slice(s * passages.length, (s + 1) * passages.length)),
  );
  return mean(best) ?? 0;
}

/** The part for many answers, passages by answer; null for one without an explanation, and for all where it is off. */
export async function entailedParts(
  entail: Entail | null,
  answers: readonly { explanation: string | null }[],
  passages: readonly (readonly string[])[],
  onProgress: (answers: number) => void = () => {},
): Promise<(number | null)[]> {
  const parts: (number | null)[] = [];
  for (const { explanation } of answers) {
    const asked = entail !== null && explanation !== null;
    parts.push(asked ? await entailedBy(entail, explanation, passages[parts.length]!) : null);
    if (asked) onProgress(parts.length);
  }
  return parts;
}
