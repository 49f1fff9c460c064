/** The real page on scripted workers, one scene by name (?scene=…&theme=…): for looking at it in every state. */
import { createRoot } from "react-dom/client";
import { App } from "../../../src/app/App.tsx";
import type { Corpus } from "../../../src/app/corpora.ts";
import { LabContext } from "../../../src/app/lab.ts";
import { check, openReview } from "../../../src/app/panels/questions/reviewStore.ts";
import { useCompareStore } from "../../../src/app/stores/compareStore.ts";
import { openCorpus, useCorpusStore } from "../../../src/app/stores/corpusStore.ts";
import { changeSetting, useDraftStore } from "../../../src/app/stores/draftStore.ts";
import { askToEdit } from "../../../src/app/stores/editStore.ts";
import { startDownload, useModelStore } from "../../../src/app/stores/modelStore.ts";
import { expectRun, showStoredRun, useRunStore } from "../../../src/app/stores/runStore.ts";
import {
  applyTheme,
  lookAt,
  openDialog,
  type Theme,
  useViewStore,
} from "../../../src/app/stores/viewStore.ts";
import { CATALOG } from "../../../src/core/catalog.ts";
import type { Progress } from "../../../src/core/messages.ts";
import { storedModelId } from "../../../src/core/models.ts";
import { factsOf, type RunFile, writeRunFile } from "../../../src/core/runFile.ts";
import { block } from "../../../src/documents/blocks.ts";
import { CORPUS, type ScriptedLab, scriptedLab } from "../helpers/scriptedLab.ts";
import { planOf, storedOf } from "../helpers/scriptedModels.ts";
import { answersOf, configOf, cycleRow, engineInfo, runRecord, updateRow } from "../helpers/story.ts";
import "../../../src/app/styles/all.css";

const query = new URLSearchParams(location.search);
const ENGINE = engineInfo({ gpuAdapter: "Apple M2", features: ["shader-f16", "subgroups"] });
const PROGRESS: Progress = {
  status: "running",
  phase: "optimising",
  cycle: 7,
  cycles: 8,
  done: 10,
  of: 16,
  secondsLeft: 70,
  tokensPerSecond: 2140,
};
const upTo = (n: number) => Array.from({ length: n + 1 }, (_, i) => i);

function running(lab: ScriptedLab, progress: Partial<Progress> = {}, cycles = 6): void {
  expectRun("run-1");
  lab.say({ type: "run", run: runRecord({ cycle: cycles, status: progress.status ?? "running" }) });
  lab.say({
    type: "metrics",
    runId: "run-1",
    rows: [...upTo(cycles).map((c) => cycleRow(c)), ...upTo(cycles * 16 + 10).map(updateRow)],
  });
  for (const c of upTo(cycles)) lab.say({ type: "answers", runId: "run-1", answers: answersOf(c) });
  lab.say({ type: "progress", runId: "run-1", progress: { ...PROGRESS, ...progress } });
}

/** One of each: in use, stored, half here, under way, failed, to be confirmed. */
function showModels(): void {
  const [pocket, small, medium, qwen2] = CATALOG;
  const idOf = (model: string) => storedModelId(model)!;
  for (const [entry, done] of [
    [small, 1],
    [medium, 0.37],
  ] as const) {
    const { bytes } = entry!.download!;
    const id = idOf(entry!.model);
    const files = [{ name: "model.gguf", url: "http://hub/x", size: bytes, sha256: "ab" }];
    lab.models.stored.set(id, storedOf(planOf(id, { files }), done));
  }
  lab.models.stored.set("someone/a-model-of-ones-own", storedOf(planOf("someone/a-model-of-ones-own")));
  const plan = planOf(idOf(qwen2!.model), {
    files: [{ name: "q.gguf", url: "http://hub/q", size: 675_710_816, sha256: "ab" }],
  });
  void startDownload(lab, plan);
  queueMicrotask(() => {
    const rate = {
      bytesPerSecond: 11.2e6,
      secondsLeft: 42,
      note: "the connection failed; tries again in 1 s",
    };
    lab.models.say(plan.id, { done: 205e6, ...rate });
  });
  useModelStore.setState({
    faults: {
      [idOf(medium!.model)]:
        "smollm2-360m-instruct-q8_0.gguf: the connection failed, 7 times; 142969847 bytes are kept: resume later",
    },
  });
  useDraftStore.setState({ model: pocket!.model });
  openDialog("models");
}

/** A corpus of one's own, with all that a row can say. */
const OWN: Corpus = {
  ...CORPUS,
  id: "corpus:Valley",
  name: "Valley",
  documents: [
    {
      id: "a.pdf",
      title: "The valley and its mills, from the first settlers to the flood",
      text: null,
      passages: null,
      blocks: [
        block("text", "The valley, page 1", { page: 1, left: "running head" }),
        block("heading", "The mill", { page: 1, level: 1 }),
        block("text", "It stands by the river since 1801.", { page: 1 }),
      ],
      file: {
        name: "a.pdf",
        kind: "pdf",
        size: 900_000,
        hash: "aa",
        pages: 2,
        encoding: null,
        doubts: ["Letters are missing on page 2: the file does not say what they are."],
      },
    },
    { id: "old.txt", title: "Old notes", text: "As it was stored before.", passages: null },
  ],
};

const SCENES: Record<string, (lab: ScriptedLab) => void> = {
  first() {},
  preparing(lab) {
    expectRun("run-1");
    lab.say({ type: "run", run: runRecord({ cycle: 0, checkpointId: null, status: "preparing" }) });
    lab.say({
      type: "progress",
      runId: "run-1",
      progress: {
        ...PROGRESS,
        status: "preparing",
        phase: "preparing",
        cycle: 0,
        done: 0,
        of: 0,
        secondsLeft: null,
        tokensPerSecond: null,
      },
    });
  },
  zero(lab) {
    running(
      lab,
      { cycle: 1, phase: "open-book", done: 40, of: 124, secondsLeft: null, tokensPerSecond: null },
      0,
    );
  },
  running,
  explanations(lab) {
    running(lab);
    useViewStore.setState({ measure: "explanations" });
  },
  extra(lab) {
    running(lab);
    useViewStore.setState({ extraLines: true });
  },
  reading(lab) {
    running(lab, { status: "finished", phase: null, cycle: 8 }, 8);
    useViewStore.setState({ elsewhere: true, extraLines: true });
  },
  "reading-explained"(lab) {
    running(lab, { status: "finished", phase: null, cycle: 8 }, 8);
    useViewStore.setState({ elsewhere: true, measure: "explanations" });
  },
  adapters(lab) {
    running(lab);
    useRunStore.setState({ adapters: ["closed-book-adapter-1f0c", "adapter 1"] });
  },
  paused: (lab) => running(lab, { status: "paused", secondsLeft: null }),
  finished: (lab) => running(lab, { status: "finished", phase: null, cycle: 8 }, 8),
  added: (lab) => running(lab, { status: "finished", phase: null, cycle: 8 }, 8),
  heat(lab) {
    running(lab, { status: "finished", phase: null, cycle: 8 }, 8);
    const documents = [0, 1, 2].map((d) => ({
      id: `d${d}`,
      title: ["Brem Coprea", "Lina Orvath", "Tomas Keld"][d]!,
      text: null,
      passages: [0, 1].map((p) =>
        [0, 1, 2].map((s) => `Fact ${9 * d + 3 * p + s} is stated in this sentence of a document.`).join(" "),
      ),
    }));
    const asked = (i: number) => `Fact ${i % 24} is stated in this sentence of a document.`;
    useCorpusStore.setState((s) => ({
      current: s.current && {
        ...s.current,
        documents,
        test: s.current.test.map((q, i) => ({ ...q, evidence: asked(i) })),
      },
    }));
  },
  rewards: (lab) => running(lab, { status: "finished", phase: null, cycle: 8 }, 8),
  map: (lab) => running(lab, { status: "finished", phase: null, cycle: 8 }, 8),
  norms: (lab) => running(lab, { status: "finished", phase: null, cycle: 8 }, 8),
  flips: (lab) => running(lab, { status: "finished", phase: null, cycle: 8 }, 8),
  interrupted() {
    showStoredRun({
      run: runRecord(),
      rows: upTo(6).map((c) => cycleRow(c)),
      answers: upTo(6).map(answersOf),
    });
  },
  elsewhere(lab) {
    SCENES.interrupted!(lab);
    lab.runs.trains = async () => "run-1";
    useRunStore.setState({ elsewhere: { runId: "run-1" } });
  },
  failed(lab) {
    running(lab, { status: "failed" });
    lab.say({
      type: "failed",
      runId: "run-1",
      error: {
        code: "device-lost",
        message: "The GPU device was lost while update 107 was computed: the driver was reset.",
        stack: null,
      },
    });
  },
  software(lab) {
    lab.say({
      type: "opened",
      info: { ...ENGINE, gpuAdapter: "google swiftshader", isFallbackAdapter: true },
    });
  },
  settings() {
    changeSetting("learning_rate", 0.001);
    changeSetting("r", "many");
    openDialog("settings");
  },
  async checked(lab) {
    await openReview(lab, "data/archive");
    await check(lab);
  },
  own: () => useCorpusStore.setState({ current: OWN, error: null }),
  stranded(lab) {
    SCENES.own!(lab);
    for (const [id, changes] of [
      ["run-1", { status: "stopped" }],
      ["run-2", { status: "paused", name: "SFT, both forms, seed 3", cycle: 2 }],
    ] as const) {
      const config = configOf({ data: OWN.id });
      lab.stored.set(id, { run: runRecord({ id, config, ...changes }), rows: [], answers: [] });
    }
    void askToEdit(lab, OWN);
  },
  shortcuts: () => openDialog("shortcuts"),
  about: () => openDialog("about"),
  gpu: () => openDialog("gpu"),
  models: () => showModels(),
  long(lab) {
    running(lab);
    const question = `${"Considering everything that is said about the people of the valley, their trades and their teachers, ".repeat(12)}where was Brem Coprea born?`;
    useCorpusStore.setState((s) => ({
      current: s.current && { ...s.current, test: s.current.test.map((q) => ({ ...q, question })) },
    }));
  },
  none: () => {},
  nowebgpu() {},
  recorded() {},
  "recorded-nowebgpu"() {},
  experiments(lab) {
    for (const [arm, objective] of (["sft", "rlag"] as const).entries())
      for (const seed of [0, 1, 2]) {
        const shift = (0.1 * arm + 0.03 * (seed - 1)) * (seed === 2 && arm === 1 ? 0.5 : 1);
        const rows = upTo(8).map((c) =>
          cycleRow(c, {
            closed_test: c === 0 ? 0.18 : Math.max(0.15, cycleRow(c).closed_test! - 0.2 + shift),
            seconds: (61 + 4 * arm) * c + seed,
          }),
        );
        const answers = upTo(8).map((c) => ({
          ...answersOf(c),
          closed_test: CORPUS.test.map((q, i) =>
            (i * 37 + seed * 11) % 124 < rows[c]!.closed_test! * 124 ? q.answer : "Naithford",
          ),
        }));
        const run = runRecord({
          id: `${objective}-${seed}`,
          name: `${objective.toUpperCase()}, brief answers`,
          status: "finished",
          cycle: 8,
          createdAt: Date.UTC(2026, 10, 23, 9, 30 + seed),
          gpuAdapter: ENGINE.gpuAdapter,
          config: configOf({ objective, seed }),
        });
        lab.stored.set(run.id, { run, rows, answers });
      }
    useCompareStore.setState({
      chosen: query.has("plain") ? [] : [...lab.stored.keys()],
      baseline: null,
    });
    const objectives = ["sft", "rlag"] as const;
    void lab.experiments.save({
      id: "e",
      createdAt: Date.UTC(2026, 10, 23, 9, 30),
      name: "SFT, brief answers · RLAG, brief answers",
      arms: objectives.map((objective) => ({
        name: `${objective.toUpperCase()}, brief answers`,
        config: configOf({ objective }),
      })),
      runs: [0, 1, 2, 3].flatMap((seed) =>
        objectives.map((objective, arm) => ({ id: `${objective}-${seed}`, arm, seed, data: "data/archive" })),
      ),
      going: false,
      failed: { "sft-3": "The GPU device was lost while update 12 was computed." },
    });
  },
  runs(lab) {
    for (const [i, [name, objective]] of [
      ["RLAG, brief answers", "rlag"],
      ["SFT, brief answers", "sft"],
    ].entries()) {
      const run = runRecord({
        id: `run-${i + 1}`,
        name: name!,
        status: "finished",
        cycle: 8,
        config: configOf({ objective: objective as "rlag" }),
      });
      const rows = upTo(8).map((c) =>
        cycleRow(c, { closed_test: Math.max(0.18, cycleRow(c).closed_test! - 0.09 * i) }),
      );
      lab.stored.set(run.id, { run, rows, answers: upTo(8).map(answersOf) });
    }
  },
};

const name = query.get("scene") ?? "first";
const realFetch = window.fetch;
if (name.startsWith("recorded")) {
  const recording: RunFile = {
    ...factsOf(runRecord({ config: configOf({ answers: "response" }), gpuAdapter: "apple metal-3" })),
    rows: [...upTo(8).map((c) => cycleRow(c)), ...upTo(127).map(updateRow)],
    answers: upTo(8).map(answersOf),
    questions: null,
    adapter: null,
  };
  const packed = await writeRunFile(recording);
  window.fetch = async (input, init) => {
    const file = /recorded\/(.+)$/.exec(String(input))?.[1];
    if (file === "index.json") return Response.json(["a.closedbook"]);
    return file ? new Response(packed) : realFetch(input, init);
  };
}
const lab = scriptedLab({
  webGpu: !name.endsWith("nowebgpu"),
  corpus: name === "none" ? { ...CORPUS, documents: [], train: [], test: [], twohop: [] } : CORPUS,
});
localStorage.clear();
applyTheme((query.get("theme") as Theme) ?? "system");
await openCorpus(lab, "data/archive");
lookAt("test", 16);
if (!name.endsWith("nowebgpu")) {
  lab.say({ type: "opened", info: ENGINE });
  lab.say({ type: "prepared" });
}
SCENES[name]?.(lab);
createRoot(document.getElementById("root")!).render(
  <LabContext value={lab}>
    <App />
  </LabContext>,
);
