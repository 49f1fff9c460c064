/** The commands that answer a JSONL file line by line. */
import { readText } from "../documents/decode.ts";
import { openModelFiles } from "../model/modelFiles.ts";
import { readPeft } from "../model/peft.ts";
import type { Inference } from "../model/policy.ts";
import { openFolderTokenizer, openModel } from "./engine.ts";
import type { Vocabulary } from "./fields.ts";
import { fromFolder, type Line, parseLines, readBytes, toLines, writeWhole } from "./files.ts";

export interface LineOptions {
  model: string; // folder, or GGUF file
  adapter: string | null; // folder in PEFT's format
  in: string;
  out: string;
}

/** A command: what a line asks, and the answers, one per request and in their order. */
export interface LineCommand<Request> {
  read(lines: Line[], vocabulary: Vocabulary, endTokens: readonly number[]): Request[];
  answer(
    model: Inference,
    requests: Request[],
    adapter: boolean,
    vocabulary: Vocabulary,
    onProgress: (done: number) => void,
  ): Promise<unknown[]>;
}

/** Reads and checks every line before the GPU is opened; writes the answers whole, or nothing. */
export async function answerLines<Request>(
  options: LineOptions,
  command: LineCommand<Request>,
  onProgress: (done: number, of: number) => void,
  onNote: (note: string) => void,
): Promise<void> {
  const { text, notes } = readText(await readBytes(options.in), options.in);
  notes.forEach(onNote);
  const lines = parseLines(text, options.in);
  const { config } = await openModelFiles(fromFolder(options.model));
  const vocabulary = {
    size: config.vocab_size,
    positions: config.max_position_embeddings,
    tokenizer: await openFolderTokenizer(options.model),
  };
  const requests = command.read(lines, vocabulary, vocabulary.tokenizer?.stopIds ?? config.eos_token_ids);

  const { gpu, lm } = await openModel(options.model);
  if (options.adapter !== null)
    lm.load(options.adapter, await readPeft(fromFolder(options.adapter), lm.config));
  const model = options.adapter === null ? lm : lm.using(options.adapter);
  const report = (done: number): void => onProgress(done, requests.length);
  const answers = await command.answer(model, requests, options.adapter !== null, vocabulary, report);
  await writeWhole(options.out, toLines(answers));
  lm.destroy();
  gpu.device.destroy();
}
