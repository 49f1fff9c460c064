/** The page's keys. A key that a focused control needs for itself is left to it. */
import { useEffect } from "react";
import { pressPrimary, pressStep } from "./actions.ts";
import type { Lab } from "./lab.ts";
import type { Route } from "./route.ts";
import { nextTheme, openDialog, useViewStore } from "./stores/viewStore.ts";

const TYPED_IN = "input:not([type=checkbox], [type=radio], [type=range]), textarea, [contenteditable]";
const TAKES_ARROWS = "input, select, textarea";
const TAKES_SPACE = "input, select, textarea, button, summary, a";

export function useKeys(lab: Lab, route: Route): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const on = (selector: string) =>
        event.target instanceof Element && event.target.closest(selector) !== null;
      if (event.ctrlKey || event.metaKey || event.altKey || on(TYPED_IN) || on("dialog")) return;
      const act = keyAction(event.key, route, on, lab);
      if (act === null) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [lab, route]);
}

/** What a key does; null leaves it to the browser or to the control it is pressed on. */
function keyAction(
  key: string,
  route: Route,
  on: (selector: string) => boolean,
  lab: Lab,
): (() => void) | null {
  switch (key) {
    case "?":
      return () => openDialog("shortcuts");
    case "t":
      return nextTheme;
    case "b":
      return () => useViewStore.setState(({ present }) => ({ present: !present }));
    case "e":
      return route === "lab" ? swapMeasure : null;
    case " ":
      return route === "lab" && !on(TAKES_SPACE) ? () => pressPrimary(lab) : null;
    case "ArrowRight":
      return route === "lab" && !on(TAKES_ARROWS) ? () => pressStep(lab) : null;
    default:
      return null;
  }
}

const swapMeasure = () =>
  useViewStore.setState(({ measure }) => ({ measure: measure === "answers" ? "explanations" : "answers" }));
