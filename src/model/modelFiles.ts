/** A model wherever its files lie: config.json and safetensors, or one GGUF. Both give the same config and tensor names. */
import { LabError, show } from "../core/errors.ts";
import { decodeText, type FileSource, openFile, parseJson, readJson, readOptional } from "../core/files.ts";
import type { Json } from "./families/family.ts";
import { type GgufMetadata, readGguf } from "./gguf.ts";
import { configOfGguf } from "./ggufConfig.ts";
import { tensorsOfGguf } from "./ggufTensors.ts";
import { type ModelConfig, parseModelConfig } from "./modelConfig.ts";
import { readSafetensors } from "./safetensors.ts";
import type { Tensor } from "./tensor.ts";

export interface ModelFiles {
  config: ModelConfig;
  configJson: Json; // config.json, or what stands for it in a GGUF
  tensors: ReadonlyMap<string, Tensor>; // by the names of Hugging Face's state dict
  gguf: { name: string; metadata: GgufMetadata } | null;
}

/** Reads what a model's files say of themselves; the weights stay where they are. @throws LabError bad-model, not-found */
export async function openModelFiles(source: FileSource): Promise<ModelFiles> {
  const name = await ggufOf(source);
  if (name === null) {
    const configJson = (await readJson(source, "config.json", "bad-model")) as Json;
    return {
      config: parseModelConfig(configJson),
      configJson,
      tensors: await readShards(source),
      gguf: null,
    };
  }
  const gguf = await readGguf(await openFile(source, name), name);
  const configJson = await configOfGguf(gguf, name);
  const config = parseModelConfig(configJson, name);
  return {
    config,
    configJson,
    tensors: tensorsOfGguf(gguf, config, name),
    gguf: { name, metadata: gguf.metadata },
  };
}

/** The name of the folder's GGUF file; null where it has safetensors, or does not say what it has. */
export async function ggufOf(source: FileSource): Promise<string | null> {
  const names = (await source.list?.()) ?? [];
  const ggufs = names.filter((name) => /\.gguf$/i.test(name));
  if (names.includes("config.json") && names.some((name) => name.endsWith(".safetensors"))) return null;
  if (ggufs.length > 1)
    throw new LabError(
      "bad-model",
      `there are several models here: ${ggufs.sort().join(", ")}; name one of them`,
    );
  return ggufs[0] ?? null;
}

const INDEX = "model.safetensors.index.json";

/** The tensors of one safetensors file, or of several with an index. */
async function readShards(source: FileSource): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const file of await shardNames(source)) {
    for (const [name, tensor] of await readSafetensors(await openFile(source, file), file)) {
      if (tensors.has(name)) throw new LabError("bad-model", `${file}: ${name} is in another file too`);
      tensors.set(name, tensor);
    }
  }
  return tensors;
}

async function shardNames(source: FileSource): Promise<string[]> {
  const bytes = await readOptional(source, INDEX);
  if (bytes === null) return ["model.safetensors"];
  const index = parseJson(decodeText(bytes, INDEX, "bad-model"), INDEX, "bad-model") as {
    weight_map?: unknown;
  } | null;
  const map = index?.weight_map;
  if (typeof map !== "object" || map === null) throw new LabError("bad-model", `${INDEX} has no weight_map`);
  const files = [...new Set<unknown>(Object.values(map))].map((file) => {
    if (typeof file === "string" && /^[^/\\]+\.safetensors$/.test(file)) return file;
    throw new LabError("bad-model", `${INDEX} names ${show(file)}, which is no file of this folder`);
  });
  return files.sort();
}
