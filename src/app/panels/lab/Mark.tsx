import type { ReactNode } from "react";

/** Right or wrong, in a sign and a word; nothing where there is no gold answer. */
export function Mark({ right }: { right: boolean | null }): ReactNode {
  return right === null ? null : <span className="mark">{right ? "✓ right" : "✗ wrong"}</span>;
}
