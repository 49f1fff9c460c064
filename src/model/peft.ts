/** A LoRA adapter as PEFT keeps it: a folder of adapter_config.json and adapter_model.safetensors. */
import { type FileSource, openFile, readJson } from "../core/files.ts";
import { LoraLayout } from "./loraLayout.ts";
import type { ModelConfig } from "./modelConfig.ts";
import { readPeftConfig, writePeftConfig } from "./peftConfig.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

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

/** @throws LabError not-found; bad-model naming what does not fit this engine or this model */
export async function readPeft(source: FileSource, model: ModelConfig): Promise<LoraWeights> {
  const json = await readJson(source, CONFIG, "bad-model");
  const tensors = await readSafetensors(await openFile(source, WEIGHTS), WEIGHTS);
  const layout = new LoraLayout(model, readPeftConfig(json, CONFIG, tensors.keys()));
  return { layout, flat: await layout.flatten(tensors, WEIGHTS) };
}

/** PEFT's two files, key for key. */
export function peftFiles({ layout, flat }: LoraWeights, baseModel: string | null = null): NamedFile[] {
  return [
    { name: CONFIG, bytes: new TextEncoder().encode(writePeftConfig(layout.config, baseModel)) },
    { name: WEIGHTS, bytes: writeSafetensors(layout.tensors(flat)) },
  ];
}
