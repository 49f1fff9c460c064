import { useEffect, useState } from "react";
import type { RunConfig } from "../../../core/config.ts";
import type { Inspection, QuestionSet } from "../../../core/run.ts";
import { useLab } from "../../lab.ts";

export interface InspectionRequest {
  runId: string | null; // null asks the base
  set: QuestionSet;
  index: number;
  config: RunConfig;
  cycle: number | null; // asked again when the model has changed
}

export interface InspectionState {
  inspection: Inspection | null; // of the question asked for; may be a cycle old while `busy`
  busy: boolean;
  error: Error | null;
}

const SETTLE_MS = 150; // walking quickly asks only about where one stops

/** Asks the worker about one question; null asks nothing. */
export function useInspection(request: InspectionRequest | null): InspectionState {
  const { train } = useLab();
  const [state, setState] = useState<InspectionState>({ inspection: null, busy: false, error: null });
  const key = request && JSON.stringify(request);

  useEffect(() => {
    if (key === null || train === null) return;
    const { cycle: _cycle, ...asked } = JSON.parse(key) as InspectionRequest;
    let wanted = true;
    setState((old) => ({ ...old, busy: true, error: null }));
    const timer = window.setTimeout(() => {
      train.ask("inspect", asked).then(
        (inspection) => wanted && setState({ inspection, busy: false, error: null }),
        (error: Error) => wanted && setState({ inspection: null, busy: false, error }),
      );
    }, SETTLE_MS);
    return () => {
      wanted = false;
      window.clearTimeout(timer);
    };
  }, [key, train]);

  const { inspection } = state;
  const isAbout =
    inspection !== null && inspection.set === request?.set && inspection.index === request.index;
  return key === null
    ? { inspection: null, busy: false, error: null }
    : { ...state, inspection: isAbout ? inspection : null };
}
