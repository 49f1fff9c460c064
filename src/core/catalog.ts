/**
 * The models the lab offers by name. Shapes are those of kernels §9 (they reproduce the published parameter counts);
 * sizes are what the repositories list for the file named, and what the server says is asked again before a download.
 */
import { type ModelKind, storedModel } from "./models.ts";

export interface ModelShape {
  layers: number;
  hidden_size: number;
  intermediate_size: number;
  heads: number;
  kv_heads: number;
  head_dim: number;
  vocab_size: number;
}

export interface CatalogModel {
  name: string;
  family: string;
  parameters: number;
  shape: ModelShape;
  weights: string; // how they are stored
  licence: { name: string; url: string };
  /** null: built in, below the site. */
  download: { repository: string; file: string; bytes: number | null } | null;
  original: { repository: string; gated: boolean } | null; // where the full-precision weights are; gated: after signing in
  model: string; // RunConfig.model
  features: readonly GPUFeatureName[]; // without which it does not run; the kernels need none today
}

/** A text encoder in ONNX: it searches, or it judges explanations (retrieval/). */
export interface CatalogEncoder extends Pick<CatalogModel, "name" | "licence" | "download" | "model"> {
  kind: Exclude<ModelKind, "language">; // `model` is RunConfig.embedder or RunConfig.nli
  dimension: number | null; // of an embedder's vectors
}

const shape = (
  layers: number,
  hidden_size: number,
  intermediate_size: number,
  [heads, kv_heads, head_dim]: [number, number, number],
  vocab_size: number,
): ModelShape => ({ layers, hidden_size, intermediate_size, heads, kv_heads, head_dim, vocab_size });

const APACHE = { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" };

const onHub = (
  repository: string,
  file: string,
  bytes: number | null,
): Pick<CatalogModel, "download" | "model"> => ({
  download: { repository, file, bytes },
  model: storedModel(`${repository}/${file}`),
});

const hub = (
  repository: string,
  file: string,
  bytes: number,
): Pick<CatalogModel, "download" | "model" | "features"> => ({
  ...onHub(repository, file, bytes),
  features: [],
});

export const CATALOG: readonly CatalogModel[] = [
  {
    name: "Pocket",
    family: "Llama",
    parameters: 918_656,
    shape: shape(4, 128, 384, [4, 2, 32], 1024),
    weights: "F16",
    licence: APACHE,
    download: null,
    original: null,
    model: "models/pocket",
    features: [],
  },
  {
    name: "SmolLM2-135M-Instruct",
    family: "Llama",
    parameters: 134_515_008,
    shape: shape(30, 576, 1536, [9, 3, 64], 49_152),
    weights: "Q8_0",
    licence: APACHE,
    original: { repository: "HuggingFaceTB/SmolLM2-135M-Instruct", gated: false },
    ...hub("bartowski/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct-Q8_0.gguf", 144_811_360),
  },
  {
    name: "SmolLM2-360M-Instruct",
    family: "Llama",
    parameters: 361_821_120,
    shape: shape(32, 960, 2560, [15, 5, 64], 49_152),
    weights: "Q8_0",
    licence: APACHE,
    original: { repository: "HuggingFaceTB/SmolLM2-360M-Instruct", gated: false },
    ...hub("HuggingFaceTB/SmolLM2-360M-Instruct-GGUF", "smollm2-360m-instruct-q8_0.gguf", 386_404_992),
  },
  {
    name: "Qwen2.5-0.5B-Instruct",
    family: "Qwen2",
    parameters: 494_032_768,
    shape: shape(24, 896, 4864, [14, 2, 64], 151_936),
    weights: "Q8_0",
    licence: APACHE,
    original: { repository: "Qwen/Qwen2.5-0.5B-Instruct", gated: false },
    ...hub("Qwen/Qwen2.5-0.5B-Instruct-GGUF", "qwen2.5-0.5b-instruct-q8_0.gguf", 675_710_816),
  },
  {
    name: "Qwen3-0.6B",
    family: "Qwen3",
    parameters: 596_049_920,
    shape: shape(28, 1024, 3072, [16, 8, 128], 151_936),
    weights: "Q8_0",
    licence: APACHE,
    original: { repository: "Qwen/Qwen3-0.6B", gated: false },
    ...hub("Qwen/Qwen3-0.6B-GGUF", "Qwen3-0.6B-Q8_0.gguf", 639_446_688),
  },
  {
    name: "Gemma-3-270M-it",
    family: "Gemma 3",
    parameters: 268_098_176,
    shape: shape(18, 640, 2048, [4, 1, 256], 262_144),
    weights: "Q8_0",
    licence: { name: "Gemma Terms of Use", url: "https://ai.google.dev/gemma/terms" },
    original: { repository: "google/gemma-3-270m-it", gated: true },
    ...hub("ggml-org/gemma-3-270m-it-GGUF", "gemma-3-270m-it-Q8_0.gguf", 291_545_600),
  },
  {
    name: "Llama-3.2-1B-Instruct",
    family: "Llama 3",
    parameters: 1_235_814_400,
    shape: shape(16, 2048, 8192, [32, 8, 64], 128_256),
    weights: "Q4_K_M",
    licence: {
      name: "Llama 3.2 Community License",
      url: "https://www.llama.com/llama3_2/license/",
    },
    original: { repository: "meta-llama/Llama-3.2-1B-Instruct", gated: true },
    ...hub("bartowski/Llama-3.2-1B-Instruct-GGUF", "Llama-3.2-1B-Instruct-Q4_K_M.gguf", 807_694_464),
  },
];

export const ENCODERS: readonly CatalogEncoder[] = [
  {
    name: "Static",
    kind: "embedder",
    dimension: 128,
    licence: APACHE,
    download: null,
    model: "models/embedder-static",
  },
  {
    name: "all-MiniLM-L6-v2",
    kind: "embedder",
    dimension: 384,
    licence: APACHE,
    ...onHub("sentence-transformers/all-MiniLM-L6-v2", "onnx/model.onnx", 90_405_214),
  },
  {
    name: "bge-small-en-v1.5",
    kind: "embedder",
    dimension: 384,
    licence: { name: "MIT", url: "https://opensource.org/license/mit" },
    ...onHub("BAAI/bge-small-en-v1.5", "onnx/model.onnx", 133_093_490),
  },
  {
    name: "nli-deberta-v3-xsmall",
    kind: "nli",
    dimension: null,
    licence: APACHE,
    ...onHub("cross-encoder/nli-deberta-v3-xsmall", "onnx/model.onnx", null),
  },
];

export const catalogEncoder = (model: string): CatalogEncoder | null =>
  ENCODERS.find((entry) => entry.model === model) ?? null;

export const catalogModel = (model: string): CatalogModel | null =>
  CATALOG.find((entry) => entry.model === model) ?? null;
