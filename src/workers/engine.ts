/** The train worker's engine: GPU, model, tokenizer, and one adapter attached at a time. */

import type { RunConfig } from "../core/config.ts";
import { type FileSource, fromUrl } from "../core/files.ts";
import type { EngineInfo } from "../core/messages.ts";
import { absoluteModel } from "../core/models.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { type CausalLm, type LoadedModel, loadModel, openCausalLm } from "../model/causalLm.ts";
import type { AdapterState, Inference, Policy } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";
import { loadTokenizer } from "../model/tokenizerFiles.ts";
import { attachStart, passageBudget } from "../train/opening.ts";
import { openModelFiles } from "./modelFiles.ts";
import type { Queue } from "./queue.ts";

/** What is ready at once: enough for the page to offer a run. */
export interface Engine {
  site: string; // URL that a run's folders are below
  source: FileSource; // the model's files
  gpu: Gpu;
  model: LoadedModel;
  tokenizer: ChatTokenizer;
  info: EngineInfo;
}

/** @throws LabError no-webgpu, no-adapter, not-found, bad-model, out-of-memory */
export async function openEngine(site: string, model: string): Promise<Engine> {
  const source = await openModelFiles(absoluteModel(model, site));
  const gpu = await openGpu();
  const [loaded, tokenizer] = await Promise.all([loadModel(gpu, source), loadTokenizer(source)]).catch(
    (error) => {
      gpu.destroy(); // what was loaded of it makes room for the next one
      throw error;
    },
  );
  return {
    site,
    source,
    gpu,
    model: loaded,
    tokenizer,
    info: {
      model,
      gpuAdapter: gpu.info.name,
      isFallbackAdapter: gpu.info.isFallbackAdapter,
      parameters: loaded.weights.parameters,
      modelBytes: loaded.weights.bytes,
      passageTokens: passageBudget(loaded.config.max_position_embeddings),
      canThink: tokenizer.canThink,
      features: [...gpu.device.features].sort(),
    },
  };
}

/** Builds the kernels, checks them, and keeps the fastest; `variants` repeats an earlier choice. @throws LabError kernel-failed */
export const prepareEngine = (engine: Engine, variants: Record<string, string> | null): Promise<CausalLm> =>
  openCausalLm(engine.gpu, engine.model, { variants, memoryBytes: memoryBudget() });

/** Half of what the browser says the machine has (it rounds, to 8 GiB at most); of a usual laptop where it says nothing. */
const memoryBudget = (): number =>
  (("deviceMemory" in navigator ? Number(navigator.deviceMemory) : 8) / 2) * 2 ** 30;

/** Attaches what a run trains: what it starts from, with a checkpoint's numbers if there is one. */
export async function attachFor(
  engine: Engine,
  lm: CausalLm,
  config: RunConfig,
  state: AdapterState | null,
): Promise<void> {
  await attachStart(lm, config, (path) => fromUrl(new URL(path, engine.site).href));
  if (state !== null) lm.writeState(state);
}

/** A model whose calls wait for one another: a question can be asked while a run is under way, between two of its calls. */
export const inTurn = (model: Inference, queue: Queue): Inference => ({
  score: (requests, adapter, onProgress) => queue(() => model.score(requests, adapter, onProgress)),
  generate: (requests, adapter, onProgress) => queue(() => model.generate(requests, adapter, onProgress)),
});

/** The same of the whole policy. */
export function oneAtATime(policy: Policy, queue: Queue): Policy {
  return {
    ...inTurn(policy, queue),
    update: (questions, settings) => queue(() => policy.update(questions, settings)),
    fit: (tokens) => queue(() => policy.fit(tokens)),
    teach: (sequences, onProgress) => queue(() => policy.teach(sequences, onProgress)),
    kl: (sequences) => queue(() => policy.kl(sequences)),
    readState: () => queue(() => policy.readState()),
    writeState: (state) => policy.writeState(state),
  };
}
