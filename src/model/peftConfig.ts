/** adapter_config.json as PEFT 0.21 writes it: the fields we set, and the defaults of all the others. */
import { TARGET_MODULES, type TargetModule } from "../core/config.ts";
import { LabError } from "../core/errors.ts";

/** What of PEFT's LoraConfig shapes the computation. Field names are PEFT's. */
export interface LoraConfig {
  r: number;
  lora_alpha: number;
  target_modules: TargetModule[];
  use_rslora: boolean;
}

/** How much of B·A is added: lora_alpha / r, or / √r with use_rslora (PEFT). */
export const scalingOf = (c: LoraConfig): number => c.lora_alpha / (c.use_rslora ? Math.sqrt(c.r) : c.r);

/** The fields this engine leaves at PEFT's defaults; it refuses an adapter that sets one of `REFUSED` otherwise. */
const DEFAULTS = {
  alora_invocation_tokens: null,
  alpha_pattern: {},
  arrow_config: null,
  auto_mapping: null,
  bias: "none",
  corda_config: null,
  ensure_weight_tying: false,
  eva_config: null,
  exclude_modules: null,
  fan_in_fan_out: false,
  inference_mode: true,
  init_lora_weights: true,
  kasa_config: null,
  layer_replication: null,
  layers_pattern: null,
  layers_to_transform: null,
  loftq_config: {},
  lora_bias: false,
  lora_dropout: 0.0,
  lora_ga_config: null,
  megatron_config: null,
  megatron_core: "megatron.core",
  modules_to_save: null,
  monteclora_config: null,
  peft_type: "LORA",
  peft_version: "0.21.2",
  qalora_group_size: 16,
  rank_pattern: {},
  revision: null,
  target_parameters: null,
  task_type: "CAUSAL_LM",
  trainable_token_indices: null,
  use_bdlora: null,
  use_dora: false,
  use_qalora: false,
  velora_config: null,
};

const REFUSED = [
  "bias",
  "fan_in_fan_out",
  "modules_to_save",
  "use_dora",
  "use_qalora",
  "lora_bias",
  "layers_to_transform",
  "layer_replication",
  "trainable_token_indices",
  "target_parameters",
] as const;

/** The text of adapter_config.json, keys sorted and indented as PEFT does. */
export function writePeftConfig(config: LoraConfig, baseModel: string | null): string {
  const all: Record<string, unknown> = {
    ...DEFAULTS,
    base_model_name_or_path: baseModel,
    r: config.r,
    lora_alpha: config.lora_alpha,
    target_modules: config.target_modules,
    use_rslora: config.use_rslora,
  };
  return JSON.stringify(
    Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))),
    null,
    2,
  );
}

/**
 * Reads adapter_config.json.
 * @throws LabError bad-model naming what this engine cannot do
 */
export function readPeftConfig(json: unknown, file: string): LoraConfig {
  const c = (json ?? {}) as Record<string, unknown>;
  const bad = (what: string) => new LabError("bad-model", `${file}: ${what}`);
  if (c.peft_type !== "LORA") throw bad(`peft_type is ${JSON.stringify(c.peft_type)}; this lab reads "LORA"`);
  for (const key of REFUSED) {
    const value = c[key] ?? null;
    const usual = DEFAULTS[key];
    if (value !== null && value !== usual)
      throw bad(`${key} is ${JSON.stringify(value)}; this lab supports ${JSON.stringify(usual)} only`);
  }
  for (const key of ["rank_pattern", "alpha_pattern"]) {
    if (Object.keys((c[key] ?? {}) as object).length > 0)
      throw bad(`${key} is set; this lab has one r and one lora_alpha for all modules`);
  }
  if (!Number.isInteger(c.r) || (c.r as number) < 1)
    throw bad(`r must be an integer ≥ 1, got ${JSON.stringify(c.r)}`);
  if (typeof c.lora_alpha !== "number" || !(c.lora_alpha > 0))
    throw bad(`lora_alpha must be a number > 0, got ${JSON.stringify(c.lora_alpha)}`);
  const names = Array.isArray(c.target_modules) ? c.target_modules : [];
  const unknown = names.filter((n) => !(TARGET_MODULES as readonly unknown[]).includes(n));
  if (names.length === 0 || unknown.length > 0) {
    throw bad(
      `target_modules is ${JSON.stringify(c.target_modules)}; this lab knows ${TARGET_MODULES.join(", ")}`,
    );
  }
  return {
    r: c.r as number,
    lora_alpha: c.lora_alpha,
    target_modules: TARGET_MODULES.filter((m) => names.includes(m)),
    use_rslora: c.use_rslora === true,
  };
}
