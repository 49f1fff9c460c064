/** adapter_config.json as PEFT 0.21 writes it: the fields we set, and the defaults of all the others. */
import { TARGET_MODULES, type TargetModule } from "../core/config.ts";
import { LabError, show } from "../core/errors.ts";

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
  "alora_invocation_tokens",
  "arrow_config",
  "kasa_config",
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
  "use_bdlora",
] as const;

/** Initialisations that take something out of the base's weights, which the base as published still has. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/;

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
 * Reads adapter_config.json; `tensorNames` are those of the weights beside it.
 * @throws LabError bad-model naming what this engine cannot do
 */
export function readPeftConfig(json: unknown, file: string, tensorNames: Iterable<string>): LoraConfig {
  const c = (json ?? {}) as Record<string, unknown>;
  const bad = (what: string) => new LabError("bad-model", `${file}: ${what}`);
  if (c.peft_type !== "LORA") throw bad(`peft_type is ${show(c.peft_type)}; this lab reads "LORA"`);
  for (const key of REFUSED) {
    const value = c[key] ?? null;
    const usual = DEFAULTS[key];
    if (value !== null && value !== usual)
      throw bad(`${key} is ${show(value)}; this lab supports ${show(usual)} only`);
  }
  if (typeof c.init_lora_weights === "string" && CHANGES_BASE.test(c.init_lora_weights.toLowerCase()))
    throw bad(
      `init_lora_weights is "${c.init_lora_weights}", which changed the base too; save the adapter with PEFT's path_initial_model_for_weight_conversion`,
    );
  for (const key of ["rank_pattern", "alpha_pattern"]) {
    if (Object.keys((c[key] ?? {}) as object).length > 0)
      throw bad(`${key} is set; this lab has one r and one lora_alpha for all modules`);
  }
  if (!Number.isInteger(c.r) || (c.r as number) < 1) throw bad(`r must be an integer ≥ 1, got ${show(c.r)}`);
  if (typeof c.lora_alpha !== "number" || !(c.lora_alpha > 0))
    throw bad(`lora_alpha must be a number > 0, got ${show(c.lora_alpha)}`);
  return {
    r: c.r as number,
    lora_alpha: c.lora_alpha,
    target_modules: targetsOf(c, tensorNames, bad),
    use_rslora: c.use_rslora === true,
  };
}

/**
 * The modules an adapter is for. PEFT takes a list of names or of their endings, "all-linear", or a regular expression over
 * full names. Beyond plain names it is the tensors that say which modules were meant, so that no stranger's expression is run.
 */
function targetsOf(
  { target_modules, exclude_modules }: Record<string, unknown>,
  tensorNames: Iterable<string>,
  bad: (what: string) => LabError,
): TargetModule[] {
  const told = show(target_modules);
  const known = TARGET_MODULES as readonly unknown[];
  if (Array.isArray(target_modules)) {
    const names = target_modules.map((name) => (typeof name === "string" ? name.split(".").at(-1) : null));
    if (names.length === 0 || !names.every((name) => known.includes(name)))
      throw bad(`target_modules is ${told}; this lab knows ${TARGET_MODULES.join(", ")}`);
  } else if (typeof target_modules !== "string") {
    throw bad(`target_modules is ${told}; it must be a list of names, "all-linear" or a regular expression`);
  }
  const all =
    typeof target_modules === "string" && target_modules.toLowerCase() === "all-linear"
      ? TARGET_MODULES
      : target_modules;
  const plain =
    typeof all !== "string" && (exclude_modules ?? null) === null && all.every((n) => known.includes(n));
  const met = plain ? all : Array.from(tensorNames, (name) => /\.(\w+)\.lora_A\.weight$/.exec(name)?.[1]);
  const targets = TARGET_MODULES.filter((module) => met.includes(module));
  if (targets.length === 0)
    throw bad(`target_modules is ${told}, but the file has no tensor of ${TARGET_MODULES.join(", ")}`);
  return targets;
}
