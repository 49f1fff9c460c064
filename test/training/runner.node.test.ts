/** The runner on real files and a real GPU: where a run may go on, and where not. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runToFolder } from "../../src/lab/run.ts";
import { openRunFile } from "../../src/lab/runFile.ts";
import { openControl } from "../../src/train/control.ts";
import { folder } from "../helpers/fixtures.ts";

let work = "";
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), "closed-book-test-"));
  await cp(`${folder("FIXTURES")}/small-archive`, join(work, "data"), { recursive: true });
  const config = { data: "data", answers: "options", cycles: 1, updates: 1, batch_size: 2, questions: 4 };
  await writeFile(join(work, "run.json"), JSON.stringify({ ...config, explain_every: 0 }));
});
afterEach(() => rm(work, { recursive: true }));

const out = () => join(work, "out");

/** Goes on until the run ends, or with `steps` stops after the first. */
function run(mode: "run" | "step" = "run") {
  const control = openControl(mode, () => control.stop());
  const quiet = { onProgress() {}, onRow() {}, onNote() {} };
  return runToFolder(join(work, "run.json"), out(), 2 ** 30, control, quiet);
}

test("other questions are refused by name and nothing is lost; put back, the run ends; an early run.json still goes on", async () => {
  expect(await run("step")).toBe("stopped");
  const file = join(work, "data", "test.json");
  const [text, metrics] = [await readFile(file, "utf8"), join(out(), "metrics.jsonl")];
  const [before, begun] = [await readFile(metrics, "utf8"), await readFile(join(out(), "run.json"), "utf8")];
  const other = JSON.parse(text);
  other[0].question = "Who was it?";
  await writeFile(file, JSON.stringify(other));
  await expect(run()).rejects.toMatchObject({
    code: "bad-data",
    message: expect.stringMatching(/cannot go on: the questions have changed since it began/),
  });
  expect(await readFile(metrics, "utf8")).toBe(before);
  const { fingerprint, ...early } = JSON.parse(begun);
  expect(fingerprint).toMatchObject({ embedder: "models/embedder-static" });
  await writeFile(join(out(), "run.json"), JSON.stringify(early)); // as written before there were fingerprints
  expect(await run("step")).toBe("stopped");
  await writeFile(join(out(), "run.json"), begun);
  await writeFile(file, text);
  expect(await run()).toBe("finished");
  const report = JSON.parse(await readFile(join(out(), "report.json"), "utf8"));
  expect(report).toMatchObject({ fingerprint, scored: report.questions });
  const packed = await openRunFile(join(out(), "run.closedbook"));
  const lines = (await readFile(metrics, "utf8")).trimEnd().split("\n");
  expect(packed.rows).toEqual(lines.map((line) => JSON.parse(line)));
  expect(packed).toMatchObject({ status: "finished", fingerprint, config: report.config, adapter: null });
});
