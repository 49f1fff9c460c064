/** Where a model's tokenizer is found: in the files of its folder, or in the metadata of its GGUF file. */
import { decodeText, type FileSource, openFile, parseJson, readJson, readOptional } from "../core/files.ts";
import { readGguf } from "./gguf.ts";
import { tokenizerFilesOfGguf } from "./ggufTokenizer.ts";
import { ggufOf } from "./modelFiles.ts";
import { type ChatTokenizer, openTokenizer, type TokenizerFiles } from "./tokenizer.ts";
import { readListed } from "./tokens/readListed.ts";

type Json = Record<string, unknown>;

/** Opens the tokenizer of a model, with its chat template. @throws LabError bad-model, not-found */
export async function loadTokenizer(source: FileSource): Promise<ChatTokenizer> {
  return openTokenizer(await readTokenizerFiles(source));
}

/** @throws LabError bad-model for a file that is not what it should be, not-found without a tokenizer.json or a GGUF */
export async function readTokenizerFiles(source: FileSource): Promise<TokenizerFiles> {
  const name = await ggufOf(source);
  if (name === null) return readFolder(source);
  return tokenizerFilesOfGguf((await readGguf(await openFile(source, name), name)).metadata, name);
}

/** tokenizer.json, tokenizer_config.json, and the chat template where it is apart. */
async function readFolder(source: FileSource): Promise<TokenizerFiles> {
  const optional = async (name: string): Promise<string | null> => {
    const bytes = await readOptional(source, name);
    return bytes && decodeText(bytes, name, "bad-model");
  };
  const optionalJson = async (name: string): Promise<Json> =>
    (parseJson((await optional(name)) ?? "{}", name, "bad-model") ?? {}) as Json;

  const text = decodeText(await source("tokenizer.json"), "tokenizer.json", "bad-model");
  const tokenizer = readListed(text) ?? parseJson(text, "tokenizer.json", "bad-model");
  const config = ((await readJson(source, "config.json", "bad-model")) ?? {}) as Json;
  const model = { ...(config.text_config as object), ...config } as TokenizerFiles["model"]; // nested where a model sees images
  const generation = await optionalJson("generation_config.json"); // often names more end tokens than config.json
  const tokenizerConfig = await optionalJson("tokenizer_config.json");
  const processor = await optionalJson("chat_template.json"); // where a model sees images, older files have it here
  const chat_template =
    (await optional("chat_template.jinja")) ?? tokenizerConfig.chat_template ?? processor.chat_template;
  return {
    tokenizer,
    tokenizerConfig: chat_template === undefined ? tokenizerConfig : { ...tokenizerConfig, chat_template },
    model: { ...model, eos_token_id: [model.eos_token_id, generation.eos_token_id].flat() },
  };
}
