/** A comparison as files: a tidy table of every number, and a report in Markdown. */
import { wilson } from "../../../core/intervals.ts";
import type { CycleRow } from "../../../core/run.ts";
import { seedMean } from "../../../core/statistics.ts";
import { gapPoints, type Measure } from "../../charts/gap.ts";
import { DASH, day, duration, fixed, integer, percent } from "../../format.ts";
import { FURTHER } from "../../measures.ts";
import { runName } from "../../presets.ts";
import { configDifference, valueInWords } from "../../settings.ts";
import type { StoredRun } from "../../stores/runStore.ts";
import { type Arm, cyclesOf, rowAt } from "./arms.ts";
import type { Unfair } from "./fairness.ts";
import { type Against, deltaInWords } from "./scores.ts";

export interface Comparison {
  title: string;
  arms: readonly Arm[];
  measure: Measure;
  cycle: number | null;
  faults: readonly Unfair[];
  sentences: readonly string[];
  found: readonly { arm: Arm; result: Against | null }[];
}

const MEASURES: readonly (keyof CycleRow)[] = [
  "open_test",
  "closed_test",
  "closed_train",
  "closed_2hop",
  "open_response",
  "closed_response",
  "reward_train",
  "kl",
  "updates",
  "question_visits",
  "passage_visits",
  "supervised_tokens",
  "seconds",
  ...FURTHER.map(({ key }) => key),
];
const SHARES: readonly (keyof CycleRow)[] = ["open_test", "closed_test"];

const cell = (value: string | number | null): string => {
  const text = value === null ? "" : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

type Line = [
  run: string,
  seed: number | null,
  cycle: number,
  measure: string,
  value: number,
  low: number | null,
  high: number | null,
];

/**
 * One number a line: run, seed, cycle, measure, value, low, high. A share has Wilson's interval over its questions; an arm's
 * mean over three seeds and more stands under the arm's letter and name, without a seed, with its t interval.
 */
export function tidyCsv(arms: readonly Arm[]): string {
  const lines: Line[] = [];
  for (const arm of arms) {
    for (const stored of arm.runs) lines.push(...linesOf(stored));
    if (arm.runs.length < 3) continue;
    for (const cycle of new Set(arm.runs.flatMap((run) => cyclesOf(run).map((r) => r.cycle))))
      for (const measure of MEASURES) {
        const found = seedMean(arm.runs.map((run) => number(rowAt(run, cycle)?.[measure])));
        if (found?.interval)
          lines.push([
            `${arm.letter} ${arm.name}`,
            null,
            cycle,
            measure,
            found.mean,
            found.interval.low,
            found.interval.high,
          ]);
      }
  }
  return `${[["run", "seed", "cycle", "measure", "value", "low", "high"], ...lines].map((line) => line.map(cell).join(",")).join("\n")}\n`;
}

const number = (value: unknown): number | null => (typeof value === "number" ? value : null);

function linesOf(stored: StoredRun): Line[] {
  const scored = stored.answers.at(-1)?.closed_test.filter((text) => text !== null).length ?? 0;
  return cyclesOf(stored).flatMap((row) =>
    MEASURES.flatMap((measure): Line[] => {
      const value = number(row[measure]);
      if (value === null) return [];
      const interval = SHARES.includes(measure) ? wilson(value, scored) : null;
      return [
        [
          `${runName(stored.run)} ${stored.run.id.slice(0, 6)}`,
          stored.run.config.seed,
          row.cycle,
          measure,
          value,
          interval?.low ?? null,
          interval?.high ?? null,
        ],
      ];
    }),
  );
}

const escaped = (text: string): string => text.replace(/\|/g, "\\|").replace(/\s+/g, " ");
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escaped).join(" | ")} |`).join("\n");

/** The comparison as one Markdown document. */
export function markdownReport({
  title,
  arms,
  measure,
  cycle,
  faults,
  sentences,
  found,
}: Comparison): string {
  const say = measure === "answers" ? percent : (v: number | null | undefined) => fixed(v);
  const end = (arm: Arm, line: "open" | "closed"): string => {
    const at = seedMean(
      arm.runs.map((run) => gapPoints(cyclesOf(run), measure).find((p) => p.cycle === cycle)?.[line] ?? null),
    );
    return at?.interval
      ? `${say(at.mean)} (${say(at.interval.low)} to ${say(at.interval.high)})`
      : say(at?.mean);
  };
  const configs = arms.map(({ runs: [first] }) => first!.run.config);
  const differing = configDifference(configs).filter(({ key }) => key !== "seed");
  const runs = arms.flatMap((arm) => arm.runs.map((stored) => ({ arm, stored })));
  return `${[
    `# ${title}`,
    cycle === null ? "Nothing is measured that every run has." : `Compared at cycle ${cycle}, closed book.`,
    ...sentences.map((sentence) => `- ${sentence}`),
    faults.length === 0
      ? "A fair comparison: the same questions, passages and prompts, as many updates and question visits."
      : ["Not a fair comparison:", ...faults.map(({ says }) => `- ${says}`)].join("\n"),
    "## Arms",
    table(
      [
        "arm",
        "seeds",
        "open",
        "closed",
        `points from ${arms[0]?.letter ?? "A"}`,
        "updates",
        "question visits",
        "time",
      ],
      arms.map((arm) => {
        const row = rowAt(arm.runs[0]!, cycle);
        const result = found.find((f) => f.arm === arm)?.result;
        return [
          `${arm.letter} ${arm.name}`,
          String(arm.runs.length),
          end(arm, "open"),
          end(arm, "closed"),
          result ? deltaInWords(result.difference) : DASH,
          integer(row?.updates),
          integer(row?.question_visits),
          duration(row?.seconds),
        ];
      }),
    ),
    "## What differs",
    differing.length === 0
      ? "Nothing but the seed."
      : table(
          ["setting", ...arms.map(({ letter }) => letter), "why it matters"],
          differing.map((setting) => [
            setting.label,
            ...configs.map((config) => valueInWords(setting, config[setting.key])),
            setting.moves,
          ]),
        ),
    "## Runs",
    table(
      ["arm", "run", "seed", "begun", "GPU", "state"],
      runs.map(({ arm, stored: { run } }) => [
        arm.letter,
        runName(run),
        String(run.config.seed),
        day(run.createdAt),
        run.gpuAdapter ?? DASH,
        run.status,
      ]),
    ),
    "Intervals are at 95 %: of a difference a bootstrap over seeds and questions, of a mean Student's t over seeds.",
  ].join("\n\n")}\n`;
}
