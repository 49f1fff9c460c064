/** `bundle`: a run's folder as a zip that trains the same by PyTorch on other machines. No GPU is needed. */
import { join } from "node:path";
import { writeBundle } from "../core/bundle.ts";
import { LabError } from "../core/errors.ts";
import { readOptional } from "../core/files.ts";
import { fingerprintOf, requireSame } from "../core/fingerprint.ts";
import { firstQuestions } from "../core/questions.ts";
import { collectionFiles } from "../documents/collection.ts";
import { openModelFiles } from "../model/modelFiles.ts";
import { loadTokenizer } from "../model/tokenizerFiles.ts";
import { openEmbedder } from "../retrieval/embed.ts";
import { buildIndex, retrieve } from "../retrieval/search.ts";
import { bundleTexts, checkBundled } from "../train/bundle.ts";
import { lookUp } from "../train/lookUp.ts";
import { lookedUpBy } from "../train/opening.ts";
import { takenUp } from "../train/state.ts";
import { decodeCheckpoint } from "./checkpointFile.ts";
import { findFolder, readData, readRunData } from "./data.ts";
import { fromFolder, readBytes, writeWhole } from "./files.ts";
import { CHECKPOINT, readRecord, readRunJson } from "./outFolder.ts";

export interface BundleOptions {
  run: string; // the folder that `run` wrote
  out: string; // the zip
  onNote(note: string): void;
}

const PEFT_FILES = ["adapter_config.json", "adapter_model.safetensors"];

/** @throws LabError bad-config for settings that a bundle cannot have; not-found where the run has no checkpoint; bad-data where its data is another */
export async function bundleCommand({ run, out, onNote }: BundleOptions): Promise<{ bytes: number }> {
  const begun = await readRunJson(run, {});
  const path = join(run, CHECKPOINT);
  const bytes = await readOptional(fromFolder(run), CHECKPOINT);
  if (begun === null || bytes === null)
    throw new LabError(
      "not-found",
      `${run} holds no run that can be bundled: run.json and ${CHECKPOINT} must be there`,
    );
  const { config } = begun;
  checkBundled(config);
  const folder = (name: string): string => findFolder(name, run);
  const { documents, ...all } = await readRunData(folder(config.data), { onNote });
  const data = firstQuestions(all, config.questions);
  if (begun.fingerprint)
    requireSame(
      `the bundle of ${run}`,
      begun.fingerprint,
      await fingerprintOf(documents, data, config.embedder),
    );
  const model = fromFolder(folder(config.model));
  const tokenizer = await loadTokenizer(model);
  const embedder = await openEmbedder(fromFolder(folder(config.embedder)));
  const indices = new Map([[config.data, await buildIndex(documents, embedder)]]);
  const own = { ...config, other_data: null }; // reading elsewhere is measured here only
  const found = await lookUp(
    own,
    data,
    await lookedUpBy(own, {
      tokenizer,
      positions: (await openModelFiles(model)).config.max_position_embeddings,
      find: (corpus, queries, how) => retrieve(indices.get(corpus)!, embedder, queries, how), // of those opened here
      async openOther(other) {
        const { documents: theirs, ...sets } = await readData(folder(other), { onNote() {} });
        indices.set(other, await buildIndex(theirs, embedder));
        return sets;
      },
    }),
  );
  const { state } = decodeCheckpoint(bytes, path);
  const { rows } = await readRecord(run);
  const start = config.init_adapter === null ? null : folder(config.init_adapter);
  const file = await writeBundle(
    {
      run: bundleTexts({ config, data, ...found, state: takenUp(state, config), chains: null, tokenizer }),
      data: collectionFiles(config.data, { documents, ...all }),
      rows: rows.slice(0, state.rows),
      start: await Promise.all(
        (start === null ? [] : PEFT_FILES).map(async (name) => ({
          name,
          content: new Blob([await readBytes(join(start!, name))]),
        })),
      ),
    },
    fromFolder(findFolder("bundle", run)),
  );
  await writeWhole(out, new Uint8Array(await file.arrayBuffer()));
  return { bytes: file.size };
}
