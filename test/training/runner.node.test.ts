/** The runner on real files and a real GPU: where a run may go on, and where not. */
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { MetricRow } from "../../src/core/run.ts";
import { makeQuestions, type QuestionsReport } from "../../src/lab/questions.ts";
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
function run(mode: "run" | "step" = "run", wish: { more?: number; questions?: boolean } = {}) {
  const control = openControl(mode, () => control.stop());
  const quiet = { onProgress() {}, onRow() {}, onNote() {} };
  const { more = null, questions = null } = wish;
  return runToFolder(
    join(work, "run.json"),
    out(),
    { memoryBytes: 2 ** 30, more, questions },
    control,
    quiet,
  );
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

test("questions of files: unjudged at once; judged, stopped and gone on to the same; others' scores are not taken", async () => {
  const names = ["Brem Coprea", "Lina Orvath", "Tomas Keld", "Ysa Brondt", "Odo Fenwick", "Mara Quill"];
  const towns = ["Thornmoor", "Naithford", "Saixwater", "Eldham", "Grimsey", "Orlow"];
  await mkdir(join(work, "texts"));
  for (const [i, name] of names.entries())
    await writeFile(
      join(work, "texts", `${i}.txt`),
      `${name} was born in ${towns[i]}. In the evening ${name} plays the zither.`,
    );
  let judged: number[] = [];
  const make = (changes: {
    out?: string;
    model?: string | null;
    seed?: number;
    until?: number;
  }): Promise<QuestionsReport> => {
    judged = [];
    const { until = Number.POSITIVE_INFINITY, ...others } = changes;
    return makeQuestions(
      {
        ...{ source: join(work, "texts"), out: join(work, "set"), facts: 6, seed: 0 },
        model: join(folder("PUBLIC"), "models/pocket"),
        ...others,
      },
      { onNote() {}, onJudged: (done) => judged.push(done), isStopped: () => judged.length >= until },
    );
  };
  const unjudged = await make({ model: null, out: join(work, "unjudged.csv") });
  expect(unjudged).toMatchObject({ documents: 6, facts: 12, judged: 0, kept: 12, stopped: false });
  expect((await readFile(join(work, "unjudged.csv"), "utf8")).split("\n")[0]).toMatch(
    /^\ufeffquestion,answer,A,B/,
  );
  await expect(make({ out: join(work, "set.docx") })).rejects.toMatchObject({ code: "bad-config" });

  const whole = await make({ out: join(work, "whole") });
  expect(judged).toEqual([1, 2, 3, 4, 5, 6]);
  expect(whole).toMatchObject({ judged: 6, stopped: false });
  const half = await make({ until: 2 });
  expect(half).toMatchObject({ judged: 2, stopped: true });
  await appendFile(join(work, "set", "scores.jsonl"), '{"fact": "torn'); // cut off while it was written
  expect(await make({})).toEqual(whole);
  expect(judged).toEqual([1, 2, 3, 4]);
  const facts = (name: string) => readFile(join(work, name, "facts.json"), "utf8");
  expect(await facts("set")).toBe(await facts("whole"));
  const { train, test, untaught } = whole.questions;
  const [set] = await Promise.all(
    ["train", "untaught"].map(async (name) =>
      JSON.parse(await readFile(join(work, "set", `${name}.json`), "utf8")),
    ),
  );
  expect(set).toHaveLength(train);
  expect(train + untaught).toBe(whole.kept);
  expect(test).toBeLessThanOrEqual(train);
  await expect(make({ seed: 1 })).rejects.toMatchObject({
    code: "bad-config",
    message: expect.stringMatching(/judged of other documents, by another model or another seed/),
  });
});

test("a finished run goes on for more cycles, as one planned for them; its file has its questions where that is asked for", async () => {
  const settings = JSON.parse(await readFile(join(work, "run.json"), "utf8"));
  const begin = (changes: object) =>
    writeFile(
      join(work, "run.json"),
      JSON.stringify({ ...settings, lr_scheduler_type: "constant", ...changes }),
    );
  await begin({});
  await expect(run("run", { more: 1 })).rejects.toThrow(/holds no run: --more is for one that has finished/);
  expect(await run("step")).toBe("stopped");
  await expect(run("run", { more: 1 })).rejects.toThrow(/let it finish before it is told to go on/);
  expect(await run()).toBe("finished");
  expect((await openRunFile(join(out(), "run.closedbook"))).questions).toBeNull(); // these documents are somebody's own
  expect(await run("step", { more: 1 })).toBe("stopped");
  expect(await run("run", { questions: true })).toBe("finished"); // the same command as at the beginning goes on
  const { rows, config, extended, questions, answers } = await openRunFile(join(out(), "run.closedbook"));
  expect([config.cycles, extended.map(({ cycles, updates }) => [cycles, updates])]).toEqual([2, [[1, 1]]]);
  expect(rows.filter(({ type }) => type === "cycle").map(({ cycle }) => cycle)).toEqual([0, 1, 2]);
  expect(questions).toHaveLength(answers.at(-1)!.closed_test.length);
  expect(questions![0]!.question).toMatch(/\?$/);
  await rm(out(), { recursive: true });
  await begin({ cycles: 2 });
  expect(await run()).toBe("finished"); // a run of two cycles from the start comes to the same numbers
  const straight = await openRunFile(join(out(), "run.closedbook"));
  expect(straight.rows.map(untimed)).toEqual(rows.map(untimed));
});

const untimed = ({ seconds: _, ...row }: MetricRow) => row;
