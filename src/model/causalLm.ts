/** The language model as everything above sees it: load, score, generate, update. The one implementation of `Policy`. */
import { LabError } from "../core/errors.ts";
import type { FileSource } from "../core/files.ts";
import type { MemoryNeed } from "../core/run.ts";
import { chooseVariants } from "../gpu/autotune.ts";
import type { Gpu } from "../gpu/device.ts";
import { type LoraAdapter, TrainableAdapter, uploadAdapter } from "./adapter.ts";
import { AMPLE, Decoder, type WorkLimits } from "./decoder.ts";
import { generate } from "./generate.ts";
import { meanKl } from "./kl.ts";
import { LoraLayout } from "./loraLayout.ts";
import { planMemory, shapeOf } from "./memory.ts";
import type { ModelConfig } from "./modelConfig.ts";
import { openModelFiles } from "./modelFiles.ts";
import { type LoraWeights, type NamedFile, peftFiles, readPeft } from "./peft.ts";
import type { LoraConfig } from "./peftConfig.ts";
import type {
  AdapterState,
  GenerateRequest,
  Inference,
  Policy,
  QuestionLoss,
  ScoreRequest,
  Sequence,
  StepSettings,
  TopTokens,
  UpdateStats,
} from "./policy.ts";
import { score } from "./score.ts";
import { teach, topCount } from "./teach.ts";
import { update } from "./update.ts";
import { type ModelWeights, uploadWeights, weightTypes } from "./weights.ts";

export interface LoadOptions {
  variants?: Record<string, string> | null; // kernel variants of an earlier run; null or absent: autotune
  limits?: WorkLimits; // default: ample memory, until `fit` says otherwise
  memoryBytes?: number; // of the GPU's memory that training may use; default: as much as it takes
}

/** A model on the GPU, before the kernels for it are chosen. */
export interface LoadedModel {
  config: ModelConfig;
  weights: ModelWeights;
}

/**
 * Reads a model folder (config.json and safetensors, or one GGUF file) onto the GPU.
 * @throws LabError bad-model, not-found, out-of-memory
 */
export async function loadModel(gpu: Gpu, source: FileSource): Promise<LoadedModel> {
  const { config, tensors, others } = await openModelFiles(source);
  const weights = await uploadWeights(gpu, config, tensors, undefined, others);
  gpu.check();
  return { config, weights };
}

/** Chooses and self-tests the kernels, and makes the model ready to run. @throws LabError kernel-failed */
export async function openCausalLm(
  gpu: Gpu,
  { config, weights }: LoadedModel,
  options: LoadOptions = {},
): Promise<CausalLm> {
  const variants = await chooseVariants(gpu, options.variants ?? null, weightTypes(weights));
  const decoder = new Decoder(gpu, config, weights, variants, options.limits ?? AMPLE);
  return new CausalLm(decoder, variants.choice, options.memoryBytes ?? Number.POSITIVE_INFINITY);
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
  #adapter: TrainableAdapter | null = null; // the one that is trained
  readonly #loaded = new Map<string, LoraAdapter>(); // those that are only applied

  readonly memoryBytes: number; // that training may use

  constructor(decoder: Decoder, variants: Record<string, string>, memoryBytes: number) {
    this.decoder = decoder;
    this.variants = variants;
    this.memoryBytes = memoryBytes;
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

  /** The attached adapter, the one that training changes. @throws LabError not-found without one */
  get adapter(): TrainableAdapter {
    if (!this.#adapter)
      throw new LabError(
        "not-found",
        "no adapter is attached: make one with newAdapter or attachAdapter first",
      );
    return this.#adapter;
  }

  /**
   * Chooses the fastest way to train the attached adapter within `memoryBytes`, with up to `tokens` tokens together.
   * @throws LabError out-of-memory with what would fit
   */
  async fit(tokens: number): Promise<MemoryNeed> {
    const d = this.decoder;
    const lora = this.adapter.layout.config;
    const { limits, need } = await planMemory(
      shapeOf(d),
      lora,
      tokens,
      this.memoryBytes,
      d.gpu.device.limits,
    );
    if (limits !== d.limits) d.trim();
    d.limits = limits;
    return need;
  }

  /** Attaches a fresh adapter (B zero: the model is the base until it is trained), in place of any other. */
  newAdapter(config: LoraConfig, seed: number): void {
    const adapter = new TrainableAdapter(this.gpu, new LoraLayout(this.config, config));
    adapter.initialise(seed);
    this.#replace(adapter);
  }

  /** Attaches the adapter of a PEFT folder. @throws LabError bad-model; the adapter that was there stays */
  async attachAdapter(source: FileSource): Promise<void> {
    const { layout, flat } = await readPeft(source, this.config);
    const adapter = new TrainableAdapter(this.gpu, layout);
    adapter.load(flat);
    this.#replace(adapter);
  }

  /** Back to the base alone. */
  detachAdapter(): void {
    this.#replace(null);
  }

  #replace(adapter: TrainableAdapter | null): void {
    this.#adapter?.destroy();
    this.#adapter = adapter;
  }

  /** PEFT's files of the attached adapter. */
  async exportAdapter(baseModel: string | null = null): Promise<NamedFile[]> {
    return peftFiles(await this.adapter.read(), baseModel);
  }

  /** The names of the adapters loaded to be applied, beside the one that is trained. */
  get loaded(): string[] {
    return [...this.#loaded.keys()];
  }

  /** Loads an adapter to be applied, in place of one of the same name; the base and the others stay as they are. */
  load(name: string, weights: LoraWeights): void {
    const adapter = uploadAdapter(this.gpu, weights);
    this.unload(name);
    this.#loaded.set(name, adapter);
  }

  /** Frees a loaded adapter; one that is not there already is. */
  unload(name: string): void {
    const adapter = this.#loaded.get(name);
    if (adapter) this.gpu.free(adapter.weights);
    this.#loaded.delete(name);
  }

  /**
   * The model with another adapter: a loaded one, or (null) the attached one, `scale` times as strong as it was trained.
   * Nothing is switched over: a run under way keeps its own.
   * @throws LabError not-found naming the adapters there are
   */
  using(name: string | null, scale = 1): Inference {
    const adapter = (name === null ? this.adapter : this.#find(name)).scaled(scale);
    return {
      score: (requests, on, onProgress) => score(this.decoder, on ? adapter : null, requests, onProgress),
      generate: (requests, on, onProgress) =>
        generate(this.decoder, on ? adapter : null, requests, onProgress),
    };
  }

  #find(name: string): LoraAdapter {
    const adapter = this.#loaded.get(name);
    if (!adapter)
      throw new LabError(
        "not-found",
        `no adapter "${name}" is loaded; there are: ${this.loaded.join(", ") || "none"}`,
      );
    return adapter;
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

  update(questions: readonly QuestionLoss[], settings: StepSettings): Promise<UpdateStats> {
    return update(this.decoder, this.adapter, questions, settings);
  }

  teach(sequences: readonly Sequence[], onProgress?: (done: number) => void): Promise<TopTokens[]> {
    return teach(this.decoder, null, sequences, topCount(this.config.vocab_size), onProgress);
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
    for (const name of this.loaded) this.unload(name);
    this.decoder.destroy();
  }
}
