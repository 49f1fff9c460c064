/** Experiments on scripted workers: planning, the queue over a reload, the comparison, what is taken along. */
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { App } from "../../src/app/App.tsx";
import { LabContext } from "../../src/app/lab.ts";
import { armsOf, commonCycle } from "../../src/app/panels/experiments/arms.ts";
import { planArms, type Wanted } from "../../src/app/panels/experiments/plan.ts";
import { against, againstInWords } from "../../src/app/panels/experiments/scores.ts";
import { markdownReport, tidyCsv } from "../../src/app/panels/experiments/takeAway.ts";
import { totalInWords } from "../../src/app/panels/experiments/timeWords.ts";
import { drive } from "../../src/app/queue.ts";
import { useCompareStore } from "../../src/app/stores/compareStore.ts";
import { openCorpus } from "../../src/app/stores/corpusStore.ts";
import { useDraftStore } from "../../src/app/stores/draftStore.ts";
import { changeExperiment, useExperimentStore } from "../../src/app/stores/experimentStore.ts";
import { closeRun, type StoredRun, useRunStore } from "../../src/app/stores/runStore.ts";
import { useViewStore } from "../../src/app/stores/viewStore.ts";
import { LabError } from "../../src/core/errors.ts";
import type { Experiment } from "../../src/core/experiment.ts";
import type { RunStatus } from "../../src/core/run.ts";
import { openPage } from "./helpers/openPage.tsx";
import { type ScriptedLab, type Sent, scriptedLab } from "./helpers/scriptedLab.ts";
import { answersOf, configOf, cycleRow, engineInfo, QUESTIONS, runRecord } from "./helpers/story.ts";

import "../../src/app/panels/experiments/ReportPage.tsx"; // loaded when it is opened; here before, so that no test waits for it
import "../../src/app/panels/runs/RunsPage.tsx";

beforeEach(() => {
  closeRun();
  useRunStore.setState({ engine: engineInfo(), prepared: true, elsewhere: null });
  useDraftStore.setState({ presetId: "credit", changes: {}, corpus: "data/archive", model: "models/pocket" });
  useCompareStore.setState({ chosen: [], baseline: null, measure: "answers", along: "cycles" });
  useExperimentStore.setState({ experiments: [], changes: 0 });
  vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("", { status: 404 }));
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

/** A run of two cycles, the first `right` of whose held-out questions are right at the end. */
function storedRun(id: string, objective: "rlag" | "sft", seed: number, right: number): StoredRun {
  const answers = [0, 1, 2].map((cycle) => ({
    ...answersOf(cycle),
    closed_test: QUESTIONS.map((q, i) => (i < (cycle === 2 ? right : 20) ? q.answer : "Naithford")),
  }));
  const rows = [0, 1, 2].map((c) => cycleRow(c, { closed_test: (c === 2 ? right : 20) / QUESTIONS.length }));
  const config = configOf({ objective, seed, cycles: 2 });
  const name = `${objective}, brief`;
  return {
    run: runRecord({ id, name, config, status: "finished", cycle: 2, createdAt: seed }),
    rows,
    answers,
  };
}
const SIX = [
  ...[60, 62, 64].map((right, seed) => storedRun(`s${seed}`, "sft", seed, right)),
  ...[80, 84, 86].map((right, seed) => storedRun(`r${seed}`, "rlag", seed, right)),
];

describe("arms", () => {
  test("are the runs of equal settings but for the seed, the baseline first; a seed counts once", () => {
    const again = {
      ...storedRun("s9", "sft", 2, 90),
      run: { ...storedRun("s9", "sft", 2, 90).run, createdAt: 99 },
    };
    const arms = armsOf([...SIX, again], null);
    expect(arms.map(({ letter, name, runs }) => [letter, name, runs.map(({ run }) => run.id)])).toEqual([
      ["A", "sft, brief", ["s0", "s1", "s9"]],
      ["B", "rlag, brief", ["r0", "r1", "r2"]],
    ]);
    expect(arms[0]!.spare.map(({ run }) => run.id)).toEqual(["s2"]);
    expect(armsOf(SIX, arms[1]!.key).map(({ name }) => name)).toEqual(["rlag, brief", "sft, brief"]);
    expect(commonCycle(arms, "answers")).toBe(2);
    expect(
      commonCycle(
        armsOf(
          [
            ...SIX,
            { ...SIX[0]!, run: { ...SIX[0]!.run, id: "x", config: configOf({ cycles: 3 }) }, rows: [] },
          ],
          null,
        ),
        "answers",
      ),
    ).toBeNull();
  });

  test("of one name are told apart by what differs, runs on other documents never put together", () => {
    const other = storedRun("x", "sft", 0, 70);
    const config = { ...other.run.config, learning_rate: 0.01 };
    const arms = armsOf([SIX[0]!, { ...other, run: { ...other.run, config } }], null);
    expect(arms.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^sft, brief, learning rate 0\.00\d+$/),
      "sft, brief, learning rate 0.01",
    ]);
    const fingerprint = { documents: "d", questions: "q", embedder: "e" };
    expect(armsOf([SIX[0]!, { ...SIX[1]!, run: { ...SIX[1]!.run, fingerprint } }], null)).toHaveLength(2);
  });

  test("are compared over the same questions, and what is said has both ends and the counts", () => {
    const [a, b] = armsOf(SIX, null);
    const found = against(a!, b!, "answers", 2, QUESTIONS)!;
    expect(found.difference.difference).toBeCloseTo((80 + 84 + 86 - 60 - 62 - 64) / 3 / 124, 12);
    expect(found.seeds).toBe(3);
    // Of three seeds two have 62 and more right, 84 and more.
    expect(Object.entries(found.counts!).map(([k, v]) => [k, v.length])).toEqual([
      ["both", 62],
      ["onlyA", 0],
      ["onlyB", 22],
      ["neither", 40],
    ]);
    expect(againstInWords(a!, b!, found)).toMatch(
      /^B is 17 points above A \(\d+ to \d+\), 124 questions, 3 seeds\. That is more than chance\.$/,
    );
    expect(againstInWords(b!, a!, against(b!, a!, "answers", 2, QUESTIONS)!)).toMatch(
      /^A is 17 points below B \(\d+ to \d+\)/,
    );
    expect(against(a!, b!, "explanations", 2, QUESTIONS)).toBeNull(); // no rewards were stored
  });

  test("leave as a tidy table and as Markdown", () => {
    const arms = armsOf(SIX, null);
    const lines = tidyCsv(arms).trimEnd().split("\n");
    expect(lines[0]).toBe("run,seed,cycle,measure,value,low,high");
    expect(lines).toContainEqual(
      expect.stringMatching(/^"sft, brief s0",0,2,closed_test,0\.4838709\d+,0\.39\d+,0\.57\d+$/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^"sft, brief s0",0,1,updates,16,,$/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^"A sft, brief",,2,closed_test,0\.5,0\.4\d+,0\.5\d+$/),
    );
    expect(lines.filter((line) => line.includes("closed_train") && line.includes("null"))).toEqual([]);
    const found = arms
      .slice(1)
      .map((arm) => ({ arm, result: against(arms[0]!, arm, "answers", 2, QUESTIONS) }));
    const text = markdownReport({
      title: "Answers about The archive",
      arms,
      measure: "answers",
      cycle: 2,
      faults: [{ what: "updates", says: "Unequal updates: A 1, B 2." }],
      sentences: ["B is above A."],
      found,
    });
    expect(text).toMatch(/^# Answers about The archive\n/);
    expect(text).toContain("- Unequal updates: A 1, B 2.");
    expect(text).toMatch(/\| B rlag, brief \| 3 \| 98 % .*\| 67 % \(61 % to 73 %\) \| \+17 \(/);
    expect(text).toContain("| Objective |");
  });
});

describe("planning", () => {
  const WANTED: Wanted = {
    presets: ["rlag-options", "sft-options"],
    lab: false,
    vary: null,
    values: "",
    seeds: "0, 1",
    corpora: ["data/archive"],
    equal: { cycles: "2", updates: "3", batch_size: "4" },
  };

  test("arms have as many visits and updates; what the lab changed holds for all but the method", () => {
    const draft = { ...useDraftStore.getState(), changes: { k: 5, objective: "grpo" as const, cycles: 9 } };
    const { arms, seeds, faults } = planArms(WANTED, draft);
    expect(faults).toEqual([]);
    expect(seeds).toEqual([0, 1]);
    expect(
      arms.map(({ config: c }) => [c.objective, c.answers, c.k, c.cycles, c.updates, c.batch_size]),
    ).toEqual([
      ["rlag", "options", 5, 2, 3, 4],
      ["sft", "options", 5, 2, 3, 4],
    ]);
  });

  test("one setting takes several values; a value or a seed that is wrong is named", () => {
    const draft = useDraftStore.getState();
    const vary = { ...WANTED, presets: [], vary: "learning_rate" as const, values: "0.001; 0.002; 0.001" };
    expect(planArms(vary, draft).arms.map(({ name, config }) => [name, config.learning_rate])).toEqual([
      ["Learning rate 0.001", 0.001],
      ["Learning rate 0.002", 0.002],
    ]);
    expect(planArms({ ...vary, values: "fast" }, draft).faults[0]).toMatch(
      /^Learning rate fast, learning_rate: Must/,
    );
    expect(planArms({ ...vary, values: "" }, draft).faults[0]).toContain(
      "Say which values of “Learning rate”",
    );
    expect(planArms({ ...WANTED, seeds: "0, x" }, draft).faults).toEqual([
      "Seeds are whole numbers from 0, as “0, 1, 2”; this is “0, x”.",
    ]);
  });

  test("the total is a dash where nothing was measured, and at least so much where something was", () => {
    expect(totalInWords([null, null], 3)).toBe("Total time: —");
    expect(totalInWords([60, null], 3)).toBe("At least 3 m");
    expect(totalInWords([60, 120], 2)).toBe("About 6 m");
  });
});

/** A worker that does what the queue asks: a run is stored under way, then as `end` says. */
function obey(lab: ScriptedLab, end: (run: Sent & { type: "start" | "resume" }) => RunStatus): void {
  const { train } = lab;
  if (train === null) return;
  const send = train.send.bind(train);
  train.send = (name, ask) => {
    send(name, ask);
    if (name !== "start" && name !== "resume") return;
    const call = lab.sent.at(-1) as Sent & { type: "start" | "resume" };
    const before = lab.stored.get(call.runId);
    const config = call.type === "start" ? call.config : before!.run.config;
    const base = before?.run ?? runRecord({ id: call.runId, config, createdAt: lab.stored.size });
    const say = (status: RunStatus) => {
      const error = status === "failed" ? "the GPU said no" : null;
      const run = { ...base, status, error, cycle: status === "finished" ? 2 : 0 };
      const rows = status === "finished" ? [0, 1, 2].map((c) => cycleRow(c)) : [];
      lab.stored.set(run.id, { run, rows, answers: [0, 1, 2].map(answersOf) });
      lab.say({ type: "run", run });
    };
    queueMicrotask(() => {
      say("running");
      queueMicrotask(() => say(end(call)));
    });
  };
}

const plan = (changes: Partial<Experiment> = {}): Experiment => ({
  id: "e",
  createdAt: 1,
  name: "RLAG · SFT",
  arms: (["rlag", "sft"] as const).map((objective) => ({
    name: objective,
    config: configOf({ objective, cycles: 2 }),
  })),
  runs: [0, 1].flatMap((seed) =>
    [0, 1].map((arm) => ({ id: `p${seed}${arm}`, arm, seed, data: "data/archive" })),
  ),
  going: true,
  failed: {},
  ...changes,
});

describe("the queue", () => {
  const asked = (lab: ScriptedLab) =>
    lab.sent.flatMap((s) => (s.type === "start" || s.type === "resume" ? [[s.type, s.runId]] : []));
  const driven = async (lab: ScriptedLab, until: (e: Experiment) => boolean): Promise<Experiment> => {
    const end = new AbortController();
    const over = drive(lab, end.signal);
    await waitFor(async () => expect((await lab.experiments.list()).every(until)).toBe(true));
    end.abort();
    await over;
    return (await lab.experiments.list())[0]!;
  };

  test("does every run once, each arm before the next seed, then rests", async () => {
    const lab = scriptedLab();
    await openCorpus(lab, "data/archive");
    obey(lab, () => "finished");
    await lab.experiments.save(plan());
    await driven(lab, ({ going }) => !going);
    expect(asked(lab)).toEqual(["p00", "p01", "p10", "p11"].map((id) => ["start", id]));
    const starts = lab.sent.filter((s) => s.type === "start");
    expect(starts.map(({ config }) => [config.objective, config.seed])).toEqual([
      ["rlag", 0],
      ["sft", 0],
      ["rlag", 1],
      ["sft", 1],
    ]);
  });

  test("after a reload goes on where it was: what is finished stays, what was cut off is resumed", async () => {
    const lab = scriptedLab();
    await openCorpus(lab, "data/archive");
    lab.stored.set("p00", { ...storedRun("p00", "rlag", 0, 60) });
    const cut = storedRun("p01", "sft", 0, 60);
    lab.stored.set("p01", { ...cut, run: { ...cut.run, status: "running" } });
    obey(lab, () => "finished");
    await lab.experiments.save(plan());
    await driven(lab, ({ going }) => !going);
    expect(asked(lab)).toEqual([
      ["resume", "p01"],
      ["start", "p10"],
      ["start", "p11"],
    ]);
  });

  test("a run that was paused by hand is not resumed by a reload: the queue waits until somebody says so", async () => {
    const lab = scriptedLab();
    await openCorpus(lab, "data/archive");
    const cut = storedRun("p00", "rlag", 0, 60);
    lab.stored.set("p00", { ...cut, run: { ...cut.run, status: "paused" } });
    obey(lab, () => "finished");
    await lab.experiments.save(plan());
    const end = new AbortController();
    const over = drive(lab, end.signal);
    await waitFor(async () => expect((await lab.experiments.list())[0]!.going).toBe(false));
    expect(asked(lab)).toEqual([]);
    await changeExperiment(lab, "e", (e) => ({ ...e, going: true })); // what "Go on" does
    await waitFor(() => expect(asked(lab)).toHaveLength(4));
    expect(asked(lab)[0]).toEqual(["resume", "p00"]);
    end.abort();
    await over;
  });

  test("a run that fails is named and passed over; one that somebody stops halts the queue", async () => {
    const lab = scriptedLab();
    await openCorpus(lab, "data/archive");
    obey(lab, ({ runId }) => (runId === "p01" ? "failed" : runId === "p10" ? "stopped" : "finished"));
    await lab.experiments.save(plan());
    const after = await driven(lab, ({ going }) => !going);
    expect(after.failed).toEqual({ p01: "the GPU said no" });
    expect(asked(lab).map(([, id]) => id)).toEqual(["p00", "p01", "p10"]);
  });

  test("waits while another tab trains, and starts nothing that is paused or deleted by hand", async () => {
    const lab = scriptedLab();
    await openCorpus(lab, "data/archive");
    obey(lab, () => "finished");
    await lab.experiments.save(plan());
    useRunStore.setState({ elsewhere: { runId: "other" } });
    const end = new AbortController();
    const over = drive(lab, end.signal);
    await act(async () => {});
    expect(asked(lab)).toEqual([]);
    await lab.experiments.change("e", (e) => ({ ...e, going: false }));
    useRunStore.setState({ elsewhere: null });
    await act(async () => {});
    expect(asked(lab)).toEqual([]);
    end.abort();
    await over;
  });
});

describe("the page", () => {
  const openAt = (hash: string, lab: ScriptedLab) => openPage(lab, hash);
  const stored = () => {
    const lab = scriptedLab();
    for (const run of SIX) lab.stored.set(run.run.id, run);
    return lab;
  };

  test("seeds are chosen together; the four counts open their questions, and a question the inspector", async () => {
    await openAt("#/runs", stored());
    for (const name of [/^sft, brief 3 seeds/, /^rlag, brief 3 seeds/])
      fireEvent.click(await screen.findByRole("checkbox", { name }));
    expect(await screen.findByText(/^A is 17 points above B|^B is 17 points above A/)).toBeTruthy();
    const table = screen.getByRole("region", { name: "The arms side by side" });
    expect(within(table).getAllByText("3")).toHaveLength(2);
    expect(document.querySelectorAll(".compare .line.closed .seed")).toHaveLength(6);
    fireEvent.click(screen.getByRole("button", { name: /^only B right 22|^only A right 22/ }));
    const list = screen.getByRole("list", { name: /^22 questions: only/ });
    expect(within(list).getAllByRole("listitem")).toHaveLength(22);
    fireEvent.click(within(list).getAllByRole("button")[0]!);
    await waitFor(() => expect(location.hash).toBe("#/lab"));
    expect(useViewStore.getState().index).toBe(62);
  });

  test("runs from files, about documents that are not here, open the questions they brought", async () => {
    const lab = scriptedLab();
    lab.corpora.load = async () => {
      throw new LabError("not-found", "“Theirs” is not stored in this browser; drop its files again");
    };
    for (const one of SIX) {
      const config = { ...one.run.config, data: "corpus:Theirs" };
      const run = { ...one.run, config, imported: { adapter: null } };
      lab.stored.set(run.id, { ...one, run, questions: QUESTIONS });
    }
    location.hash = "#/runs";
    render(
      <LabContext value={lab}>
        <App />
      </LabContext>,
    );
    for (const name of [/^sft, brief 3 seeds/, /^rlag, brief 3 seeds/])
      fireEvent.click(await screen.findByRole("checkbox", { name }));
    fireEvent.click(await screen.findByRole("button", { name: /^only B right 22|^only A right 22/ }));
    const list = screen.getByRole("list", { name: /^22 questions: only/ });
    fireEvent.click(within(list).getAllByRole("button")[0]!);
    await waitFor(() => expect(location.hash).toBe("#/lab"));
    const inspector = await screen.findByRole("region", { name: "One question" });
    expect(within(inspector).getByText("Question 63 of 124")).toBeTruthy();
    expect(within(inspector).getByText(QUESTIONS[62]!.question)).toBeTruthy();
    expect(lab.sent.filter(({ type }) => type === "inspect")).toEqual([]); // its documents are not here to be asked about
  });

  test("another baseline turns the sentence round; the report says the same", async () => {
    useCompareStore.setState({ chosen: SIX.map(({ run }) => run.id) });
    await openAt("#/runs", stored());
    const first = (await screen.findByText(/17 points/, { selector: ".say p" })).textContent!;
    fireEvent.click(screen.getByRole("radio", { name: "B is the baseline" }));
    await waitFor(() =>
      expect(screen.getByText(/17 points/, { selector: ".say p" }).textContent).not.toBe(first),
    );
    cleanup();
    await openAt("#/runs/report", stored());
    expect(await screen.findByText(/17 points/, { selector: ".say p" })).toBeTruthy();
    expect(screen.queryByRole("radio")).toBeNull();
    expect(screen.getByRole("region", { name: "Runs of the report" }).textContent).toContain("sft, brief");
  });

  test("axe finds nothing, comparison, card and form on screen", async () => {
    useCompareStore.setState({ chosen: SIX.map(({ run }) => run.id) });
    const lab = stored();
    await lab.experiments.save(plan({ going: false, failed: { p00: "no GPU" } }));
    await openAt("#/runs", lab);
    fireEvent.click(await screen.findByRole("button", { name: "Plan an experiment" }));
    await screen.findByText(/17 points/, { selector: ".say p" });
    await screen.findByText("0 of 4 runs done");
    const { violations } = await axe.run(document.querySelector("main")!, {
      rules: { "color-contrast": { enabled: false } }, // of the browser's tests
    });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
  }, 30_000);

  test("an experiment is planned with its total time first, and its card says how far it is", async () => {
    const lab = await openAt("#/runs", stored());
    fireEvent.click(await screen.findByRole("button", { name: "Plan an experiment" }));
    expect(screen.getByText("Total time: —")).toBeTruthy();
    for (const name of [/^Credit: answers/, /^SFT, answers/])
      fireEvent.click(screen.getByRole("checkbox", { name }));
    fireEvent.click(screen.getByRole("checkbox", { name: /^RLAG, brief answers/ }));
    fireEvent.click(screen.getByRole("checkbox", { name: /^SFT, brief answers/ }));
    fireEvent.change(screen.getByRole("textbox", { name: "Seeds" }), { target: { value: "0, 1" } });
    fireEvent.change(screen.getByRole("textbox", { name: "Cycles" }), { target: { value: "2" } });
    fireEvent.click(screen.getByRole("button", { name: "Queue 4 runs" }));
    expect(await screen.findByText("0 of 4 runs done")).toBeTruthy();
    const [experiment] = await lab.experiments.list();
    expect(experiment!.runs.map(({ arm, seed }) => [arm, seed])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    fireEvent.click(screen.getByRole("button", { name: /^Pause/ }));
    expect(await screen.findByRole("button", { name: "Go on" })).toBeTruthy();
  });
});
