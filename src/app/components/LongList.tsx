/** A list that may be long: first a part of it, with how much that is, and one press shows all. */
import { Fragment, type ReactNode, useState } from "react";
import { integer } from "../format.ts";

export interface LongListProps<T> {
  items: readonly T[];
  most: number; // shown at first
  as: "li" | "p"; // what says how much is shown
  children(item: T, at: number): ReactNode;
}

export function LongList<T>({ items, most, as: Line, children }: LongListProps<T>): ReactNode {
  const [whole, setWhole] = useState(false);
  const shown = whole ? items : items.slice(0, most);
  return (
    <>
      {shown.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: such lists never change their order
        <Fragment key={at}>{children(item, at)}</Fragment>
      ))}
      {shown.length < items.length && (
        <Line className="hint">
          showing {integer(shown.length)} of {integer(items.length)} ·{" "}
          <button type="button" className="link" onClick={() => setWhole(true)}>
            show all
          </button>
        </Line>
      )}
    </>
  );
}
