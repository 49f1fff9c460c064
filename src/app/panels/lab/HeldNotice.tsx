/** On iPads and iPhones: why a recorded run is shown, and the way to a run all the same. */
import type { ReactNode } from "react";
import { tryHere } from "../../held.ts";
import { useLab } from "../../lab.ts";

export function HeldNotice(): ReactNode {
  const { train } = useLab();
  const begin = () => {
    tryHere();
    train?.send("prepare", null); // as it was at the start elsewhere
  };
  return (
    <p className="notice">
      <b>On this device a recorded run is shown.</b> iPadOS and iOS may end a page that trains, at any moment
      and without a word; what its last checkpoint stored stays. Looking things up, asking and the{" "}
      <a href="#/lesson">lessons</a> work all the same.{" "}
      <button type="button" className="link" onClick={begin}>
        Try it here
      </button>
    </p>
  );
}
