/** McNemar's four numbers, each of which opens its questions, and each question the inspector. */
import { type ReactNode, useState } from "react";
import type { Question } from "../../../core/run.ts";
import type { Agreement } from "../../../core/statistics.ts";
import { openStoredRun } from "../../actions.ts";
import { DASH, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { go } from "../../route.ts";
import { lookAt } from "../../stores/viewStore.ts";
import type { Arm } from "./arms.ts";

export interface CountsProps {
  a: Arm;
  b: Arm;
  counts: Agreement;
  questions: readonly Question[];
  cycle: number;
  seeds: number; // behind each
}

type Group = keyof Agreement;

export function Counts({ a, b, counts, questions, cycle, seeds }: CountsProps): ReactNode {
  const lab = useLab();
  const [open, setOpen] = useState<Group | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const words: Record<Group, string> = {
    onlyA: `only ${a.letter} right`,
    onlyB: `only ${b.letter} right`,
    both: "both right",
    neither: "neither",
  };
  const said = (arm: Arm, question: number): string => {
    const chosen = arm.runs.map(
      ({ answers }) => answers.find((at) => at.cycle === cycle)?.closed_test[question] ?? DASH,
    );
    return [...new Set(chosen)].join(" / ");
  };
  const look = async (question: number) => {
    const [first] = b.runs;
    if (first === undefined || !(await openStoredRun(lab, first.run.id)))
      return setFault("A run is under way; pause and stop it before another is opened.");
    lookAt("test", question);
    go("lab");
  };
  return (
    <div className="counts">
      <p>
        {b.letter} against {a.letter}, question by question
        {seeds > 1 && `, right in more than half of ${seeds} seeds`}:{" "}
        {(Object.keys(words) as Group[]).map((group) => (
          <button
            key={group}
            type="button"
            className="link"
            aria-expanded={open === group}
            disabled={counts[group].length === 0}
            onClick={() => setOpen(open === group ? null : group)}
          >
            {words[group]} <b>{counts[group].length}</b>
          </button>
        ))}
      </p>
      {fault !== null && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {open !== null && (
        <ol aria-label={`${counts[open].length} ${plural(counts[open].length, "question")}: ${words[open]}`}>
          {counts[open].map((i) => (
            <li key={i}>
              <button type="button" className="link" onClick={() => void look(i)}>
                {questions[i]?.question}
              </button>
              <small>
                {questions[i]?.answer} · {a.letter}: {said(a, i)} · {b.letter}: {said(b, i)}
              </small>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
