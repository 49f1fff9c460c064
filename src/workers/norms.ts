/** How large each matrix's change is, at every cycle that an adapter is kept of; loaded when it is asked for. */
import type { AdapterNorms } from "../core/messages.ts";
import type { RunRecord } from "../core/run.ts";
import { newLoraConfig } from "../model/adapter.ts";
import { adapterNorms } from "../model/adapterNorms.ts";
import { LoraLayout } from "../model/loraLayout.ts";
import type { ModelConfig } from "../model/modelConfig.ts";
import type { LoraWeights } from "../model/peft.ts";
import { keptWeights } from "../storage/adapters.ts";
import type { LabDb } from "../storage/db.ts";

export async function normsOfRun(db: LabDb, run: RunRecord, model: ModelConfig): Promise<AdapterNorms> {
  const layout = new LoraLayout(model, newLoraConfig(run.config));
  const kept = await keptWeights(db, run.id);
  const newest = kept.at(-1);
  const isWhole = newest?.update === (newest?.cycle ?? 0) * run.config.updates;
  return {
    modules: [...layout.config.target_modules],
    steps: kept
      .filter((one) => one === newest || !isWhole || one.cycle !== newest?.cycle) // the same weights twice
      .map(({ cycle, update, weights }) => ({
        cycle,
        update: isWhole ? null : update,
        norms: adapterNorms(layout, weights),
      })),
  };
}

/** Of a run that came as a file with its adapter: after which cycle is all that is known of when. */
export const normsOfAdapter = ({ layout, flat }: LoraWeights, cycle: number): AdapterNorms => ({
  modules: [...layout.config.target_modules],
  steps: [{ cycle, update: null, norms: adapterNorms(layout, flat) }],
});
