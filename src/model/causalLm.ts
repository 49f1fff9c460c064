/** The language model as everything above sees it: load, score, generate, update. The one implementation of `Policy`. */
import { LabError } from "../core/errors.ts";
import { type FileSource, openFile, readJson } from "../core/files.ts";
import { chooseVariants } from "../gpu/autotune.ts";
import type { Gpu } from "../gpu/device.ts";
import { LoraAdapter, loraConfigOf } from "./adapter.ts";
import { Decoder } from "./decoder.ts";
import { generate } from "./generate.ts";
import { meanKl } from "./kl.ts";
import { type ModelConfig, parseModelConfig } from "./modelConfig.ts";
import type { LoraConfig } from "./peftConfig.ts";
import type {
  AdapterState,
  GenerateRequest,
  Policy,
  QuestionTerms,
  ScoreRequest,
  Sequence,
  StepSettings,
  UpdateStats,
} from "./policy.ts";
import { readSafetensors } from "./safetensors.ts";
import { score } from "./score.ts";
import { update } from "./update.ts";
import { type ModelWeights, readModelTensors, uploadWeights } from "./weights.ts";

export interface LoadOptions {
  variants?: Record<string, string> | null; // kernel variants of an earlier run; null or absent: autotune
  gradient_checkpointing?: boolean;
}

/** A model on the GPU, before the kernels for it are chosen. */
export interface LoadedModel {
  config: ModelConfig;
  weights: ModelWeights;
}

/**
 * Reads a model folder (config.json and safetensors) onto the GPU.
 * @throws LabError bad-model, not-found, out-of-memory
 */
export async function loadModel(gpu: Gpu, source: FileSource): Promise<LoadedModel> {
  const config = parseModelConfig(await readJson(source, "config.json"));
  const weights = await uploadWeights(gpu, config, await readModelTensors(source));
  gpu.check();
  return { config, weights };
}

/** Chooses and self-tests the kernels, and makes the model ready to run. @throws LabError kernel-failed */
export async function openCausalLm(
  gpu: Gpu,
  { config, weights }: LoadedModel,
  options: LoadOptions = {},
): Promise<CausalLm> {
  const { type } = weights.layers[0]!.matrices.q_proj; // what most of the work reads
  const variants = await chooseVariants(gpu, options.variants ?? null, type);
  return new CausalLm(
    new Decoder(gpu, config, weights, variants, options.gradient_checkpointing ?? false),
    variants.choice,
  );
}

/** Both of the above. */
export async function loadCausalLm(
  gpu: Gpu,
  source: FileSource,
  options: LoadOptions = {},
): Promise<CausalLm> {
  return openCausalLm(gpu, await loadModel(gpu, source), options);
}

export class CausalLm implements Policy {
  readonly decoder: Decoder;
  readonly variants: Record<string, string>; // what autotune chose: stored with a run, given back to repeat it
  #adapter: LoraAdapter | null = null;

  constructor(decoder: Decoder, variants: Record<string, string>) {
    this.decoder = decoder;
    this.variants = variants;
  }

  get gpu(): Gpu {
    return this.decoder.gpu;
  }

  get config(): ModelConfig {
    return this.decoder.config;
  }

  get parameters(): number {
    return this.decoder.weights.parameters;
  }

  get modelBytes(): number {
    return this.decoder.weights.bytes;
  }

  /** The attached adapter. @throws LabError not-found without one */
  get adapter(): LoraAdapter {
    if (!this.#adapter)
      throw new LabError(
        "not-found",
        "no adapter is attached: make one with newAdapter or attachAdapter first",
      );
    return this.#adapter;
  }

  /** Attaches a fresh adapter (B zero: the model is the base until it is trained), in place of any other. */
  newAdapter(config: LoraConfig, seed: number): void {
    const adapter = new LoraAdapter(this.gpu, this.config, config);
    adapter.initialise(seed);
    this.#replace(adapter);
  }

  /** Attaches the adapter of a PEFT folder. @throws LabError bad-model; the adapter that was there stays */
  async attachAdapter(source: FileSource): Promise<void> {
    const config = loraConfigOf(await readJson(source, "adapter_config.json"));
    const file = "adapter_model.safetensors";
    const tensors = await readSafetensors(await openFile(source, file), file);
    const adapter = new LoraAdapter(this.gpu, this.config, config);
    try {
      await adapter.import(tensors, file);
    } catch (error) {
      adapter.destroy();
      throw error;
    }
    this.#replace(adapter);
  }

  /** Back to the base alone. */
  detachAdapter(): void {
    this.#replace(null);
  }

  #replace(adapter: LoraAdapter | null): void {
    this.#adapter?.destroy();
    this.#adapter = adapter;
  }

  /** PEFT's files of the attached adapter. */
  exportAdapter(
    baseModel: string | null = null,
  ): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]> {
    return this.adapter.export(baseModel);
  }

  #used(adapter: boolean): LoraAdapter | null {
    return adapter ? this.#adapter : null;
  }

  score(
    requests: ScoreRequest[],
    adapter: boolean,
    onProgress?: (done: number) => void,
  ): Promise<Float32Array[][]> {
    return score(this.decoder, this.#used(adapter), requests, onProgress);
  }

  generate(
    requests: GenerateRequest[],
    adapter: boolean,
    onProgress?: (done: number) => void,
  ): Promise<number[][]> {
    return generate(this.decoder, this.#used(adapter), requests, onProgress);
  }

  update(questions: QuestionTerms[], settings: StepSettings): Promise<UpdateStats> {
    return update(this.decoder, this.adapter, questions, settings);
  }

  kl(sequences: Sequence[]): Promise<number> {
    return meanKl(this.decoder, this.adapter, sequences);
  }

  readState(): Promise<AdapterState> {
    return this.adapter.readState();
  }

  writeState(state: AdapterState): void {
    this.adapter.writeState(state);
  }

  destroy(): void {
    this.#replace(null);
    this.decoder.destroy();
  }
}
