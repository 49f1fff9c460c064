/** A run to be trained elsewhere: a button and what it gives. */
import { type ReactNode, useState } from "react";
import type { RunRecord } from "../../../core/run.ts";
import { bytes } from "../../format.ts";
import type { TrainClient } from "../../workers.ts";
import { downloadBundle } from "./exportRun.ts";

export interface TakeBundleProps {
  run: RunRecord;
  train: TrainClient;
  attempt(action: () => Promise<void>): Promise<void>;
}

export function TakeBundle({ run, train, attempt }: TakeBundleProps): ReactNode {
  const [packing, setPacking] = useState(false);
  const [size, setSize] = useState<number | null>(null);
  const take = async () => {
    setPacking(true);
    setSize(null);
    await attempt(async () => setSize(await downloadBundle(run, train)));
    setPacking(false);
  };
  return (
    <p className="run-out">
      <button type="button" className="link" disabled={packing} onClick={() => void take()}>
        {packing ? "packing…" : "Take it as a bundle"}
      </button>
      <small aria-live="polite">
        {size === null
          ? "a zip with its documents, questions and answers, and a PyTorch program that trains the same on many GPUs"
          : `${bytes(size)}; README.md in it says how to go on`}
      </small>
    </p>
  );
}
