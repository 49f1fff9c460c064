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

/** `fan_in_fan_out` is not among them: PEFT itself takes no notice of it where the modules are linear layers, as all of ours. */
const REFUSED = [
  "alora_invocation_tokens",
  "arrow_config",
  "kasa_config",
  "bias",
  "modules_to_save",
  "use_dora",
  "use_qalora",
  "lora_bias",
  "layer_replication",
  "trainable_token_indices",
  "target_parameters",
  "use_bdlora",
] as const;

/** Nothing is set: null, or a list or an object without entries. */
const isEmpty = (value: unknown): boolean =>
  (value ?? null) === null || (typeof value === "object" && Object.keys(value as object).length === 0);

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

/** What adapter_config.json says of the weights beside it. */
export interface PeftConfig {
  lora: LoraConfig;
  baseModel: string | null; // base_model_name_or_path
  layers: ReadonlySet<number> | null; // layers_to_transform; null: all
  everyModule: boolean; // every target has its tensors on every one of these layers; else the tensors say where they are
}

/** A pair's tensor in the weights: the module it is for, and its rank. */
export interface PeftTensor {
  module: string; // its full name in the base, "model.layers.0.self_attn.q_proj"
  rank: number;
}

/**
 * Reads adapter_config.json; `tensors` are the lora_A of the weights beside it, `others` the names of what else is there.
 * @throws LabError bad-model naming what this engine cannot do
 */
export function readPeftConfig(
  json: unknown,
  file: string,
  tensors: readonly PeftTensor[],
  others: readonly string[] = [],
): PeftConfig {
  const c = (json ?? {}) as Record<string, unknown>;
  const bad = (what: string) => new LabError("bad-model", `${file}: ${what}`);
  if (c.peft_type !== "LORA") throw bad(`peft_type is ${show(c.peft_type)}; this lab reads "LORA"`);
  const biases = others.some((name) => name.endsWith(".bias"));
  for (const key of REFUSED) {
    const usual = DEFAULTS[key];
    const idle = key === "bias" && !biases && typeof c.bias === "string"; // of a base that has none
    if (!isEmpty(c[key]) && c[key] !== usual && !idle)
      throw bad(`${key} is ${show(c[key])}; this lab supports ${show(usual)} only`);
  }
  if (typeof c.init_lora_weights === "string" && CHANGES_BASE.test(c.init_lora_weights.toLowerCase()))
    throw bad(
      `init_lora_weights is "${c.init_lora_weights}", which changed the base too; save the adapter with PEFT's path_initial_model_for_weight_conversion`,
    );
  if (!Number.isInteger(c.r) || (c.r as number) < 1) throw bad(`r must be an integer ≥ 1, got ${show(c.r)}`);
  if (typeof c.lora_alpha !== "number" || !(c.lora_alpha > 0))
    throw bad(`lora_alpha must be a number > 0, got ${show(c.lora_alpha)}`);
  const another = tensors.find(({ rank }) => rank !== c.r);
  if (!isEmpty(c.rank_pattern) && another)
    throw bad(
      `rank_pattern gives ${another.module} rank ${another.rank}, r is ${show(c.r)}; this lab has one r for all modules`,
    );
  for (const [key, alpha] of Object.entries((c.alpha_pattern ?? {}) as object)) {
    if (alpha !== c.lora_alpha && tensors.some(({ module }) => mayName(key, module)))
      throw bad(
        `alpha_pattern gives ${show(key)} ${show(alpha)}, lora_alpha is ${c.lora_alpha}; this lab has one for all modules`,
      );
  }
  const names = tensors.map(({ module }) => module);
  return {
    lora: {
      r: c.r as number,
      lora_alpha: c.lora_alpha,
      use_rslora: c.use_rslora === true,
      ...targetsOf(c, names, bad),
    },
    baseModel: typeof c.base_model_name_or_path === "string" ? c.base_model_name_or_path || null : null,
    layers: layersOf(c.layers_to_transform, bad),
    everyModule: namesEveryModule(c),
  };
}

/**
 * Whether a key of a pattern can be a module's name: PEFT matches it as a regular expression at the name's end. A stranger's
 * expression is not run: one that is more than a name may be any.
 */
function mayName(key: string, module: string): boolean {
  const name = key.replace(/^\^/, "").replace(/\$$/, "").replaceAll("\\.", ".");
  if (!/^[\w.]+$/.test(name)) return true;
  return module === name || (!key.startsWith("^") && module.endsWith(`.${name}`));
}

/** @throws LabError bad-model */
function layersOf(value: unknown, bad: (what: string) => LabError): ReadonlySet<number> | null {
  if (isEmpty(value)) return null;
  const layers = Array.isArray(value) ? value : [value];
  if (layers.every((layer) => Number.isInteger(layer))) return new Set(layers);
  throw bad(`layers_to_transform is ${show(value)}; it must be a list of numbers`);
}

const isKnown = (name: unknown): boolean => (TARGET_MODULES as readonly unknown[]).includes(name);
const isAllLinear = (value: unknown): boolean =>
  typeof value === "string" && value.toLowerCase() === "all-linear";

/** Whether the targets are told by plain names, so that none may be missing. Names of other families are passed over. */
function namesEveryModule({ target_modules, exclude_modules }: Record<string, unknown>): boolean {
  if (!isEmpty(exclude_modules)) return false;
  if (!Array.isArray(target_modules)) return isAllLinear(target_modules);
  return target_modules.every((name) => isKnown(name) || (typeof name === "string" && !name.includes(".")));
}

/**
 * The modules an adapter is for. PEFT takes a list of names or of their endings, "all-linear", or a regular expression over
 * full names. Beyond plain names it is the tensors that say which modules were meant, so that no stranger's expression is run.
 */
function targetsOf(
  c: Record<string, unknown>,
  modules: readonly string[],
  bad: (what: string) => LabError,
): Pick<LoraConfig, "target_modules"> {
  const { target_modules } = c;
  const told = show(target_modules);
  if (Array.isArray(target_modules)) {
    if (!target_modules.some((name) => typeof name === "string" && isKnown(name.split(".").at(-1))))
      throw bad(`target_modules is ${told}; this lab knows ${TARGET_MODULES.join(", ")}`);
  } else if (typeof target_modules !== "string") {
    throw bad(`target_modules is ${told}; it must be a list of names, "all-linear" or a regular expression`);
  }
  const plain: readonly unknown[] = Array.isArray(target_modules) ? target_modules : TARGET_MODULES;
  const met = namesEveryModule(c) ? plain : modules.map((module) => module.split(".").at(-1));
  const targets = TARGET_MODULES.filter((module) => met.includes(module));
  if (targets.length === 0)
    throw bad(`target_modules is ${told}, but the file has no tensor of ${TARGET_MODULES.join(", ")}`);
  return { target_modules: targets };
}
