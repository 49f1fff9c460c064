import { describe, expect, test } from "vitest";
import { parseRunConfig } from "../../src/core/config.ts";
import {
  completeExperiment,
  type Experiment,
  nextRun,
  planRuns,
  secondsOf,
  tellsTimeOf,
} from "../../src/core/experiment.ts";
import type { CycleRow, RunRecord } from "../../src/core/run.ts";

const config = parseRunConfig({ cycles: 8 });
const record = (id: string, status: RunRecord["status"]) => [id, { id, status } as RunRecord] as const;

describe("an experiment", () => {
  const runs = planRuns(
    2,
    [0, 1],
    ["a", "b"],
    (() => {
      let n = 0;
      return () => `r${n++}`;
    })(),
  );
  const experiment: Experiment = {
    id: "e",
    createdAt: 0,
    name: "e",
    arms: [0, 1].map((n) => ({ name: String(n), config })),
    runs,
    going: true,
    failed: {},
  };

  test("does every arm with the first seed, then with the next", () => {
    expect(runs.map(({ arm, seed, data }) => `${seed}${data}${arm}`)).toEqual([
      ..."0a0 0a1 0b0 0b1 1a0 1a1 1b0 1b1".split(" "),
    ]);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(8);
  });

  test("the next run is the first that is neither finished, failed nor deleted", () => {
    const none = new Set<string>();
    expect(nextRun(experiment, new Map(), none)?.id).toBe("r0");
    const records = new Map([record("r0", "finished"), record("r1", "running"), record("r2", "stopped")]);
    expect(nextRun(experiment, records, none)?.id).toBe("r1"); // cut off: it is resumed
    expect(nextRun({ ...experiment, failed: { r1: "why" } }, records, none)?.id).toBe("r2");
    expect(nextRun({ ...experiment, failed: { r1: "why" } }, records, new Set(["r2"]))?.id).toBe("r3");
    expect(nextRun(experiment, new Map(runs.map(({ id }) => record(id, "finished"))), none)).toBeNull();
  });

  test("a setting that came after it has the value that repeats what runs then did", () => {
    const { other_data: _, ...older } = config;
    const stored = { ...experiment, arms: [{ name: "0", config: older as typeof config }] };
    expect(completeExperiment(stored).arms[0]!.config.other_data).toBeNull();
  });
});

describe("the time a run takes", () => {
  const rows = (...seconds: number[]) => seconds.map((s, cycle) => ({ cycle, seconds: s }) as CycleRow);

  test("is told by runs of the same work on the same GPU, whatever their seed, rate and cycles", () => {
    const run = (changes: object, gpuAdapter: string | null = "m2") => ({
      config: parseRunConfig({ ...config, ...changes }),
      gpuAdapter,
    });
    expect(tellsTimeOf(config, run({ seed: 7, cycles: 2, learning_rate: 0.1 }), "m2")).toBe(true);
    expect(tellsTimeOf(config, run({ batch_size: 8 }), "m2")).toBe(false);
    expect(tellsTimeOf(config, run({ answers: "response" }), "m2")).toBe(false);
    expect(tellsTimeOf(config, run({}), "other")).toBe(false);
    expect(tellsTimeOf(config, run({}), null)).toBe(true);
  });

  test("is what comes before the first cycle and the mean cycle as often as there are", () => {
    expect(secondsOf(config, [rows(10, 30, 50)])).toBe(10 + 20 * 8);
    expect(secondsOf(config, [rows(10, 30), rows(20, 60)])).toBe((10 + 160 + 20 + 320) / 2);
    expect(secondsOf(config, [rows(10)])).toBeNull(); // no cycle was measured
    expect(secondsOf(config, [])).toBeNull();
  });
});
