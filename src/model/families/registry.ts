import type { Family } from "./family.ts";
import { gemma3 } from "./gemma3.ts";
import { llama } from "./llama.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";

/** By model_type, as config.json writes it. */
export const families: Readonly<Record<string, Family>> = {
  llama,
  qwen2,
  qwen3,
  gemma3,
  gemma3_text: gemma3,
};
