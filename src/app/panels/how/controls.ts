/** What the experiment's controls show, in sentences: computed from its table, so that no sentence says more than the numbers. */
import { DASH } from "../../format.ts";
import type { ExperimentFound } from "./Experiment.tsx";

type Row = ExperimentFound["rows"][number];

const SURE = 0.05; // p after Holm, below which a difference is said to be there
/** What a control changes, by its arm's name; an arm that is not here is not spoken of. */
const CHANGED: Record<string, string> = {
  "credit-ones": "With a reward of 1 for every answer learned, the best of several still chosen by reward",
  "credit-permuted": "With the rewards dealt out to other questions",
  "credit-other-passages": "With passages of another subject",
  "credit-shuffled": "Taught facts that were shuffled within their relation, and asked the true ones",
};

/** A sentence for each control of which there is an interval for both endpoints. */
export function whatControlsShow(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const changed = CHANGED[row.arm];
    const { closed_test: answers, closed_response: explanations } = row.endpoints;
    if (!row.control || changed === undefined || !answers?.against || !explanations?.against) return [];
    return [
      `${changed}, of the answers’ gap ${won(answers)}; of the explanations’ gap ${won(explanations)}.`,
    ];
  });
}

function won({ recovered, against }: NonNullable<Row["endpoints"]["closed_test"]>): string {
  const percent = recovered === null ? DASH : `${Math.round(100 * recovered)} %`.replace("-", "−");
  const { difference, low, high, holm } = against!;
  const sure = difference !== null && low !== undefined && high !== undefined && holm !== null && holm < SURE;
  const points = Math.round(100 * Math.abs(difference ?? 0));
  if (sure && low > 0) return `${percent} is won back, ${points} points less than by credit`;
  if (sure && high < 0) return `${percent} is won back, ${points} points more than by credit`;
  return `${percent} is won back, no difference from credit shown`;
}
