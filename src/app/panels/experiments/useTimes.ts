import { useEffect, useState } from "react";
import type { RunConfig } from "../../../core/config.ts";
import { secondsOf, tellsTimeOf } from "../../../core/experiment.ts";
import type { CycleRow } from "../../../core/run.ts";
import { useLab } from "../../lab.ts";
import { useRunStore } from "../../stores/runStore.ts";
import { cyclesOf } from "./arms.ts";

const MOST_READ = 3; // runs behind one estimate

/** How long a run with each of the settings takes, seconds, from runs stored here; null where none tells. */
export function useTimes(configs: readonly RunConfig[]): readonly (number | null)[] {
  const lab = useLab();
  const gpu = useRunStore((s) => s.engine?.gpuAdapter ?? null);
  const cycles = useRunStore((s) => s.cycles.length); // another one was measured
  const key = JSON.stringify(configs);
  const [times, setTimes] = useState<readonly (number | null)[]>([]);
  useEffect(() => {
    void cycles;
    let over = false;
    const wanted = JSON.parse(key) as RunConfig[];
    const read = async () => {
      const runs = (await lab.runs.list()).filter(({ cycle }) => cycle > 0);
      const reading = new Map<string, Promise<CycleRow[]>>(); // arms of many seeds ask for the same runs
      const rowsOf = (id: string): Promise<CycleRow[]> => {
        const asked = reading.get(id) ?? lab.runs.load(id).then((run) => (run ? cyclesOf(run) : []));
        reading.set(id, asked);
        return asked;
      };
      return Promise.all(
        wanted.map(async (config) => {
          const same = runs.filter((run) => tellsTimeOf(config, run, gpu)).slice(0, MOST_READ);
          return secondsOf(config, await Promise.all(same.map(({ id }) => rowsOf(id))));
        }),
      );
    };
    read().then(
      (found) => over || setTimes(found),
      () => over || setTimes([]),
    );
    return () => {
      over = true;
    };
  }, [lab, gpu, key, cycles]);
  return configs.map((_, i) => times[i] ?? null);
}
