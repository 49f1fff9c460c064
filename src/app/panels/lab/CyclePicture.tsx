/** The cycle as a picture; while a run is under way, the step it is at is lit. */
import type { ReactNode } from "react";
import type { Phase } from "../../../core/run.ts";
import { CYCLE_STEPS } from "../../words.ts";

export function CyclePicture({ phase }: { phase: Phase | null }): ReactNode {
  return (
    <figure className="cycle">
      <ol>
        {CYCLE_STEPS.map(({ name, says, phases, tone }) => {
          const lit = phase !== null && phases.includes(phase);
          return (
            <li key={name} className={tone} aria-current={lit ? "step" : undefined}>
              <b>{name}</b>
              <span>{says}</span>
            </li>
          );
        })}
      </ol>
      <figcaption>
        <span>one cycle, then again</span>
      </figcaption>
    </figure>
  );
}
