import { expect, test } from "vitest";
import { controlsFor } from "../../src/app/controls.ts";
import { whyNotReady } from "../../src/app/readiness.ts";
import { CORPUS } from "./helpers/scriptedLab.ts";
import { runRecord } from "./helpers/story.ts";

const stored = runRecord();
const without = runRecord({ checkpointId: null });

test.for([
  ["none", null, null, "Run", "start", "start"],
  ["none", null, "Loading the model…", "Loading the model…", "none", "none"],
  ["preparing", stored, null, "Preparing…", "none", "none"],
  ["running", stored, null, "Pause", "pause", "none"],
  ["pausing", stored, null, "Pausing…", "none", "none"],
  ["paused", stored, null, "Resume", "resume", "step"],
  ["interrupted", stored, null, "Resume", "resume", "resume"],
  ["interrupted", without, null, "Begin again", "resume", "resume"],
  ["interrupted", stored, "Training in another tab", "Training in another tab", "none", "none"],
  ["stopped", stored, null, "Resume", "resume", "resume"],
  ["failed", stored, null, "Resume", "resume", "resume"],
  ["failed", without, null, "Run", "start", "start"],
  ["finished", stored, null, "New run", "start", "start"],
  ["finished", stored, "Loading the model…", "Loading the model…", "none", "none"],
] as const)("%s: the button says %s", ([status, run, notReady, label, action, step]) => {
  const controls = controlsFor(status, run, notReady);
  expect([controls.primary.label, controls.primary.action, controls.step]).toEqual([label, action, step]);
});

test("a run under way can be stopped, and only that", () => {
  const can = (status: Parameters<typeof controlsFor>[0]) => controlsFor(status, stored, null).canStop;
  expect((["preparing", "running", "pausing", "paused"] as const).every(can)).toBe(true);
  expect((["none", "interrupted", "stopped", "failed", "finished"] as const).some(can)).toBe(false);
});

test("what is missing is named in the order it arrives", () => {
  const engine = {
    model: "models/pocket",
    gpuAdapter: "x",
    isFallbackAdapter: false,
    parameters: 1,
    modelBytes: 1,
    passageTokens: 256,
    canThink: false,
    features: [],
  };
  const index = { documents: 1, passages: 1, embedder: "e", dimension: 1 };
  const corpus = { current: CORPUS, indexing: null, index, error: null };
  const ready = { engine, elsewhere: null, failure: null };
  const failure = { runId: null, error: { code: "bad-model", message: "truncated", stack: null } } as const;
  expect(whyNotReady(ready, corpus)).toBeNull();
  expect(whyNotReady({ ...ready, engine: null }, corpus)).toBe("Loading the model…");
  expect(whyNotReady({ ...ready, engine: null, failure }, corpus)).toBe("No model");
  expect(whyNotReady({ ...ready, elsewhere: { runId: null } }, corpus)).toBe("Training in another tab");
  expect(whyNotReady(ready, { ...corpus, current: null })).toBe("Loading the documents…");
  expect(whyNotReady(ready, { ...corpus, index: null })).toBe("Indexing…");
  expect(whyNotReady(ready, { ...corpus, current: { ...CORPUS, train: [] } })).toBe("No questions yet");
});
