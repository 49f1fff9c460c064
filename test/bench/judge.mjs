/**
 * Questions made of "A Brief History of Debian" (../shared/data/documents) and judged by SmolLM2-135M-Instruct (GGUF, Q4_1), through the
 * runner: how many are kept, what rejects the others, how long one fact takes. Half an hour and more on a software adapter, resumable:
 *
 *   node test/bench/judge.mjs [en|de|ja] [facts]
 *
 * A sample of those that were kept, read by eye, is in results/judge/<language>.md.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, writeResult } from "./currentEvents.mjs";

/** @type {Record<string, string>} */
const SOURCES = { en: "project-history.en.pdf", de: "detailed.de.html", ja: "project-history.ja.pdf" };
const SAMPLE = 40;

const [language = "en", facts = "90"] = process.argv.slice(2);
const source = SOURCES[language];
if (source === undefined)
  throw new Error(`${language}: there is a document in ${Object.keys(SOURCES).join(", ")}`);
const shared = join(root, "..", "shared");
const out = join(root, ".cache", "judge", language);
const args = [
  ...[join(root, "test", "lab.mjs"), "questions", join(shared, "data", "documents", source)],
  ...["--model", join(shared, "models", "smollm2-135m-instruct"), "--facts", facts, "--out", out],
];
const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

/**
 * @typedef {{ text: string }} Text
 * @typedef {{ kept: boolean, asked: string[], answer: string, sentence: string, distractors: Text[], phrasings: Text[], verdicts: unknown[] }} Judged
 * @type {{ report: Record<string, unknown>, thresholds: unknown, facts: Judged[] }}
 */
const { report, thresholds, facts: all } = JSON.parse(readFileSync(join(out, "facts.json"), "utf8"));
const kept = all.filter((fact) => fact.kept);
const step = Math.max(1, kept.length / SAMPLE);
const sample = kept.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step)).slice(0, SAMPLE);
writeResult(`judge/${language}`, {
  command: `node test/bench/judge.mjs ${language} ${facts}`,
  model: "SmolLM2-135M-Instruct, GGUF Q4_1",
  document: source,
  thresholds,
  ...report,
  sample: sample.map(({ asked, answer, sentence, distractors, phrasings, verdicts }) => ({
    question: asked[0],
    answer,
    wrong: distractors.map(({ text }) => text),
    sentence,
    verdict: verdicts[phrasings.findIndex(({ text }) => text === asked[0])],
  })),
});
