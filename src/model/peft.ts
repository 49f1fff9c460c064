/** A LoRA adapter as PEFT keeps it: a folder of adapter_config.json and adapter_model.safetensors. */
import { type FileSource, openFile, readJson } from "../core/files.ts";
import { families } from "./families/registry.ts";
import { LoraLayout } from "./loraLayout.ts";
import type { ModelConfig } from "./modelConfig.ts";
import { type PeftTensor, readPeftConfig, writePeftConfig } from "./peftConfig.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { type Tensor, toFloat32 } from "./tensor.ts";

const CONFIG = "adapter_config.json";
const WEIGHTS = "adapter_model.safetensors";

/** An adapter's values, wherever they are from: a file, the GPU, a checkpoint. */
export interface LoraWeights {
  layout: LoraLayout;
  flat: Float32Array<ArrayBuffer>; // (layout.size)
}

export interface NamedFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** An adapter of a PEFT folder. */
export interface PeftAdapter extends LoraWeights {
  baseModel: string | null; // what it says it was made for
  beyond: readonly string[]; // tensors by which it changes something else than the language model: not read
}

/** @throws LabError not-found; bad-model naming what does not fit this engine or this model */
export async function readPeft(source: FileSource, model: ModelConfig): Promise<PeftAdapter> {
  const json = await readJson(source, CONFIG, "bad-model");
  const tensors = new Map<string, Tensor>();
  const beyond: string[] = [];
  for (const [name, tensor] of await readSafetensors(await openFile(source, WEIGHTS), WEIGHTS)) {
    const known = nameInFile(name, model);
    if (known !== null) tensors.set(known, tensor);
    else if (name.includes(".lora_B.") && (await toFloat32(tensor)).some((x) => x !== 0)) beyond.push(name);
  }
  const pairs = Array.from(tensors, ([name, { shape }]): PeftTensor | null => {
    const module = /^base_model\.model\.(.+)\.lora_A\.weight$/.exec(name)?.[1];
    return module === undefined ? null : { module, rank: shape[0] ?? 0 };
  });
  const { lora, baseModel, layers, everyModule } = readPeftConfig(
    json,
    CONFIG,
    pairs.filter((pair) => pair !== null),
    [...tensors.keys()],
  );
  const layout = new LoraLayout(model, lora);
  const flat = await layout.flatten(tensors, WEIGHTS, ({ layer }) =>
    layers?.has(layer) === false ? "not" : everyModule ? "must" : "may",
  );
  return { layout, flat, baseModel, beyond };
}

/**
 * A tensor's name as PEFT's files have it for the language model alone: without the adapter's own name, which some files have,
 * and as the family names its modules; null for a part that is not of the language model.
 */
function nameInFile(name: string, model: ModelConfig): string | null {
  const [, module, part] = /^(?:base_model\.model\.)?(.+)\.(lora_[AB])(?:\.\w+)?\.weight$/.exec(name) ?? [];
  if (module === undefined) return name;
  const { rename = (known: string) => known } = families[model.model_type]!;
  const known = rename(module);
  return known && `base_model.model.${known}.${part}.weight`;
}

/** PEFT's two files, key for key. */
export function peftFiles({ layout, flat }: LoraWeights, baseModel: string | null = null): NamedFile[] {
  return [
    { name: CONFIG, bytes: new TextEncoder().encode(writePeftConfig(layout.config, baseModel)) },
    { name: WEIGHTS, bytes: writeSafetensors(layout.tensors(flat)) },
  ];
}
