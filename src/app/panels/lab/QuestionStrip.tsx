/**
 * Every held-out question as a sliver: above, right with the book open; below, right with it closed. The lower row fills
 * as the run goes on. A range input lies on it, so walking works by pointer, arrow keys and screen reader alike.
 */
import type { CSSProperties, ReactNode } from "react";
import type { CycleAnswers, Question } from "../../../core/run.ts";

export interface QuestionStripProps {
  questions: readonly Question[];
  answers: CycleAnswers | null; // of the test questions, latest; null draws plain slivers
  index: number;
  onChange(index: number): void;
}

const HEIGHT = 22;

export function QuestionStrip({ questions, answers, index, onChange }: QuestionStripProps): ReactNode {
  const n = questions.length;
  const slivers = (right: (i: number) => boolean, y: number) =>
    questions.map((_, i) => (right(i) ? `M${i + 0.1} ${y}h.8v${HEIGHT / 2 - 1}h-.8Z` : "")).join("");
  const open = (i: number) => answers?.open_test[i] === questions[i]!.answer;
  const closed = (i: number) => answers?.closed_test[i] === questions[i]!.answer;
  const says = (i: number) => {
    const marks = answers
      ? `, ${open(i) ? "right" : "wrong"} open, ${closed(i) ? "right" : "wrong"} closed`
      : "";
    return `Question ${i + 1} of ${n}${marks}`;
  };

  return (
    <div className="strip" style={{ "--sliver": `${100 / n}%` } as CSSProperties}>
      <svg viewBox={`0 0 ${n} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path className="ground" d={slivers(() => true, 0) + slivers(() => true, HEIGHT / 2 + 1)} />
        <path className="open" d={slivers(open, 0)} />
        <path className="closed" d={slivers(closed, HEIGHT / 2 + 1)} />
      </svg>
      <input
        type="range"
        min={0}
        max={n - 1}
        value={index}
        aria-label="Question"
        aria-valuetext={says(index)}
        onChange={(e) => onChange(Number(e.target.value))}
      />
    </div>
  );
}
