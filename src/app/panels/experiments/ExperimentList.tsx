/** The experiments and the form for another one. */
import { type ReactNode, useEffect, useState } from "react";
import type { ListedRuns } from "../../../storage/runs.ts";
import { useLab } from "../../lab.ts";
import { listExperiments, useExperimentStore } from "../../stores/experimentStore.ts";
import { ExperimentCard } from "./ExperimentCard.tsx";
import { PlanForm } from "./PlanForm.tsx";

export interface ExperimentListProps {
  listed: ListedRuns;
  attempt(action: () => Promise<void>): Promise<void>;
}

export function ExperimentList({ listed, attempt }: ExperimentListProps): ReactNode {
  const lab = useLab();
  const experiments = useExperimentStore((s) => s.experiments);
  const [planning, setPlanning] = useState(false);
  useEffect(() => {
    void listed; // another tab may have changed something
    void listExperiments(lab).catch(() => {}); // the list of runs says what is wrong with the database
  }, [lab, listed]);
  const records = new Map(listed.runs.map((run) => [run.id, run]));
  const deleted = new Set(listed.deleted.map(({ id }) => id));
  return (
    <section className="experiments" aria-label="Experiments">
      <h2>Experiments</h2>
      {experiments.length === 0 && !planning && (
        <p>
          One run is an anecdote. An experiment does every arm with several seeds, one after another, also
          overnight, with as many visits and updates in each.
        </p>
      )}
      {experiments.length > 0 && (
        <ul>
          {experiments.map((experiment) => (
            <ExperimentCard
              key={experiment.id}
              experiment={experiment}
              records={records}
              deleted={deleted}
              attempt={attempt}
            />
          ))}
        </ul>
      )}
      <button type="button" aria-expanded={planning} onClick={() => setPlanning(!planning)}>
        {planning ? "Do not plan one" : "Plan an experiment"}
      </button>
      {planning && <PlanForm onPlanned={() => setPlanning(false)} />}
    </section>
  );
}
