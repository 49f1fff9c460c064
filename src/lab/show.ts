/** What the runner says while it works: rows on stdout, a passing status line on stderr where that is a terminal. */
import type { CycleRow, MetricRow } from "../core/run.ts";
import type { CycleProgress } from "../train/meter.ts";
import type { QuestionsOptions, QuestionsReport } from "./questions.ts";

/** One line per cycle; updates are in metrics.jsonl. */
export function showRow(row: MetricRow): void {
  if (row.type !== "cycle") return;
  clearStatus();
  const shares = (
    ["closed_train", "closed_test", "open_test", "closed_2hop", "closed_response", "open_response"] as const
  )
    .map((name) => `${name} ${percent(row, name)}`)
    .join("  ");
  console.log(`cycle ${row.cycle}  ${shares}  ${row.seconds.toFixed(0)} s`);
}

const percent = (row: CycleRow, name: keyof CycleRow): string => {
  const value = row[name];
  return typeof value === "number" ? `${(100 * value).toFixed(1)} %` : "–";
};

export function showProgress({
  phase,
  cycle,
  cycles,
  done,
  of,
  secondsLeft,
  tokensPerSecond,
}: CycleProgress): void {
  const left = secondsLeft === null ? "" : `, ${Math.ceil(secondsLeft)} s left`;
  const speed = tokensPerSecond === null ? "" : `, ${tokensPerSecond.toFixed(0)} tokens/s`;
  showStatus(`cycle ${cycle} of ${cycles}, ${phase} ${done}/${of}${left}${speed}`);
}

/** What came of making questions, in a few lines. */
export function questionsSummary(
  { documents, passages, facts, judged, kept, rejected, swap, questions }: QuestionsReport,
  { out, model }: Pick<QuestionsOptions, "out" | "model">,
): string {
  const by = Object.entries(rejected).map(([gate, count]) => `${gate} ${count}`);
  const said =
    model === null
      ? "unchecked: no --model was given to judge them"
      : `${judged} judged by ${model}, ${kept} kept${by.length > 0 ? `; rejected by ${by.join(", ")}` : ""}; with a wrong answer held to be right ${swap.passed} of ${swap.tried} would have passed`;
  return [
    `${documents} documents, ${passages} passages, ${facts} facts`,
    said,
    `${out}: ${questions.train} questions to learn, ${questions.test} to test in other words, ${questions.untaught} untaught`,
  ].join("\n");
}

/** What a person should know of a file that was read, on a line of its own. */
export function showNote(note: string): void {
  clearStatus();
  console.error(note);
}

export function showStatus(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}

export function clearStatus(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
}
