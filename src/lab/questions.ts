/** `questions`: questions made of documents by rule, and judged by a model where one is given (docs/lab.md 1c). */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseRunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { fingerprintOf } from "../core/fingerprint.ts";
import { fitTo, isBuiltIn, parametersOf } from "../core/fit.ts";
import type { Question } from "../core/run.ts";
import { type Bm25, bm25Rank, openBm25 } from "../core/text.ts";
import { canBeJudged, makeFacts, NEAR, scoreFact, thresholdsFor } from "../documents/questionMaking.ts";
import { judgedBy, noteScores, type Review, startReview } from "../documents/review.ts";
import { isIn, overviewOf, setsOf, type Unseen, wordingsOf } from "../documents/standing.ts";
import { QUESTION_FORMATS } from "../documents/writeQuestions.ts";
import { shapeOf } from "../model/modelConfig.ts";
import { openModelFiles } from "../model/modelFiles.ts";
import { loadTokenizer } from "../model/tokenizerFiles.ts";
import { chunk } from "../retrieval/chunk.ts";
import { openEmbedder } from "../retrieval/embed.ts";
import { scoreOptions } from "../train/judge.ts";
import { openPrompts } from "../train/prompts.ts";
import { type DataWatch, findFolder, readData } from "./data.ts";
import { openModel } from "./engine.ts";
import { fromFolder, writeWhole } from "./files.ts";
import { openScores } from "./scoresFile.ts";

export interface QuestionsOptions {
  source: string; // a folder, a zip or a file
  out: string; // a folder for the whole corpus, or a file that questions are read from
  model: string | null; // that judges; null: none does
  facts: number | null; // judged at most, spread over the documents; null: all
  seed: number;
}

export interface QuestionsWatch extends DataWatch {
  onJudged(done: number, of: number, seconds: number): void;
  isStopped(): boolean;
}

/** What came of it; `questions.json` in the folder has each fact beside it. */
export interface QuestionsReport {
  documents: number;
  passages: number;
  facts: number; // made by rule
  judged: number;
  kept: number;
  rejected: Record<string, number>; // by gate
  swap: { tried: number; passed: number }; // wrong answers that the gates would have let through
  questions: { train: number; test: number; untaught: number };
  stopped: boolean;
}

/**
 * Makes the questions and writes them. With a model only what passes its gates is kept; the same `out` goes on where
 * judging was stopped.
 * @throws LabError not-found, bad-data, bad-config, bad-model before any judging
 */
export async function makeQuestions(
  options: QuestionsOptions,
  watch: QuestionsWatch,
): Promise<QuestionsReport> {
  const { source, out, seed } = options;
  const format = formatOf(out);
  const { documents, train } = await readData(source, watch);
  if (train.length > 0)
    watch.onNote(`${train.length} questions lie beside the documents already; only new ones are written`);
  const { embedder: embedderName } = parseRunConfig({});
  const embedder = await openEmbedder(fromFolder(findFolder(embedderName, ".")));
  const passages = chunk(documents, embedder.countTokens).map(({ documentId, title, text }) => ({
    documentId,
    title,
    text,
  }));
  const made = startReview({ seed, passages, facts: makeFacts(passages, seed) });
  const { review, stopped } =
    options.model === null
      ? { review: made, stopped: false }
      : await judged(made, { ...options, model: options.model }, watch);

  const overview = overviewOf(review);
  const unseen: Unseen = options.model === null ? ["passed", "unchecked"] : ["passed"];
  const kept = overview.standings.filter((one) => isIn(one, unseen));
  const sets = setsOf(review, overview, unseen);
  const rejected: Record<string, number> = {};
  for (const { gate } of overview.standings) if (gate !== null) rejected[gate] = (rejected[gate] ?? 0) + 1;
  const report: QuestionsReport = {
    documents: documents.length,
    passages: passages.length,
    facts: review.facts.length,
    judged: overview.judged,
    kept: kept.length,
    rejected,
    swap: overview.swap,
    questions: { train: sets.train.length, test: sets.test.length, untaught: sets.held.length },
    stopped,
  };
  if (format !== null) await writeWhole(out, format.write([...sets.train, ...sets.held]));
  else {
    const write = (name: string, value: unknown) =>
      writeWhole(join(out, name), `${JSON.stringify(value, null, 1)}\n`);
    await write("documents.json", documents);
    await write("train.json", sets.train);
    await write("test.json", sets.test.length > 0 ? sets.test : sets.train); // else there is no other wording
    await write("untaught.json", sets.held);
    const facts = overview.standings.map((one) => ({
      ...one.fact,
      passageText: passages[one.fact.passage]!.text,
      kept: isIn(one, unseen),
      gate: one.gate,
      known: one.known,
      verdicts: one.verdicts,
      asked: wordingsOf(one).map((p) => one.fact.phrasings[p]!.text),
    }));
    await write("facts.json", { report, thresholds: overview.thresholds, facts });
  }
  return report;
}

/** The form a file's ending asks for; null for a folder. @throws LabError bad-config for an ending that nothing is written as */
function formatOf(out: string) {
  const ending = /\.\w+$/.exec(out)?.[0] ?? null;
  if (ending === null || existsSync(join(out, "."))) return null;
  const format = QUESTION_FORMATS.find((one) => one.ending === ending.toLowerCase());
  if (format !== undefined) return format;
  const endings = [...new Set(QUESTION_FORMATS.map((one) => one.ending))].join(", ");
  throw new LabError("bad-config", `--out ${out}: questions are written as ${endings}, or into a folder`);
}

async function judged(
  review: Review,
  { model: folder, out, facts: most, seed }: QuestionsOptions & { model: string },
  watch: QuestionsWatch,
): Promise<{ review: Review; stopped: boolean }> {
  const modelFolder = findFolder(folder, ".");
  const { config: modelConfig } = await openModelFiles(fromFolder(modelFolder));
  const shape = shapeOf(modelConfig);
  const parameters = parametersOf(shape);
  const judge = { model: folder, thresholds: thresholdsFor(parameters) };
  const texts = review.passages.map(({ text }) => text);
  const { documents } = await fingerprintOf(review.passages.map(asDocument), NO_QUESTIONS, "");
  const path = formatOf(out) === null ? join(out, "scores.jsonl") : `${out}.scores.jsonl`;
  const scores = await openScores(path, { ...judge, seed, documents });
  let now = judgedBy(review, judge);
  for (const { id } of now.facts) {
    const scored = scores.known.get(id);
    if (scored) now = noteScores(now, id, scored);
  }
  const judgeable = now.facts.filter(canBeJudged);
  const share = Math.min(1, (most ?? judgeable.length) / Math.max(1, judgeable.length));
  const waiting = judgeable.filter(
    ({ id }, i) => Math.floor((i + 1) * share) > Math.floor(i * share) && !scores.known.has(id),
  );
  if (waiting.length === 0) return { review: now, stopped: false };

  const tokenizer = await loadTokenizer(fromFolder(modelFolder));
  const words = fitTo({ builtIn: isBuiltIn(shape), parameters, questions: null }).config;
  const { gpu, lm } = await openModel(modelFolder);
  const reader = {
    policy: lm,
    prompts: openPrompts(tokenizer, parseRunConfig(words)),
    encode: tokenizer.encode,
    positions: lm.config.max_position_embeddings,
  };
  const index = openBm25(texts);
  const began = performance.now();
  let done = 0;
  for (const fact of waiting) {
    if (watch.isStopped()) break;
    const scored = await scoreFact(
      fact,
      texts,
      (question) => nearest(index, question),
      (sittings) => scoreOptions(sittings, reader),
      { thresholds: judge.thresholds, seed },
    );
    await scores.add(fact.id, scored);
    now = noteScores(now, fact.id, scored);
    watch.onJudged(++done, waiting.length, (performance.now() - began) / 1000);
  }
  lm.destroy();
  gpu.device.destroy();
  return { review: now, stopped: done < waiting.length };
}

const nearest = (index: Bm25, question: string): number[] =>
  bm25Rank(index, question)
    .slice(0, NEAR)
    .map((hit) => hit.index);

const NO_QUESTIONS: Record<"train" | "test" | "twohop", Question[]> = { train: [], test: [], twohop: [] };

/** A passage in the form that fingerprints are taken of. */
const asDocument = ({ documentId, title, text }: Review["passages"][number], i: number) => ({
  id: `${i} ${documentId}`,
  title: title ?? "",
  text,
  passages: null,
});
