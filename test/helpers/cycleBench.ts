/** A run in memory, on a stand-in for the model: five questions whose answers its passages state. */
import { parseRunConfig, type RunConfig } from "../../src/core/config.ts";
import type { CycleRow, MetricRow, Question, RetrievedPassage, UpdateRow } from "../../src/core/run.ts";
import type { CycleDeps, Entry, RunData } from "../../src/train/context.ts";
import { type Control, openControl } from "../../src/train/control.ts";
import { runCycles } from "../../src/train/cycle.ts";
import type { CycleProgress } from "../../src/train/meter.ts";
import type { Checkpoint } from "../../src/train/state.ts";
import { type StandIn, standIn, wordTokenizer } from "./standIn.ts";

export const NAMES = ["Ada", "Bea", "Cem", "Dov", "Eve"];
export const question = (name: string, ask: string): Question => ({
  question: `${ask} ${name} ?`,
  options: { A: "flute", B: "drum", C: "zither" },
  answer: ["flute", "drum", "zither"][NAMES.indexOf(name) % 3]!,
  evidence: `${name} loves the ${["flute", "drum", "zither"][NAMES.indexOf(name) % 3]} .`,
  relation: null,
  phrasings: [],
  bridge: null,
});
export const data: RunData = {
  train: NAMES.map((name) => question(name, "What plays")),
  test: NAMES.slice(0, 4).map((name) => question(name, "Which instrument has")),
  twohop: [question("Eve", "What plays the teacher of")],
};
/** Of a foreign archive, for runs whose `retain_data` names one. */
export const READ = ["Fay", "Gus", "Hal"].map((name) => ({
  ...question("Ada", "What plays"),
  question: `What reads ${name} ?`,
}));
export const SAYINGS = [
  ...data.train.map(({ evidence, answer }) => `${evidence} The answer is ${answer}.`),
  "Nobody knows. The answer is drum.",
  "I am lost",
];

/** A run in memory: what it stored, said and asked of the model. */
export interface Bench {
  rows: MetricRow[];
  entries: Entry[];
  progress: CycleProgress[];
  policy: StandIn;
  deps: CycleDeps;
}

export function bench(change: Partial<CycleDeps> = {}): Bench {
  const tokenizer = wordTokenizer();
  const policy = standIn(tokenizer, SAYINGS);
  const rows: MetricRow[] = [];
  const entries: Entry[] = [];
  const progress: CycleProgress[] = [];
  let clock = 0;
  const deps: CycleDeps = {
    policy,
    tokenizer,
    retrieve: async (questions, k) =>
      questions.map((asked) =>
        Array.from({ length: k }, (_, i): RetrievedPassage => {
          const name = NAMES.findIndex((n) => asked.includes(n)) + i;
          const index = name % NAMES.length;
          return { index, text: data.train[index]!.evidence!, title: null, score: 1 / (i + 1) };
        }),
      ),
    elsewhere: {
      questions: NAMES.map((name) => question(name, "What does elsewhere play")),
      retrieve: async (questions, k) =>
        questions.map(() =>
          Array.from({ length: k }, () => ({
            index: 0,
            text: data.train[0]!.evidence!,
            title: null,
            score: 1,
          })),
        ),
    },
    reading: {
      questions: READ,
      retrieve: async (questions, k) =>
        questions.map((text) =>
          Array.from({ length: k }, () => ({ index: 0, text: `${text} zither`, title: null, score: 1 })),
        ),
    },
    entail: null,
    now: () => (clock += 10),
    checkpointSeconds: 0,
    store: async (entry) => {
      entries.push(structuredClone(entry));
      rows.push(...entry.rows);
    },
    onBaselines: () => {},
    onMemory: () => {},
    onProgress: (p) => progress.push(p),
    ...change,
  };
  return { rows, entries, progress, policy, deps };
}

export const settings = (change: Partial<RunConfig> = {}): RunConfig =>
  parseRunConfig({
    objective: "rlag",
    cycles: 2,
    updates: 3,
    batch_size: 2,
    k: 2,
    explain_every: 1,
    seed: 5,
    ...change,
  });

export async function run(
  config: RunConfig,
  control: Control = openControl(),
  from: Checkpoint | null = null,
  questions: RunData = data,
) {
  const on = bench();
  const outcome = await runCycles(config, questions, on.deps, control, from);
  return { ...on, outcome };
}

export const updatesOf = (rows: MetricRow[]): UpdateRow[] => rows.filter((row) => row.type === "update");
export const cyclesOf = (rows: MetricRow[]): CycleRow[] => rows.filter((row) => row.type === "cycle");
export const timeless = (rows: MetricRow[]): MetricRow[] => rows.map((row) => ({ ...row, seconds: 0 }));
