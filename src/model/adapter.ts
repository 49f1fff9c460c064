/** LoRA adapters on the GPU: one to be trained, with gradients and moments; any number to be applied, without. */
import { TARGET_MODULES, type TargetModule } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { openRng } from "../core/rng.ts";
import type { Range } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/device.ts";
import type { LoraLayout, LoraSlot } from "./loraLayout.ts";
import type { LoraWeights } from "./peft.ts";
import type { LoraConfig } from "./peftConfig.ts";
import type { AdapterState } from "./policy.ts";

/** An adapter as a forward pass reads it. */
export class LoraAdapter {
  readonly layout: LoraLayout;
  readonly weights: Range;
  readonly scaling: number; // how much of B·A is added

  constructor(layout: LoraLayout, weights: Range, scaling = layout.scaling) {
    this.layout = layout;
    this.weights = weights;
    this.scaling = scaling;
  }

  get rank(): number {
    return this.layout.rank;
  }

  slot(layer: number, module: TargetModule): LoraSlot | null {
    return this.layout.slot(layer, module);
  }

  /** `count` floats of the weights, `at` floats from their start. */
  range(at: number, count: number): Range {
    return part(this.weights, at, count);
  }

  /** The same matrices on the GPU, more or less of them: 1 as it was trained, 0 nothing of it. */
  scaled(scale: number): LoraAdapter {
    return new LoraAdapter(this.layout, this.weights, this.layout.scaling * scale);
  }
}

const part = (whole: Range, at: number, count: number): Range => ({
  buffer: whole.buffer,
  offset: whole.offset + at * 4,
  size: Math.max(4, count * 4),
});

/** An adapter to be applied only; its weights are all it has. Free `weights` when it is done with. */
export const uploadAdapter = (gpu: Gpu, { layout, flat }: LoraWeights): LoraAdapter =>
  new LoraAdapter(layout, gpu.upload(flat, "lora weights"));

/** The adapter that is trained: gradients and AdamW's moments lie as the weights do, so the optimiser is one dispatch. */
export class TrainableAdapter extends LoraAdapter {
  readonly grads: Range;
  readonly m: Range;
  readonly v: Range;
  readonly #gpu: Gpu;

  constructor(gpu: Gpu, layout: LoraLayout) {
    const arena = (label: string): Range => gpu.allocate(layout.size * 4, label);
    super(layout, arena("lora weights"));
    this.#gpu = gpu;
    this.grads = arena("lora gradients");
    this.m = arena("lora m");
    this.v = arena("lora v");
  }

  get size(): number {
    return this.layout.size;
  }

  /** A piece of the gradients, as `range` is one of the weights. */
  gradients(at: number, count: number): Range {
    return part(this.grads, at, count);
  }

  /**
   * PEFT's initialisation: A Kaiming-uniform with a = √5, which is U(−1/√in, 1/√in); B zero. Numbers from the seed's own
   * stream, so they differ from PyTorch's.
   */
  initialise(seed: number): void {
    const rng = openRng(seed, "adapter-init");
    const flat = new Float32Array(this.size);
    for (const s of this.layout.slots) {
      const bound = 1 / Math.sqrt(s.in);
      for (let i = 0; i < this.layout.config.r * s.in; i++) flat[s.a + i] = (2 * rng.next() - 1) * bound;
    }
    this.load(flat);
  }

  /** Takes weights of its layout, and begins their training anew. */
  load(weights: Float32Array<ArrayBuffer>): void {
    const zeros = new Float32Array(this.size);
    this.writeState({ weights, m: zeros, v: zeros });
  }

  /** The weights as they are now. */
  async read(): Promise<LoraWeights> {
    return { layout: this.layout, flat: await this.#gpu.readF32(this.weights, this.size) };
  }

  /** Weights and moments as a checkpoint keeps them. */
  async readState(): Promise<AdapterState> {
    const [weights, m, v] = await this.#gpu.read(
      ...[this.weights, this.m, this.v].map((r) => ({ ...r, size: this.size * 4 })),
    );
    return { weights: new Float32Array(weights!), m: new Float32Array(m!), v: new Float32Array(v!) };
  }

  /** @throws LabError bad-shape if the state is of another adapter's size */
  writeState(state: AdapterState): void {
    for (const values of [state.weights, state.m, state.v]) {
      if (values.length !== this.size) {
        throw new LabError(
          "bad-shape",
          `the checkpoint holds ${values.length} adapter values, this adapter has ${this.size}: r, target_modules or the model differ`,
        );
      }
    }
    this.#gpu.write(this.weights, state.weights);
    this.#gpu.write(this.m, state.m);
    this.#gpu.write(this.v, state.v);
  }

  destroy(): void {
    for (const range of [this.weights, this.grads, this.m, this.v]) this.#gpu.free(range);
  }
}

/** A fresh adapter's settings from a run's. */
export const newLoraConfig = (c: {
  r: number;
  lora_alpha: number;
  target_modules: TargetModule[];
}): LoraConfig => ({
  r: c.r,
  lora_alpha: c.lora_alpha,
  target_modules: TARGET_MODULES.filter((m) => c.target_modules.includes(m)),
  use_rslora: false,
});
