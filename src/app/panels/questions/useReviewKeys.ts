/** Keys of the review; at rest while somebody types, and in a dialog. */
import { useEffect, useRef } from "react";

export type ReviewKey = "keep" | "drop" | "edit" | "wording" | "swap" | "undo" | "next" | "previous";

const KEYS: Readonly<Record<string, ReviewKey>> = {
  ArrowRight: "keep",
  ArrowLeft: "drop",
  e: "edit",
  p: "wording",
  d: "swap",
  u: "undo",
  ArrowDown: "next",
  ArrowUp: "previous",
};
const AT_REST = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog, .scroll";

export function useReviewKeys(onKey: (key: ReviewKey) => void): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const rests = event.target instanceof Element && event.target.closest(AT_REST) !== null;
      const key = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (event.ctrlKey || event.metaKey || event.altKey || rests || key === undefined) return;
      event.preventDefault();
      latest.current(key);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
