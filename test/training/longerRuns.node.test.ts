/** Runs that last: a finished one goes on for more cycles; the best cycle's adapter instead of the last. */
import { describe, expect, test } from "vitest";
import { bestCycle } from "../../src/core/run.ts";
import { keptAdapter } from "../../src/storage/adapters.ts";
import { readRows } from "../../src/storage/rows.ts";
import { getRun, labelRun } from "../../src/storage/runs.ts";
import { CONFIG, smallLab, start, status } from "../helpers/smallLab.ts";

const lab = smallLab();
const { load, results, uninterrupted } = lab;

describe("a finished run goes on for more cycles", () => {
  test("at a constant rate to what a run of them all comes to, bit for bit", async () => {
    const tab = await load();
    const whole = await uninterrupted(tab);
    start(tab, "one", { cycles: 1 });
    await status(tab, "finished");
    tab.send("extend", { runId: "one", cycles: 1 });
    await status(tab, "finished");
    const rate = CONFIG.learning_rate;
    expect(await getRun(lab.db, "one")).toMatchObject({
      cycle: 2,
      update: 4,
      config: { cycles: 2 },
      extended: [{ cycles: 1, updates: 2, learning_rate: [rate, rate] }],
    });
    expect(await results("one")).toEqual(whole);
  });

  test("a rate that fell rises again, and the run says from where to where", async () => {
    const tab = await load();
    start(tab, "fell", { lr_scheduler_type: "linear", learning_rate: 0.004, cycles: 1 });
    await status(tab, "finished");
    tab.send("extend", { runId: "fell", cycles: 3 });
    await tab.until("metrics", ({ rows }) => rows.some((row) => row.type === "update" && row.update === 2));
    tab.send("pause", { runId: "fell" });
    await status(tab, "paused");
    const run = await getRun(lab.db, "fell");
    expect(run!.extended).toEqual([{ cycles: 1, updates: 2, learning_rate: [0.002, 0.003] }]);
    const rates = (await readRows(lab.db, "fell")).flatMap((row) =>
      row.type === "update" ? [row.learning_rate] : [],
    );
    expect(rates.slice(0, 3)).toEqual([0.004, 0.002, 0.003]);
    tab.send("stop", { runId: "fell" });
    await status(tab, "stopped");

    await expect(tab.ask("extend", { runId: "fell", cycles: 1 })).rejects.toThrow(
      /has done \d+ of \d+ pieces of work: let it finish/,
    );
  });
});

test("the best cycle's adapter is asked and exported where a person says so", async () => {
  const tab = await load();
  start(tab, "run", { cycles: 1 });
  await status(tab, "finished");
  const { cycle } = bestCycle(await readRows(lab.db, "run"), "closed_test")!;
  const kept = await keptAdapter(lab.db, "run", cycle);
  if (kept === null || !("weights" in kept)) throw new Error("nothing is kept");
  expect(kept).toEqual({ cycle, weights: (await results("run")).weights }); // of one cycle it is the last
  // Nothing at all in its place shows which of the two is on the model.
  await lab.db.put("adapters", { cycle, weights: new Float32Array(kept.weights.length) }, ["run", cycle]);

  const inspect = () => tab.ask("inspect", { runId: "run", set: "test", index: 0, config: CONFIG });
  const weights = async () => (await tab.ask("export", { runId: "run", format: "peft" }))[1]!.content.text();
  const [last, ofLast] = [await inspect(), await weights()];
  expect(last.closed).not.toEqual(last.closed_before);
  await labelRun(lab.db, "run", { use: "closed_test" });
  const best = await inspect();
  expect(best.closed).toEqual(best.closed_before);
  expect(await weights()).not.toBe(ofLast);
  await labelRun(lab.db, "run", { use: null });
  expect(await inspect()).toEqual(last);
  expect(await weights()).toBe(ofLast);
});
