/** The engine in Node: a GPU, a model folder, its tokenizer. */

import { type FileSource, openFile } from "../core/files.ts";
import { type Fit, fitTo, isBuiltIn, parametersOf } from "../core/fit.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { type CausalLm, type LoadOptions, loadCausalLm } from "../model/causalLm.ts";
import { readGguf } from "../model/gguf.ts";
import { shapeOf } from "../model/modelConfig.ts";
import { ggufOf, openModelFiles } from "../model/modelFiles.ts";
import { openTextTokenizer, type TextTokenizer } from "../model/tokenizer.ts";
import { readTokenizerFiles } from "../model/tokenizerFiles.ts";
import { fromFolder } from "./files.ts";
import { nodeGpu } from "./nodeGpu.ts";

/** The defaults that fit a model, by what its files say of it, and so many questions. @throws LabError not-found, bad-model */
export async function fitOf(folder: string, questions: number): Promise<Fit> {
  const { config } = await openModelFiles(fromFolder(folder));
  const shape = shapeOf(config);
  return fitTo({ builtIn: isBuiltIn(shape), parameters: parametersOf(shape), questions });
}

/** @throws LabError no-adapter, not-found, bad-model */
export async function openModel(
  folder: string,
  options: LoadOptions = {},
): Promise<{ gpu: Gpu; lm: CausalLm }> {
  const gpu = await openGpu({ gpu: await nodeGpu() });
  return { gpu, lm: await loadCausalLm(gpu, fromFolder(folder), options) };
}

/** The model's tokenizer, or null where its folder or GGUF file has none: ids need none. @throws LabError bad-model */
export async function openFolderTokenizer(folder: string): Promise<TextTokenizer | null> {
  const source = fromFolder(folder);
  const gguf = await ggufOf(source);
  const has = gguf === null ? (await source.list!()).includes("tokenizer.json") : await speaks(source, gguf); // folders list
  return has ? openTextTokenizer(await readTokenizerFiles(source)) : null;
}

/** Whether a GGUF file has a tokenizer; llama.cpp's converter writes "no_vocab" or "none" where it was told to leave it out. */
async function speaks(source: FileSource, name: string): Promise<boolean> {
  const { metadata } = await readGguf(await openFile(source, name), name);
  return !["no_vocab", "none", undefined].includes(
    metadata.get("tokenizer.ggml.model") as string | undefined,
  );
}
