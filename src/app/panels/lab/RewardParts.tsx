/** How the reward of explanations is made up, test by test: accuracy × rationality, and the parts of the second. */
import { type ReactNode, useState } from "react";
import { type CycleRow, REWARD_PARTS, type RewardInParts, type RewardPart } from "../../../core/run.ts";
import { cycleAxis, unitAxis } from "../../charts/axes.ts";
import { LinesPlot, type PlottedLine } from "../../charts/LinesPlot.tsx";
import { fixed } from "../../format.ts";

const WHICH: Readonly<Record<RewardInParts, string>> = {
  closed_response: "held out, book closed",
  open_response: "held out, book open",
  reward_explain: "what is taught",
};
const PARTS: Readonly<Record<RewardPart, { name: string; dash: string; says: string }>> = {
  accuracy: { name: "accuracy", dash: "8 3", says: "the answer is right" },
  rationality: {
    name: "rationality",
    dash: "8 3 2 3",
    says: "valid × F1 of the next two, × entailed where a model was asked",
  },
  valid: { name: "valid", dash: "2 3", says: "it names its answer, or no other option" },
  grounded_precision: {
    name: "from the passages",
    dash: "4 3",
    says: "share of its words that the passages have",
  },
  grounded_recall: {
    name: "of the evidence",
    dash: "1 4",
    says: "share of the evidence’s words that it has",
  },
  entailed: { name: "entailed", dash: "6 2 1 2", says: "a model for entailment finds it in the passages" },
};

const partOf = (row: CycleRow, of: RewardInParts, part: RewardPart): number | null =>
  row[`${of}_${part}`] ?? null;

/** Whether a row says what a mean reward is made of; rows of earlier versions do not. */
export const hasParts = (row: CycleRow, of: RewardInParts): boolean =>
  partOf(row, of, "rationality") !== null;

export function RewardParts({ rows, title }: { rows: readonly CycleRow[]; title: string }): ReactNode {
  const there = (Object.keys(WHICH) as RewardInParts[]).filter((of) => rows.some((row) => hasParts(row, of)));
  const [chosen, choose] = useState<RewardInParts | null>(null);
  const of = chosen !== null && there.includes(chosen) ? chosen : there[0]!;
  const told = rows.filter((row) => hasParts(row, of));
  const lines: PlottedLine[] = [
    { name: "reward", tone: "reward", dash: "none", values: told.map((row) => row[of] ?? null) },
    ...REWARD_PARTS.map(
      (part): PlottedLine => ({
        name: PARTS[part].name,
        tone: "plain",
        dash: PARTS[part].dash,
        values: told.map((row) => partOf(row, of, part)),
      }),
    ),
  ];
  const last = told.at(-1)!;
  const now = lines
    .filter(({ values }) => values.at(-1) !== null)
    .map(({ name, values }) => `${name} ${fixed(values.at(-1))}`);
  return (
    <div className="reward-parts">
      <fieldset className="pick-one">
        <legend className="hidden">Whose reward</legend>
        {there.map((one) => (
          <label key={one}>
            <input type="radio" name="reward-of" checked={one === of} onChange={() => choose(one)} />{" "}
            {WHICH[one]}
          </label>
        ))}
      </fieldset>
      <LinesPlot
        title={`The reward of explanations in parts, ${WHICH[of]}, ${title}`}
        says={`After cycle ${last.cycle}: ${now.join(", ")}.`}
        caption={`Means over explanations, ${WHICH[of]}. reward = accuracy × rationality, answer by answer.`}
        x={cycleAxis(Math.max(1, last.cycle))}
        y={unitAxis("explanations")}
        columns={told.map((row) => row.cycle)}
        columnName={(i) => `cycle ${told[i]!.cycle}`}
        lines={lines}
        say={(value) => fixed(value)}
        tableLabel="Reward in parts by cycle"
      />
      <p className="hint">
        Each explanation earns accuracy × rationality; drawn are means, so the product of two lines is not the
        third. {REWARD_PARTS.map((part) => `${PARTS[part].name}: ${PARTS[part].says}`).join("; ")}.
      </p>
    </div>
  );
}
