/**
 * How much memory training takes, and how much is worked on at a time so that it fits. There is no formula: the engine's own
 * code runs on a device that only counts (gpu/dryDevice.ts), so the estimate is what will be allocated.
 */
import { TARGET_MODULES } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import type { MemoryNeed } from "../core/run.ts";
import { firstVariants } from "../gpu/autotune.ts";
import type { Range } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/device.ts";
import { DEFAULT_LIMITS, type MemoryLimits, openDryGpu } from "../gpu/dryDevice.ts";
import type { WeightType } from "../gpu/kernels/weightTypes.ts";
import { TrainableAdapter } from "./adapter.ts";
import { AMPLE, Decoder, type WorkLimits } from "./decoder.ts";
import { families } from "./families/registry.ts";
import { INPUT_GROUPS, LoraLayout, moduleShape } from "./loraLayout.ts";
import type { ModelConfig } from "./modelConfig.ts";
import type { LoraConfig } from "./peftConfig.ts";
import type { LossTerm, Sequence, StepSettings, TopTokens } from "./policy.ts";
import { score } from "./score.ts";
import { teach, topCount } from "./teach.ts";
import { update } from "./update.ts";
import { allocateMatrix, type LayerWeights, type ModelWeights } from "./weights.ts";

/** A model as far as memory goes. */
export interface ModelShape {
  config: ModelConfig;
  /** Weights of the model's sizes, whatever is in them. */
  allocate(gpu: Gpu): ModelWeights;
}

/** The shape of a model that is loaded, on this GPU or another. */
export const shapeOf = ({ config, weights }: { config: ModelConfig; weights: ModelWeights }): ModelShape => ({
  config,
  allocate: (gpu) => allocateLike(gpu, weights),
});

/** The shape of a model that nobody has loaded: its config, and the types its matrices would have. */
export const shapeOfConfig = (
  config: ModelConfig,
  types: { layers: WeightType; embedding: WeightType },
): ModelShape => ({
  config,
  allocate: (gpu) => {
    const { hidden_size: C, vocab_size: V, head_dim } = config;
    const vector = (n: number) => gpu.allocate(4 * n, "vector");
    const before = gpu.allocatedBytes;
    const embedding = allocateMatrix(gpu, types.embedding, [V, C], "embedding");
    const { norms } = families[config.model_type]!;
    const layer = (): LayerWeights => ({
      norms: Object.fromEntries(
        Object.keys(norms).map((n) => [n, vector(n === "q" || n === "k" ? head_dim : C)]),
      ) as LayerWeights["norms"],
      matrices: Object.fromEntries(
        TARGET_MODULES.map((m) => [m, allocateMatrix(gpu, types.layers, moduleShape(config, m), m)]),
      ) as LayerWeights["matrices"],
      biases: config.attention_bias
        ? Object.fromEntries(INPUT_GROUPS[0].map((m) => [m, vector(moduleShape(config, m)[0])]))
        : {},
    });
    const weights = {
      embedding,
      head: config.tie_word_embeddings ? embedding : allocateMatrix(gpu, types.embedding, [V, C], "head"),
      norm: vector(C),
      layers: Array.from({ length: config.num_hidden_layers }, layer),
      parameters: 0, // nobody asks
    };
    return { ...weights, bytes: gpu.allocatedBytes - before };
  },
});

/** The same structure with every range allocated anew, unfilled; ranges that were one stay one. */
function allocateLike<T>(gpu: Gpu, like: T): T {
  const known = new Map<object, unknown>();
  const copy = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (!known.has(value))
      known.set(value, isRange(value) ? gpu.allocate(value.size, "weights") : walk(value));
    return known.get(value);
  };
  const walk = (value: object): unknown =>
    Array.isArray(value)
      ? value.map(copy)
      : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copy(part)]));
  return copy(like) as T;
}

const isRange = (value: object): value is Range => "buffer" in value && "offset" in value && "size" in value;

export interface MemoryPlan {
  limits: WorkLimits;
  need: MemoryNeed;
}

const MIB = 1 << 20;
/** One sequence at a time wherever that is possible. */
export const FRUGAL: WorkLimits = {
  gradient_checkpointing: true,
  scoreTokens: 0,
  savedBytes: 0,
  logitBytes: 12 * MIB,
  cacheBytes: 0,
};
/** From fast to frugal: the first that fits is taken. */
const LADDER: readonly WorkLimits[] = [
  AMPLE,
  { ...AMPLE, savedBytes: 0 },
  { ...AMPLE, gradient_checkpointing: true },
  { ...AMPLE, gradient_checkpointing: true, scoreTokens: 1024, logitBytes: 32 * MIB, cacheBytes: 48 * MIB },
  { ...FRUGAL, scoreTokens: 512, logitBytes: 24 * MIB, cacheBytes: 24 * MIB },
  FRUGAL,
];
const SHORTEST = 64; // tokens; a refusal looks for lengths that would fit down to this

const STEP: StepSettings = { step: 1, learning_rate: 1e-3, weight_decay: 0, max_grad_norm: 1 };
/** A sequence unlike the others: equal ones are computed once. */
const sequence = (length: number, i: number): Sequence => ({
  context: [],
  completion: Array.from({ length }, (_, t) => (i >> (t % 16)) & 1),
});

/**
 * What one optimiser step and the scoring and soft targets beside it take, for sequences of up to `tokens` tokens, all of
 * them supervised: they are carried out on `gpu`, by default one that only counts (WebGPU's globals must be there).
 */
export async function memoryNeed(
  model: ModelShape,
  lora: LoraConfig,
  tokens: number,
  limits: WorkLimits,
  gpu: Gpu = openDryGpu(),
): Promise<MemoryNeed> {
  const before = gpu.allocatedBytes;
  const weights = model.allocate(gpu);
  const afterWeights = gpu.allocatedBytes;
  const adapter = new TrainableAdapter(gpu, new LoraLayout(model.config, lora));
  const afterAdapter = gpu.allocatedBytes;
  const d = new Decoder(gpu, model.config, weights, firstVariants(gpu), limits);
  const longest = Math.max(2, tokens);
  const many = (inAll: number): Sequence[] =>
    Array.from({ length: Math.max(1, Math.floor(inAll / longest)) }, (_, i) => sequence(longest, i));
  await score(
    d,
    adapter,
    many(limits.scoreTokens).map(({ completion }) => ({ context: [], completions: [completion] })),
  );
  const supervised = many(limits.savedBytes / d.savedBytesPerToken(adapter));
  const step = async (teachers: TopTokens[] | null) => {
    const terms = supervised.map(
      (sequence, i): LossTerm => ({ name: "z", sequence, tokens: null, teacher: teachers?.[i] ?? null }),
    );
    await update(d, adapter, [{ terms, loss: terms.map(() => -1) }], STEP);
  };
  await step(null);
  await step(await teach(d, null, supervised, topCount(model.config.vocab_size)));
  const steady = gpu.allocatedBytes;
  const perToken =
    8 * model.config.num_hidden_layers * model.config.num_key_value_heads * model.config.head_dim;
  const cache = Math.max(limits.cacheBytes, longest * perToken);
  d.destroy();
  adapter.destroy();
  return {
    weights: afterWeights - before,
    adapter: adapter.weights.size,
    optimizer: afterAdapter - afterWeights - adapter.weights.size,
    activations: gpu.peakBytes - afterAdapter,
    cache,
    total: Math.max(gpu.peakBytes, steady + cache) - before,
  };
}

/**
 * The fastest way to train on sequences of up to `tokens` tokens within `budget` bytes of GPU memory.
 * @throws LabError out-of-memory with what would fit
 */
export async function planMemory(
  model: ModelShape,
  lora: LoraConfig,
  tokens: number,
  budget: number,
  device: MemoryLimits = DEFAULT_LIMITS,
): Promise<MemoryPlan> {
  let least = Number.POSITIVE_INFINITY;
  for (const limits of LADDER) {
    const need = await memoryNeed(model, lora, tokens, limits, openDryGpu(device));
    if (need.total <= budget) return { limits, need };
    least = Math.min(least, need.total);
  }
  const shorter = await longestThatFits(model, lora, tokens, budget, device);
  const mib = (bytes: number) => `${Math.ceil(bytes / MIB)} MiB`;
  throw new LabError(
    "out-of-memory",
    `training on sequences of ${tokens} tokens needs ${mib(least)} of GPU memory, ${mib(budget)} may be used; ${
      shorter === null
        ? "no length fits: take a smaller model, a lower r or fewer target_modules"
        : `${shorter} tokens would fit: take fewer or shorter passages, a smaller model, or a lower r`
    }; or allow more memory`,
  );
}

async function longestThatFits(
  model: ModelShape,
  lora: LoraConfig,
  tokens: number,
  budget: number,
  device: MemoryLimits,
): Promise<number | null> {
  for (let shorter = Math.floor(tokens / 2); shorter >= SHORTEST; shorter = Math.floor(shorter / 2)) {
    if ((await memoryNeed(model, lora, shorter, FRUGAL, openDryGpu(device))).total <= budget) return shorter;
  }
  return null;
}
