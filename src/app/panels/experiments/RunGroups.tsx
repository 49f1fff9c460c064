/** Runs that differ in the seed alone, chosen together. */
import type { ReactNode } from "react";
import type { RunRecord } from "../../../core/run.ts";
import { corpusName } from "../../corpora.ts";
import { armKey, grouped, nameOf } from "./arms.ts";

export interface RunGroupsProps {
  runs: readonly RunRecord[];
  chosen: readonly string[];
  onChoose(chosen: readonly string[]): void;
}

export function RunGroups({ runs, chosen, onChoose }: RunGroupsProps): ReactNode {
  const groups = [...grouped(runs, armKey)].filter(
    ([, of]) => new Set(of.map((r) => r.config.seed)).size > 1,
  );
  if (groups.length === 0) return null;
  return (
    <fieldset className="run-groups">
      <legend>The same settings, several seeds</legend>
      {groups.map(([key, of]) => {
        const ids = of.map(({ id }) => id);
        const all = ids.every((id) => chosen.includes(id));
        const others = chosen.filter((id) => !ids.includes(id));
        return (
          <label key={key} className="run-group">
            <input
              type="checkbox"
              checked={all}
              onChange={() => onChoose(all ? others : [...others, ...ids])}
            />{" "}
            <b>{nameOf(of)}</b>{" "}
            <small>
              {new Set(of.map((r) => r.config.seed)).size} seeds · {corpusName(of[0]!.config.data)}
            </small>
          </label>
        );
      })}
    </fieldset>
  );
}
