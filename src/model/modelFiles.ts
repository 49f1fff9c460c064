/** A model wherever its files lie: config.json and safetensors, or one GGUF. Both give the same config and tensor names. */
import { LabError, show } from "../core/errors.ts";
import {
  decodeText,
  type FileSource,
  openFile,
  parseJson,
  type RandomAccess,
  readJson,
  readOptional,
} from "../core/files.ts";
import type { Json } from "./families/family.ts";
import { type GgufMetadata, readGguf } from "./gguf.ts";
import { configOfGguf } from "./ggufConfig.ts";
import { tensorsOfGguf } from "./ggufTensors.ts";
import { type ModelConfig, parseModelConfig } from "./modelConfig.ts";
import { readSafetensors } from "./safetensors.ts";
import type { OtherTensor, Tensor } from "./tensor.ts";

export interface ModelFiles {
  config: ModelConfig;
  configJson: Json; // config.json, or what stands for it in a GGUF
  tensors: ReadonlyMap<string, Tensor>; // by the names of the files, of a GGUF by those of Hugging Face's state dict
  others: ReadonlyMap<string, OtherTensor>; // what lies beside the weights
  gguf: { name: string; metadata: GgufMetadata } | null;
}

/** Reads what a model's files say of themselves; the weights stay where they are. @throws LabError bad-model, not-found */
export async function openModelFiles(source: FileSource): Promise<ModelFiles> {
  const name = await ggufOf(source);
  if (name === null) {
    const configJson = (await readJson(source, "config.json", "bad-model")) as Json;
    const config = parseModelConfig(configJson);
    return { config, configJson, ...(await readShards(source)), gguf: null };
  }
  const gguf = await readGguf(await openFile(source, name), name);
  const configJson = await configOfGguf(gguf, name);
  const config = parseModelConfig(configJson, name);
  return {
    config,
    configJson,
    tensors: tensorsOfGguf(gguf, config, name),
    others: new Map(),
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

/** What the model calls itself: its repository where the file names one. Null where it says nothing. */
export function ownName({ gguf, configJson }: Pick<ModelFiles, "gguf" | "configJson">): string | null {
  const told = gguf
    ? ["general.source.huggingface.repository", "general.repo_url", "general.name"].map((key) =>
        gguf.metadata.get(key),
      )
    : [configJson._name_or_path];
  const name = told.find((value) => typeof value === "string" && value !== "");
  return typeof name === "string" ? name.replace(/^https:\/\/huggingface\.co\//, "") : null;
}

const WHOLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/** The tensors of one safetensors file, or of several with an index. */
async function readShards(source: FileSource): Promise<Pick<ModelFiles, "tensors" | "others">> {
  const tensors = new Map<string, Tensor>();
  const others = new Map<string, OtherTensor>();
  for (const { name, file } of await openShards(source)) {
    for (const [tensor, value] of await readSafetensors(file, name, others)) {
      if (tensors.has(tensor)) throw new LabError("bad-model", `${name}: ${tensor} is in another file too`);
      tensors.set(tensor, value);
    }
  }
  return { tensors, others };
}

interface Shard {
  name: string;
  file: RandomAccess;
}

/** A whole model.safetensors goes before an index that does not name it, as in Transformers: it is another build's. */
async function openShards(source: FileSource): Promise<Shard[]> {
  const whole = await openOptional(source, WHOLE);
  const index = await readOptional(source, INDEX);
  const stale = index === null || !new TextDecoder().decode(index).includes(`"${WHOLE}"`);
  if (whole !== null && stale) return [{ name: WHOLE, file: whole }];
  const names = index === null ? [WHOLE] : shardsIn(index); // the first says that it is not there
  return Promise.all(names.map(async (name) => ({ name, file: await openFile(source, name) })));
}

/** The file, or null where it is not there. */
async function openOptional(source: FileSource, name: string): Promise<RandomAccess | null> {
  try {
    return await openFile(source, name);
  } catch (error) {
    if (error instanceof LabError && error.code === "not-found") return null;
    throw error;
  }
}

/** The files that an index names. @throws LabError bad-model */
function shardsIn(bytes: Uint8Array): string[] {
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
