/** For a room: what the lab is doing now, as the page's headline. */
import type { ReactNode } from "react";
import { labStatus, useRunStore } from "../../stores/runStore.ts";
import { STATUS_WORDS } from "../../words.ts";
import { phaseInWords } from "./ProgressLine.tsx";

export function Headline({ canTrain }: { canTrain: boolean }): ReactNode {
  const progress = useRunStore((s) => s.progress);
  const status = useRunStore(labStatus);
  const doing = progress ? phaseInWords(progress) : "";
  const paused = status === "paused" ? " · paused" : "";
  const words =
    doing !== "" && status !== "finished"
      ? `Cycle ${progress!.cycle} of ${progress!.cycles}: ${doing}${paused}`
      : status === "none"
        ? canTrain
          ? "Before a run. Space starts one, → goes step by step."
          : "A recorded run"
        : `The run is ${STATUS_WORDS[status]}.`;
  return <p className="headline">{words}</p>;
}
