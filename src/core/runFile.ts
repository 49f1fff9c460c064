/**
 * A run as one file, `.closedbook`: a zip of run.json, rows.jsonl, answers.jsonl and, where it was asked for, the adapter
 * in PEFT's form. The page writes and reads it, the runner too, and the recorded runs of the site are such files. Of
 * documents it has the hash only, and of questions too, but where the texts of the held-out ones were taken along.
 */
import { parseRunConfig, type RunConfig, storedRunConfig } from "./config.ts";
import { LabError, show } from "./errors.ts";
import { decodeText, parseJson } from "./files.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type {
  Baselines,
  CycleAnswers,
  Extension,
  MemoryNeed,
  MetricRow,
  Question,
  RunRecord,
} from "./run.ts";
import { openZip, type ZippedFile } from "./unzip.ts";
import { type ZipEntry, zip } from "./zip.ts";

export const RUN_FILE_ENDING = ".closedbook";

/** What a run says of itself, as it travels. */
export interface RunFacts {
  name: string; // "" where nobody gave it one
  note: string | null; // what must be known to read it
  date: string; // ISO, when it was begun
  status: "finished" | "stopped" | "failed";
  config: RunConfig;
  gpuAdapter: string | null;
  variants: Record<string, string> | null;
  fingerprint: Fingerprint | null;
  baselines: Baselines | null;
  memory: MemoryNeed | null;
  notes: string[]; // what of its files was left out
  extended: Extension[];
}

export interface RunFile extends RunFacts {
  rows: MetricRow[];
  answers: CycleAnswers[];
  questions: Question[] | null; // the held-out ones, in the order of `answers`; null: their texts are not in it
  /** null: without one. */
  adapter: { cycle: number; files: { name: string; content: Blob }[] } | null;
}

const FORMAT = "closed-book run";
const VERSION = 1;
const MOST_BYTES = 1 << 28; // of text, unpacked
const ADAPTER = "adapter/";
const QUESTIONS = "questions.jsonl";

/** A stored run's facts; one that is under way leaves as it stands. */
export const factsOf = (run: RunRecord): RunFacts => ({
  name: run.label?.name ?? run.name,
  note: run.label?.note || null,
  date: new Date(run.createdAt).toISOString(),
  status: run.status === "finished" || run.status === "failed" ? run.status : "stopped",
  config: run.config,
  gpuAdapter: run.gpuAdapter,
  variants: run.variants,
  fingerprint: run.fingerprint ?? null,
  baselines: run.baselines,
  memory: run.memory,
  notes: run.notes ?? [],
  extended: run.extended ?? [],
});

/** @throws LabError bad-shape for 4 GiB and more */
export function writeRunFile({ rows, answers, questions, adapter, ...facts }: RunFile): Promise<Blob> {
  const told = { format: FORMAT, version: VERSION, ...facts, adapter: adapter && { cycle: adapter.cycle } };
  const text = (name: string, content: string): ZipEntry => ({
    name,
    content: new Blob([content]),
    deflate: true,
  });
  const lines = (values: readonly unknown[]): string =>
    values.map((value) => `${JSON.stringify(value)}\n`).join("");
  return zip([
    text("run.json", `${JSON.stringify(told, null, 1)}\n`),
    text("rows.jsonl", lines(rows)),
    text("answers.jsonl", lines(answers)),
    ...(questions === null ? [] : [text(QUESTIONS, lines(questions))]),
    ...(adapter?.files ?? []).map(({ name, content }) => ({ name: ADAPTER + name, content })),
  ]);
}

/** @throws LabError bad-data naming the file and what in it is wrong; bad-config naming the file and every wrong setting */
export async function readRunFile(archive: Blob, name: string): Promise<RunFile> {
  const files = new Map((await openZip(archive, name)).map((file) => [file.path, file]));
  const check = new Check(name);
  const told = check.record(parseJson(await textOf("run.json"), `${name}, run.json`), "run.json");
  if (told.format !== FORMAT)
    throw check.bad(
      `run.json: format must be "${FORMAT}", got ${show(told.format)}: it is no run of this lab`,
    );
  if (told.version !== VERSION)
    throw check.bad(
      `run.json: version ${show(told.version)}, this page reads ${VERSION}; open it in a newer page`,
    );
  const answers = (await linesOf("answers.jsonl")).map((line, i) =>
    answersFrom(line, check, `answers.jsonl, line ${i + 1}`),
  );
  return {
    ...factsFrom(told, check),
    rows: (await linesOf("rows.jsonl")).map((row, i) => rowFrom(row, check, `rows.jsonl, line ${i + 1}`)),
    answers,
    questions: await questionsOf(),
    adapter: await adapterOf(),
  };

  async function questionsOf(): Promise<Question[] | null> {
    if (!files.has(QUESTIONS)) return null;
    const questions = (await linesOf(QUESTIONS)).map((line, i) =>
      questionFrom(line, check, `${QUESTIONS}, line ${i + 1}`),
    );
    const asked = answers.at(-1)?.closed_test.length ?? questions.length;
    if (asked !== questions.length)
      throw check.bad(`${QUESTIONS} has ${questions.length} questions, answers.jsonl answers ${asked}`);
    return questions;
  }

  async function textOf(path: string): Promise<string> {
    const file = files.get(path);
    if (file === undefined) throw check.bad(`${path} is missing`);
    if (file.size > MOST_BYTES)
      throw check.bad(`${path} has ${file.size} bytes unpacked, at most ${MOST_BYTES} are read`);
    return decodeText(await file.read(), `${name}, ${path}`);
  }
  async function linesOf(path: string): Promise<unknown[]> {
    const lines = (await textOf(path)).split("\n").filter((line) => line.trim() !== "");
    return lines.map((line, i) => parseJson(line, `${name}, ${path}, line ${i + 1}`));
  }
  async function adapterOf(): Promise<RunFile["adapter"]> {
    const within = [...files.values()].filter(({ path }) => path.startsWith(ADAPTER));
    if (told.adapter === null && within.length === 0) return null;
    const { cycle } = check.record(told.adapter, "run.json: adapter");
    if (within.length === 0) throw check.bad("run.json names an adapter, its files are missing");
    const read = async ({ path, read }: ZippedFile) => ({
      name: path.slice(ADAPTER.length),
      content: new Blob([await read()]),
    });
    return {
      cycle: check.count(cycle, "run.json: adapter.cycle"),
      files: await Promise.all(within.map(read)),
    };
  }
}

/** Says what must be, what is, and where. */
class Check {
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
  }
  bad(what: string): LabError {
    return new LabError("bad-data", `${this.#file}: ${what}`);
  }
  #must(holds: boolean, where: string, need: string, value: unknown): void {
    if (!holds) throw this.bad(`${where} must be ${need}, got ${show(value)}`);
  }
  record(value: unknown, where: string): Record<string, unknown> {
    const is = typeof value === "object" && value !== null && !Array.isArray(value);
    this.#must(is, where, "an object", value);
    return { ...(value as object) };
  }
  list(value: unknown, where: string): unknown[] {
    this.#must(Array.isArray(value), where, "a list", value);
    return value as unknown[];
  }
  text(value: unknown, where: string): string {
    this.#must(typeof value === "string", where, "a text", value);
    return value as string;
  }
  number(value: unknown, where: string): number {
    this.#must(typeof value === "number" && Number.isFinite(value), where, "a number", value);
    return value as number;
  }
  /** An integer ≥ 0. */
  count(value: unknown, where: string): number {
    this.#must(Number.isSafeInteger(value) && (value as number) >= 0, where, "an integer ≥ 0", value);
    return value as number;
  }
  /** Null where it is absent or null. */
  maybe<T>(value: unknown, where: string, of: (value: unknown, where: string) => T): T | null {
    return value === null || value === undefined ? null : of.call(this, value, where);
  }
  /** All values numbers, or null where they were not measured. */
  numbers(value: unknown, where: string): Record<string, number | null> {
    const entries = Object.entries(this.record(value, where));
    return Object.fromEntries(
      entries.map(([key, v]) => [key, this.maybe(v, `${where}.${key}`, this.number)]),
    );
  }
  texts(value: unknown, where: string): Record<string, string> {
    const entries = Object.entries(this.record(value, where));
    return Object.fromEntries(entries.map(([key, v]) => [key, this.text(v, `${where}.${key}`)]));
  }
}

function factsFrom(told: Record<string, unknown>, check: Check): RunFacts {
  const at = (field: string): string => `run.json: ${field}`;
  const date = check.text(told.date, at("date"));
  if (Number.isNaN(Date.parse(date))) throw check.bad(`run.json: date must be a date, got ${show(date)}`);
  const status = ["finished", "stopped", "failed"].find((known) => known === told.status);
  if (status === undefined)
    throw check.bad(`run.json: status must be finished, stopped or failed, got ${show(told.status)}`);
  const fingerprint = check.maybe(told.fingerprint, at("fingerprint"), check.texts);
  return {
    name: check.text(told.name, at("name")),
    note: check.maybe(told.note, at("note"), check.text),
    date: new Date(date).toISOString(),
    status: status as RunFacts["status"],
    config: configFrom(check.record(told.config, at("config")), check),
    gpuAdapter: check.maybe(told.gpuAdapter, at("gpuAdapter"), check.text),
    variants: check.maybe(told.variants, at("variants"), check.texts),
    fingerprint: fingerprint && {
      documents: check.text(fingerprint.documents, at("fingerprint.documents")),
      questions: check.text(fingerprint.questions, at("fingerprint.questions")),
      embedder: check.text(fingerprint.embedder, at("fingerprint.embedder")),
    },
    baselines: check.maybe(told.baselines, at("baselines"), check.numbers) as Baselines | null,
    memory: check.maybe(told.memory, at("memory"), check.numbers) as MemoryNeed | null,
    notes: check.list(told.notes ?? [], at("notes")).map((note) => check.text(note, at("notes"))),
    extended: check.list(told.extended ?? [], at("extended")).map((one) => {
      const { cycles, updates, learning_rate } = check.record(one, at("extended"));
      const [before, after] = check.list(learning_rate, at("extended.learning_rate"));
      return {
        cycles: check.count(cycles, at("extended.cycles")),
        updates: check.count(updates, at("extended.updates")),
        learning_rate: [
          check.number(before, at("extended.learning_rate")),
          check.number(after, at("extended.learning_rate")),
        ],
      };
    }),
  };
}

function configFrom(stored: Partial<RunConfig>, check: Check): RunConfig {
  try {
    return parseRunConfig(storedRunConfig(stored));
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError("bad-config", check.bad(`its settings: ${error.message}`).message, { cause: error });
  }
}

const COUNTS = {
  cycle: ["cycle", "question_visits", "passage_visits", "supervised_tokens", "updates"],
  update: ["cycle", "update", "question_visits", "passage_visits", "total_supervised_tokens"],
};
const NUMBERS = {
  cycle: ["seconds"],
  update: ["loss", "grad_norm", "learning_rate", "num_tokens", "supervised_tokens", "seconds"],
};

/** A row; what it does not have was not measured. */
function rowFrom(value: unknown, check: Check, where: string): MetricRow {
  const { type, ...rest } = check.record(value, where);
  if (type !== "cycle" && type !== "update")
    throw check.bad(`${where}: type must be "cycle" or "update", got ${show(type)}`);
  for (const name of COUNTS[type]) check.count(rest[name], `${where}.${name}`);
  for (const name of NUMBERS[type]) check.number(rest[name], `${where}.${name}`);
  return { ...UNMEASURED[type], ...check.numbers(rest, where), type } as unknown as MetricRow; // checked field by field
}

const nothing = (names: readonly string[]): Record<string, null> =>
  Object.fromEntries(names.map((name) => [name, null]));
const UNMEASURED = {
  cycle: nothing([
    "closed_train",
    "closed_test",
    "open_test",
    "closed_2hop",
    "closed_response",
    "open_response",
    "closed_response_accuracy",
    "open_response_accuracy",
    "reward_train",
    "kl",
  ]),
  update: nothing([
    "s_z",
    "s_c",
    "s_l",
    "s_w",
    "s_kl",
    "clipped_chosen",
    "clipped_rejected",
    "differ",
    "zero_reward",
    "reward",
  ]),
};

/** A held-out question: what is needed to show it beside its answers. */
function questionFrom(value: unknown, check: Check, where: string): Question {
  const { question, options, answer, evidence, relation, bridge } = check.record(value, where);
  const found: Question = {
    question: check.text(question, `${where}.question`),
    options: check.texts(options ?? {}, `${where}.options`),
    answer: check.text(answer, `${where}.answer`),
    evidence: check.maybe(evidence, `${where}.evidence`, check.text),
    relation: check.maybe(relation, `${where}.relation`, check.text),
    phrasings: [], // for training only
    bridge: check.maybe(bridge, `${where}.bridge`, check.text),
  };
  const texts = Object.values(found.options);
  if (texts.length > 0 && !texts.includes(found.answer))
    throw check.bad(`${where}: answer must be one of its options, got ${show(found.answer)}`);
  return found;
}

function answersFrom(value: unknown, check: Check, where: string): CycleAnswers {
  const { cycle, closed_test, open_test, closed_reward, open_reward } = check.record(value, where);
  const chosen = (list: unknown, name: string) =>
    check.list(list, `${where}.${name}`).map((text) => check.maybe(text, `${where}.${name}`, check.text));
  const rewards = (list: unknown, name: string) =>
    check.list(list, `${where}.${name}`).map((reward) => check.number(reward, `${where}.${name}`));
  return {
    cycle: check.count(cycle, `${where}.cycle`),
    closed_test: chosen(closed_test, "closed_test"),
    open_test: chosen(open_test, "open_test"),
    ...(closed_reward === undefined ? {} : { closed_reward: rewards(closed_reward, "closed_reward") }),
    ...(open_reward === undefined ? {} : { open_reward: rewards(open_reward, "open_reward") }),
  };
}
