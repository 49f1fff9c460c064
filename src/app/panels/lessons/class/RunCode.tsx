/** The six words of a run that was done in the lab, without a lesson. */
import type { ReactNode } from "react";
import type { RunConfig } from "../../../../core/config.ts";
import type { CycleRow } from "../../../../core/run.ts";
import { gapPoints, gapRecovered } from "../../../charts/gap.ts";
import { ClassCode } from "./ClassCode.tsx";
import { markOf } from "./code.ts";

export function RunCode({ config, rows }: { config: RunConfig; rows: readonly CycleRow[] }): ReactNode {
  return (
    <ClassCode
      result={{
        lesson: "",
        predicted: [],
        happened: [],
        recovered: gapRecovered(gapPoints(rows, "answers")),
        closed: rows.at(-1)?.closed_test ?? null,
        settings: markOf(config),
      }}
    />
  );
}
