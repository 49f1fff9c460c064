/**
 * Questions made by rule alone of "A Brief History of Debian" (../shared/data/documents), through the runner, for a person to read: an even
 * sample as rows of a table. Seconds; no model.
 *
 *   node test/bench/made.mjs [en|de|ja] [rows]
 *
 * What was read, with verdicts, is in results/judge/made-<language>.md.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./currentEvents.mjs";

/** @type {Record<string, string>} */
const SOURCES = { en: "project-history.en.pdf", de: "detailed.de.html", ja: "project-history.ja.pdf" };
const JAPANESE = /\p{sc=Hira}/u; // the Japanese document has English passages too

const [language = "en", rows = "40"] = process.argv.slice(2);
const source = SOURCES[language];
if (source === undefined)
  throw new Error(`${language}: there is a document in ${Object.keys(SOURCES).join(", ")}`);
const out = join(root, ".cache", "made", language);
const document = join(root, "..", "shared", "data", "documents", source);
const { status } = spawnSync(
  process.execPath,
  [join(root, "test", "lab.mjs"), "questions", document, "--out", out],
  { stdio: ["ignore", 2, 2] },
);
if (status !== 0) process.exit(status ?? 1);

/** @type {{ facts: { sentence: string, answer: string, asked: string[], distractors: { text: string, made: boolean }[] }[] }} */
const { facts } = JSON.parse(readFileSync(join(out, "facts.json"), "utf8"));
const read = language === "ja" ? facts.filter(({ sentence }) => JAPANESE.test(sentence)) : facts;
const most = Math.min(Number(rows), read.length);
console.log(`${facts.length} facts, ${read.length} of them in the language\n`);
console.log("| | question | answer | wrong options | verdict |\n|---|---|---|---|---|");
for (let row = 0; row < most; row++) {
  const { asked, answer, distractors } = /** @type {typeof facts[number]} */ (
    read[Math.floor((row * read.length) / most)]
  );
  const wrong = distractors.map(({ text, made }) => (made ? `${text} (made)` : text)).join(" · ");
  console.log(`| ${row + 1} | ${asked[0]} | ${answer} | ${wrong} | |`);
}
