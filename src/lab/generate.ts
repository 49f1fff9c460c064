/** `generate`: continues prompts, greedily or sampled with a seed. */
import { LabError } from "../core/errors.ts";
import type { GenerateRequest } from "../model/policy.ts";
import { checkLength, idsOf, numberOf } from "./fields.ts";
import type { LineCommand } from "./lines.ts";

export interface GenerateLine {
  ids: number[]; // the new tokens, a stop token included
  text: string | null; // null where the model's folder has no tokenizer
}

/**
 * `{"prompt"|"prompt_ids", "max_new_tokens", "stop_ids"?, "temperature"?, "top_k"?, "top_p"?, "seed"?}` gives a
 * `GenerateLine`. `stop_ids` is by default the model's end tokens, [] never stops.
 */
export const generateCommand: LineCommand<GenerateRequest> = {
  read: (lines, vocabulary, endTokens) =>
    lines.map((line) => {
      const { where, fields } = line;
      const prompt = idsOf(line, "prompt", vocabulary);
      if (prompt.length === 0) {
        throw new LabError("bad-data", `${where}: the prompt is empty; give it a begin token at least`);
      }
      const max_new_tokens = numberOf(line, "max_new_tokens", { min: 1, whole: true });
      checkLength(line, prompt.length + max_new_tokens, vocabulary);
      return {
        prompt,
        max_new_tokens,
        stop_ids: fields.stop_ids === undefined ? [...endTokens] : idsOf(line, "stop", vocabulary),
        temperature: numberOf(line, "temperature", { min: 0, whole: false, fallback: 0 }),
        top_k: numberOf(line, "top_k", { min: 0, whole: true, fallback: 0 }),
        top_p: numberOf(line, "top_p", { min: 0, max: 1, whole: false, fallback: 1 }),
        seed: numberOf(line, "seed", { min: 0, whole: true, fallback: 0 }),
      };
    }),

  async answer(model, requests, adapter, { tokenizer }, onProgress) {
    const generated = await model.generate(requests, adapter, onProgress);
    return generated.map((ids): GenerateLine => ({ ids, text: tokenizer?.decode(ids) ?? null }));
  },
};
