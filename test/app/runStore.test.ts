import { beforeEach, describe, expect, test } from "vitest";
import {
  applyTrainEvent,
  closeRun,
  expectRun,
  labStatus,
  showStoredRun,
  useRunStore,
} from "../../src/app/stores/runStore.ts";
import type { Progress } from "../../src/core/messages.ts";
import { answersOf, cycleRow, runRecord, updateRow } from "./helpers/story.ts";

const state = () => useRunStore.getState();
const status = () => labStatus(state());
const progress: Progress = {
  status: "running",
  phase: "testing",
  cycle: 1,
  cycles: 8,
  done: 3,
  of: 124,
  secondsLeft: null,
  tokensPerSecond: null,
};

beforeEach(() => {
  closeRun();
  useRunStore.setState({ elsewhere: null, engine: null, prepared: false });
});

describe("the mirror of worker events", () => {
  test("late words of another run are dropped, each kind of them", () => {
    expectRun("run-2");
    applyTrainEvent({ type: "run", run: runRecord() });
    applyTrainEvent({ type: "progress", runId: "run-1", progress });
    applyTrainEvent({ type: "metrics", runId: "run-1", rows: [cycleRow(0), updateRow(0)] });
    applyTrainEvent({ type: "answers", runId: "run-1", answers: answersOf(0) });
    applyTrainEvent({
      type: "failed",
      runId: "run-1",
      error: { code: "device-lost", message: "gone", stack: null },
    });
    expect(state()).toMatchObject({
      runId: "run-2",
      run: null,
      progress: null,
      cycles: [],
      updates: [],
      answers: [],
      failure: null,
    });
  });

  test("rows gather by kind, and those of a resumed run replace what came after its checkpoint", () => {
    expectRun("run-1");
    applyTrainEvent({
      type: "metrics",
      runId: "run-1",
      rows: [cycleRow(0), updateRow(0), updateRow(1), updateRow(2), cycleRow(1)],
    });
    applyTrainEvent({ type: "answers", runId: "run-1", answers: answersOf(1) });
    expect(state().updates.map((r) => r.update)).toEqual([0, 1, 2]);
    const again = { ...updateRow(1), loss: 9 };
    applyTrainEvent({ type: "metrics", runId: "run-1", rows: [again] });
    expect(state().updates.map((r) => r.update)).toEqual([0, 1]);
    expect(state().updates[1]!.loss).toBe(9);
    expect(state().cycles.map((r) => r.cycle)).toEqual([0, 1]);
    applyTrainEvent({ type: "answers", runId: "run-1", answers: answersOf(1) });
    expect(state().answers).toHaveLength(1);
  });

  test("only the latest 2,000 updates are kept", () => {
    expectRun("run-1");
    const rows = Array.from({ length: 2100 }, (_, i) => updateRow(i));
    applyTrainEvent({ type: "metrics", runId: "run-1", rows });
    expect(state().updates).toHaveLength(2000);
    expect(state().updates.at(-1)!.update).toBe(2099);
  });

  test("a failure stays through the last progress of its run, until the run goes on", () => {
    expectRun("run-1");
    const error = { code: "no-adapter", message: "none", stack: null } as const;
    applyTrainEvent({ type: "failed", runId: null, error });
    applyTrainEvent({ type: "run", run: runRecord({ status: "failed" }) });
    applyTrainEvent({ type: "progress", runId: "run-1", progress: { ...progress, status: "failed" } });
    expect(state().failure?.error).toEqual(error);
    applyTrainEvent({ type: "run", run: runRecord({ status: "running" }) });
    expect(state().failure).toBeNull();
  });
});

describe("the status in one word", () => {
  test("asked for, confirmed, paused, finished", () => {
    expect(status()).toBe("none");
    expectRun("run-1");
    expect(status()).toBe("preparing");
    applyTrainEvent({ type: "run", run: runRecord({ status: "running" }) });
    expect(status()).toBe("running");
    applyTrainEvent({ type: "progress", runId: "run-1", progress });
    applyTrainEvent({ type: "run", run: runRecord({ status: "paused" }) });
    expect(status()).toBe("paused"); // although the last progress still said running
    applyTrainEvent({ type: "run", run: runRecord({ status: "finished" }) });
    expect(status()).toBe("finished");
  });

  test("a run the database calls running is interrupted until a worker speaks of it", () => {
    showStoredRun({ run: runRecord({ status: "running" }), rows: [cycleRow(0)], answers: [] });
    expect(status()).toBe("interrupted");
    applyTrainEvent({ type: "run", run: runRecord({ status: "running" }) });
    expect(status()).toBe("running");
    showStoredRun({ run: runRecord({ status: "stopped" }), rows: [], answers: [] });
    expect(status()).toBe("stopped");
  });

  test("a start refused because another tab trains leaves no run behind", () => {
    expectRun("run-2");
    applyTrainEvent({ type: "locked", runId: "run-1" });
    expect(state()).toMatchObject({ runId: null, elsewhere: { runId: "run-1" } });
  });

  test("another tab's lock leaves the stored run on screen", () => {
    showStoredRun({ run: runRecord(), rows: [], answers: [] });
    applyTrainEvent({ type: "locked", runId: null });
    expect(state().runId).toBe("run-1");
  });
});
