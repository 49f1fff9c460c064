/** SmolLM2 and Current Events from ../shared, for benches that go through the runner. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, process.env.SHARED ?? "../shared");

/** @param {string} folder @param {string} name @param {unknown} value */
const write = (folder, name, value) =>
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);

/**
 * A folder of data: every line of CurrentEvents.txt a passage, the first questions of CurrentEvents_test.json to learn, and
 * as many of them as said asked again. Answers how many lines there are.
 * @param {string} folder
 * @param {number} learned
 * @param {number} tested
 */
export function writeData(folder, learned, tested) {
  const questions = published().slice(0, learned);
  return writeFolder(folder, questions, questions.slice(0, tested));
}

/**
 * A folder of data: the facts of currentEventsFacts.json, each to learn in the published words and two others and to be asked
 * in a wording of its own that is held out. Answers how many lines of passages there are.
 * @param {string} folder
 */
export function writeFacts(folder) {
  /** @type {{ question: string, phrasings: string[], heldOut: string, evidence: string }[]} */
  const facts = JSON.parse(readFileSync(join(import.meta.dirname, "currentEventsFacts.json"), "utf8"));
  const text = read("CurrentEvents.txt");
  const rows = facts.map(({ question, phrasings, heldOut, evidence }) => {
    const found = published().find((one) => one.question === question);
    if (!found) throw new Error(`CurrentEvents_test.json has no question "${question}"`);
    if (!text.includes(evidence.slice(0, -1)))
      throw new Error(`CurrentEvents.txt does not say "${evidence}"`);
    return { train: { ...found, phrasings, evidence }, test: { ...found, question: heldOut, evidence } };
  });
  return writeFolder(
    folder,
    rows.map(({ train }) => train),
    rows.map(({ test }) => test),
  );
}

/** @param {string} file */
const read = (file) => readFileSync(join(shared, "data/current-events", file), "utf8");

/** @returns {{ question: string, options: Record<string, string>, answer: string }[]} */
const published = () =>
  JSON.parse(read("CurrentEvents_test.json")).map(
    (/** @type {{ question: string, options: Record<string, string>, answer: string }} */ one) => ({
      question: one.question,
      options: one.options,
      answer: one.answer,
    }),
  );

/** @type {(folder: string, train: object[], test: object[]) => number} */
function writeFolder(folder, train, test) {
  mkdirSync(folder, { recursive: true });
  const passages = read("CurrentEvents.txt")
    .split("\n")
    .filter((line) => line.trim() !== "");
  write(folder, "documents.json", [{ id: "current-events", title: "Current events", passages }]);
  write(folder, "train.json", train);
  write(folder, "test.json", test);
  return passages.length;
}

/**
 * Runs settings on SmolLM2 and a folder of data into `out`, or goes on where that was cut; answers the report and the rows.
 * @param {string} folder
 * @param {string} out
 * @param {Record<string, unknown>} settings
 * @param {string[]} more further words to the runner
 * @returns {{ report: Record<string, unknown>, rows: Record<string, unknown>[] }}
 */
export function runSmollm2(folder, out, settings, more = []) {
  const config = { model: join(shared, "models/smollm2-135m-instruct"), data: folder, ...settings };
  mkdirSync(out, { recursive: true });
  write(out, "config.json", config);
  const { status } = spawnSync(
    process.execPath,
    [join(root, "test/lab.mjs"), "run", "--config", join(out, "config.json"), "--out", out, ...more],
    { cwd: root, stdio: "inherit" },
  );
  if (status !== 0) process.exit(status ?? 1);
  const { config: _, ...report } = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
  const rows = readFileSync(join(out, "metrics.jsonl"), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return { report, rows };
}

/** @param {string} name @param {Record<string, unknown>} result */
export function writeResult(name, result) {
  const date = new Date().toISOString().slice(0, 10);
  write(join(root, "test/bench/results"), `${name}.json`, { date, ...result });
}
