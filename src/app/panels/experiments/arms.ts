/** Runs put together by themselves: those whose settings are the same but for the seed are one arm. */
import { SETTINGS, type SettingKey } from "../../../core/config.ts";
import type { CycleRow, RunRecord } from "../../../core/run.ts";
import { gapPoints, type Measure } from "../../charts/gap.ts";
import { methodName, runName } from "../../presets.ts";
import { configDifference, valueInWords } from "../../settings.ts";
import type { StoredRun } from "../../stores/runStore.ts";

export interface Arm {
  key: string;
  letter: string; // A, B, C… in the order shown
  name: string;
  runs: StoredRun[]; // one of each seed, by seed
  spare: StoredRun[]; // of a seed that another run has: they do not count twice
}

/** What runs of one arm have in common: every setting but the seed, and the documents and questions they were made of. */
export function armKey({ config, fingerprint }: Pick<RunRecord, "config" | "fingerprint">): string {
  const { seed: _, ...others } = config;
  return JSON.stringify([others, fingerprint ?? null]);
}

export const cyclesOf = ({ rows }: StoredRun): CycleRow[] =>
  rows.filter((r): r is CycleRow => r.type === "cycle");

export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** What runs of one arm are called: as all of them are, else as their method is. */
export function nameOf(runs: readonly RunRecord[]): string {
  const [first, ...others] = runs.map(runName);
  return first && others.every((name) => name === first) ? first : methodName(runs[0]!.config);
}

/** Of two runs of one seed the further one counts, of equals the newer. */
const further = (a: StoredRun, b: StoredRun): number =>
  b.run.cycle - a.run.cycle || b.run.createdAt - a.run.createdAt;

/** @param baseline the key of the arm that comes first; where none has it, the first run's does */
export function armsOf(runs: readonly StoredRun[], baseline: string | null): Arm[] {
  const groups = [...grouped(runs, ({ run }) => armKey(run))].sort(
    ([a], [b]) => Number(b === baseline) - Number(a === baseline),
  );
  const arms = groups.map(([key, all], n) => {
    const seeds = [...grouped(all, ({ run }) => String(run.config.seed)).values()];
    const best = seeds.map((of) => of.sort(further));
    const bySeed = best.map(([first]) => first!).sort((a, b) => a.run.config.seed - b.run.config.seed);
    return {
      key,
      letter: String.fromCharCode(65 + n),
      name: nameOf(all.map(({ run }) => run)),
      runs: bySeed,
      spare: best.flatMap((of) => of.slice(1)),
    };
  });
  return arms.map((arm) => {
    const alike = arms.filter((other) => other.name === arm.name);
    if (alike.length === 1) return arm;
    const differing = configDifference(alike.map(({ runs: [first] }) => first!.run.config)).filter(
      ({ key }) => key !== "seed",
    );
    const said = differing
      .slice(0, 2)
      .map((setting) => `${setting.label.toLowerCase()} ${shortValue(setting.key, arm)}`);
    return said.length === 0 ? arm : { ...arm, name: `${arm.name}, ${said.join(", ")}` };
  });
}

const shortValue = (key: SettingKey, arm: Arm): string =>
  valueInWords({ key, ...SETTINGS[key] }, arm.runs[0]!.run.config[key]).slice(0, 40);

/** The last cycle that every run of every arm has measured; null where there is none. */
export function commonCycle(arms: readonly Arm[], measure: Measure): number | null {
  const sets = arms.flatMap(({ runs }) =>
    runs.map(
      (run) =>
        new Set(gapPoints(cyclesOf(run), measure).flatMap((p) => (p.closed === null ? [] : [p.cycle]))),
    ),
  );
  const [first, ...others] = sets;
  const shared = [...(first ?? [])].filter((cycle) => others.every((set) => set.has(cycle)));
  return shared.length === 0 ? null : Math.max(...shared);
}

export const rowAt = (run: StoredRun, cycle: number | null): CycleRow | undefined =>
  cyclesOf(run).find((row) => row.cycle === cycle);
