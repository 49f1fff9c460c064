/** The questions by how they stand; the rejected ones under what rejected them. */
import type { ReactNode } from "react";
import { GATES, type Standing, type Status } from "../../../documents/standing.ts";
import { integer } from "../../format.ts";
import { GATE_WORDS, STATUS_WORDS } from "./verdictWords.ts";

export type Group = "todo" | Status;

/** What waits for a person: undecided, and not rejected. */
export const inGroup = ({ status }: Standing, group: Group): boolean =>
  group === "todo" ? status === "passed" || status === "unchecked" : status === group;

const FIRST: readonly [Group, string][] = [
  ["todo", "to look at"],
  ["kept", "kept"],
  ["dropped", "dropped"],
];
const MOST_LISTED = 300;

export interface GroupsProps {
  standings: readonly Standing[];
  group: Group;
  at: Standing | null;
  onGroup(group: Group): void;
  onGo(id: string): void;
}

export function Groups({ standings, group, at, onGroup, onGo }: GroupsProps): ReactNode {
  const count = (of: Group) => standings.filter((one) => inGroup(one, of)).length;
  const rejected = GATES.filter((gate) => count(gate) > 0);
  const listed = standings.filter((one) => inGroup(one, group));
  const choose = (of: Group) => {
    onGroup(of);
    const first = standings.find((one) => inGroup(one, of));
    if (first) onGo(first.fact.id);
  };
  const row = (of: Group, words: string) => (
    <li key={of}>
      <button type="button" aria-pressed={group === of} onClick={() => choose(of)}>
        <span>{words}</span> <b>{integer(count(of))}</b>
      </button>
    </li>
  );
  return (
    <>
      <ul className="groups">{FIRST.map(([of, words]) => row(of, words))}</ul>
      {rejected.length > 0 && (
        <>
          <h2>Rejected by the checks</h2>
          <ul className="groups">{rejected.map((gate) => row(gate, GATE_WORDS[gate].name))}</ul>
        </>
      )}
      <h2>{group === "todo" ? "To look at" : STATUS_WORDS[group]}</h2>
      <ol className="fact-list">
        {listed.slice(0, MOST_LISTED).map(({ fact, shown }) => (
          <li key={fact.id}>
            <button
              type="button"
              className="link"
              aria-current={fact.id === at?.fact.id ? "true" : undefined}
              onClick={() => onGo(fact.id)}
            >
              {fact.phrasings[shown]?.text}
            </button>
          </li>
        ))}
      </ol>
      {listed.length > MOST_LISTED && <p className="hint">and {integer(listed.length - MOST_LISTED)} more</p>}
    </>
  );
}
