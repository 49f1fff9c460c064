/** `run`: the cycle on files. The same --out goes on where it was. */
import { dirname, join } from "node:path";
import { parseRunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { fingerprintOf, requireSame } from "../core/fingerprint.ts";
import { firstQuestions, hasOptions } from "../core/questions.ts";
import type { Baselines, CycleRow, MemoryNeed, MetricRow, Question } from "../core/run.ts";
import { RUN_FILE_ENDING, type RunFacts } from "../core/runFile.ts";
import { loadTokenizer } from "../model/tokenizerFiles.ts";
import { openEmbedder } from "../retrieval/embed.ts";
import { openNli } from "../retrieval/nli.ts";
import { buildIndex, retrieve } from "../retrieval/search.ts";
import { checkRun } from "../train/checkRun.ts";
import type { RunData } from "../train/context.ts";
import type { Control } from "../train/control.ts";
import { runCycles } from "../train/cycle.ts";
import type { CycleProgress } from "../train/meter.ts";
import { attachStart, openDeps } from "../train/opening.ts";
import { findFolder, readConfig, readData, readRunData } from "./data.ts";
import { fitOf, openModel } from "./engine.ts";
import { fromFolder, isShipped, writeWhole } from "./files.ts";
import {
  continueOn,
  extendIn,
  finishExtension,
  type RunJson,
  readRunJson,
  storeEntry,
  takeUp,
  writeFiles,
  writeQuestions,
  writeRunJson,
} from "./outFolder.ts";
import { makeReport, type Report } from "./report.ts";
import { saveRunFile } from "./runFile.ts";

const CHECKPOINT_SECONDS = 10; // of work that a crash may cost

export interface RunWatch {
  onProgress(progress: CycleProgress): void;
  onRow(row: MetricRow): void;
  onNote(note: string): void; // how a file was read where that is not plain, what of it was left out
}

export interface RunWish {
  memoryBytes: number; // of the GPU's, that training may take
  more: number | null; // cycles for which the finished run that is there goes on
  questions: boolean | null; // whether run.closedbook has the held-out questions' texts; null: of the product's own archives
}

/**
 * Runs the settings of `configPath` into the folder `out`, or goes on with the run that is there.
 * @throws LabError bad-config, bad-data, bad-model, not-found before any training; not-finite, out-of-memory, device-lost
 */
export async function runToFolder(
  configPath: string,
  out: string,
  { memoryBytes, more, questions: withQuestions }: RunWish,
  control: Control,
  watch: RunWatch,
): Promise<"finished" | "stopped"> {
  const named = await readConfig(configPath);
  let begun = await readRunJson(out, named);
  if (begun !== null) await finishExtension(out, begun.config.cycles);
  else if (more !== null)
    throw new LabError("bad-config", `${out} holds no run: --more is for one that has finished`);
  const folder = (path: string): string => findFolder(path, dirname(configPath));
  const { model, data: dataFolder, questions } = begun?.config ?? parseRunConfig(named);
  const notes: string[] = [];
  const onNote = (note: string): void => {
    notes.push(note);
    watch.onNote(note);
  };
  const { documents, ...sets } = await readRunData(folder(dataFolder), { onNote });
  const data = firstQuestions(sets, questions);
  const modelFolder = folder(model);
  let config =
    begun?.config ?? parseRunConfig({ ...(await fitOf(modelFolder, data.train.length)).config, ...named });
  checkRun(config, data);
  const tokenizer = await loadTokenizer(fromFolder(modelFolder));
  const embedder = await openEmbedder(fromFolder(folder(config.embedder)));
  const index = await buildIndex(documents, embedder);
  const entail = config.nli === null ? null : await openNli(fromFolder(folder(config.nli)));

  const { gpu, lm } = await openModel(modelFolder, { variants: begun?.variants ?? null, memoryBytes });
  await attachStart(lm, config, (path) => fromFolder(folder(path)));
  let { checkpoint, rows } = await takeUp(out);
  let fingerprint = await fingerprintOf(documents, data, config.embedder);
  if (checkpoint !== null && begun !== null) {
    if (begun.fingerprint) requireSame(`the run in ${out}`, begun.fingerprint, fingerprint);
    fingerprint = begun.fingerprint ?? fingerprint;
  }
  if (more !== null && begun !== null) {
    if (checkpoint === null)
      throw new LabError("bad-config", `the run in ${out} has not begun to train: run it without --more`);
    const longer = await extendIn(out, begun, checkpoint, more, data.twohop.length > 0);
    ({ file: begun, checkpoint } = longer);
    config = begun.config;
  }
  const here = { gpuAdapter: gpu.info.name, variants: lm.variants };
  const date = begun?.date ?? new Date().toISOString();
  const file: RunJson = begun
    ? continueOn(begun, here, rows.length)
    : { config, date, fingerprint, ...here, continued: [] };
  await writeRunJson(out, file);
  await writeQuestions(out, data.test);
  let baselines: Baselines | null = null;
  let memory: MemoryNeed | null = null;

  const indices = new Map([[config.data, index]]);
  const deps = await openDeps(config, {
    policy: lm,
    tokenizer,
    positions: lm.config.max_position_embeddings,
    find: (corpus, queries, how) => retrieve(indices.get(corpus)!, embedder, queries, how), // of those opened here
    entail,
    async openOther(other) {
      const { documents, ...sets } = await readData(folder(other), { onNote() {} });
      indices.set(other, await buildIndex(documents, embedder));
      return sets;
    },
  });
  const outcome = await runCycles(
    config,
    data,
    {
      ...deps,
      checkpointSeconds: CHECKPOINT_SECONDS,
      store: async (entry) => {
        await storeEntry(out, entry);
        rows.push(...entry.rows);
        entry.rows.forEach(watch.onRow);
      },
      onBaselines: (found) => {
        baselines = found;
      },
      onMemory: (need) => {
        memory = need;
      },
      onProgress: watch.onProgress,
    },
    control,
    checkpoint,
  );
  await writeFiles(out, "adapter", await lm.exportAdapter(config.model));
  const report = makeReport({
    ...file,
    continued: file.continued.filter((from) => from.rows < rows.length), // else nothing was computed there
    questions: counts(data, () => true),
    scored: counts(data, hasOptions),
    passages: index.passages.length,
    baselines,
    memory,
    cycles: rows.filter((row): row is CycleRow => row.type === "cycle"),
  });
  await writeWhole(join(out, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  const facts: RunFacts = {
    name: "",
    note: null,
    date,
    status: outcome,
    config,
    ...here,
    fingerprint,
    baselines,
    memory,
    notes,
    extended: file.extended ?? [],
  };
  await saveRunFile(out, join(out, `run${RUN_FILE_ENDING}`), facts, {
    questions: (withQuestions ?? isShipped(config.data)) ? data.test : null,
  });
  lm.destroy();
  gpu.device.destroy();
  return outcome;
}

const counts = (
  { train, test, twohop }: RunData,
  which: (question: Question) => boolean,
): Report["questions"] => ({
  train: train.filter(which).length,
  test: test.filter(which).length,
  twohop: twohop.filter(which).length,
});
