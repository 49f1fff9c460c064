/** A stored run as a bundle: fetched when somebody wants one. */
import { writeBundle } from "../core/bundle.ts";
import { LabError } from "../core/errors.ts";
import { fromUrl } from "../core/files.ts";
import { requireSame } from "../core/fingerprint.ts";
import { firstQuestions } from "../core/questions.ts";
import type { RunRecord } from "../core/run.ts";
import { collectionFiles } from "../documents/collection.ts";
import { loadCheckpoint } from "../storage/checkpoints.ts";
import { readDocuments } from "../storage/corpora.ts";
import type { LabDb } from "../storage/db.ts";
import { readRows } from "../storage/rows.ts";
import { bundleTexts } from "../train/bundle.ts";
import { lookUp } from "../train/lookUp.ts";
import { lookedUpBy } from "../train/opening.ts";
import { type CycleState, takenUp } from "../train/state.ts";
import type { Engine } from "./engine.ts";
import type { RunSources } from "./runSources.ts";

export { checkBundled } from "../train/bundle.ts";

const PEFT_FILES = ["adapter_config.json", "adapter_model.safetensors"];

/** @throws LabError not-found where the run has no checkpoint here; bad-data where its documents or questions have changed */
export async function bundleOf(
  run: RunRecord,
  { db, engine, sources }: { db: LabDb; engine: Engine; sources: RunSources },
): Promise<Blob> {
  const { config } = run;
  const checkpoint = await loadCheckpoint(db, run.id);
  if (checkpoint === null)
    throw new LabError(
      "not-found",
      "this run has no checkpoint here, and so not what it teaches: only where it was trained can it be bundled",
    );
  const all = await sources.data(config.data);
  const now = await sources.fingerprint(config, all);
  if (run.fingerprint && now !== null) requireSame(`the bundle of "${run.name}"`, run.fingerprint, now);
  const data = firstQuestions(all, config.questions);
  const own = { ...config, other_data: null }; // reading elsewhere is measured here only
  const reader = await sources.reader(own, engine.model.config.max_position_embeddings);
  const looked = await lookUp(own, data, await lookedUpBy(own, reader));
  const state = takenUp(checkpoint.state as CycleState, config);
  const start = config.init_adapter === null ? null : fromUrl(new URL(config.init_adapter, engine.site).href);
  return writeBundle(
    {
      run: bundleTexts({ config, data, ...looked, state, chains: null, tokenizer: engine.tokenizer }),
      data: collectionFiles(config.data, { documents: await readDocuments(db, config.data), ...all }),
      rows: (await readRows(db, run.id)).slice(0, state.rows),
      start: await Promise.all(
        (start === null ? [] : PEFT_FILES).map(async (name) => ({
          name,
          content: new Blob([await start!(name)]),
        })),
      ),
    },
    fromUrl(new URL("bundle/", engine.site).href),
  );
}
