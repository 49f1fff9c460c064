/** Whether one text follows from another, by an NLI cross-encoder in ONNX (method.md §4, "entailed"). */
import { LabError } from "../core/errors.ts";
import { type FileSource, readJson } from "../core/files.ts";
import type { Entail, TextPair } from "../core/run.ts";
import { openEncoder } from "./encoder.ts";

const MAX_TOKENS = 512; // of a pair: the premise's end is cut

/**
 * Opens the cross-encoder of a folder as Hugging Face has it: onnx/model.onnx (output logits (1, labels)), tokenizer.json
 * and config.json, whose id2label says which logit is the entailment. A pair asked before is remembered.
 * @throws LabError not-found for a missing file; bad-model naming the file that is not what it should be
 */
export async function openNli(files: FileSource): Promise<Entail> {
  const { labels, entailment } = await readLabels(files);
  const encoder = await openEncoder(files, { maxTokens: MAX_TOKENS, specialTokens: true });
  const known = new Map<string, number>(); // many answers say the same sentence of the same passage

  /** One pair at a time: what a quantised model says depends on its batch, and a run resumes to the same bits. */
  const ask = async ({ premise, hypothesis }: TextPair): Promise<number> => {
    const { logits } = (await encoder.run([encoder.encode(premise, hypothesis)])).outputs;
    const values = logits?.data;
    if (!(values instanceof Float32Array) || values.length !== labels) {
      throw new LabError(
        "bad-model",
        `the model gives logits of the shape (${logits?.dims.join(", ") ?? "none"}), config.json names ${labels} labels`,
      );
    }
    return softmaxAt(values, entailment);
  };

  return async (pairs) => {
    const found: number[] = [];
    for (const pair of pairs) {
      const key = JSON.stringify([pair.premise, pair.hypothesis]);
      const p = known.get(key) ?? (await ask(pair));
      known.set(key, p);
      found.push(p);
    }
    return found;
  };
}

function softmaxAt(logits: Float32Array, index: number): number {
  const highest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - highest));
  const p = weights[index]! / weights.reduce((a, b) => a + b, 0);
  if (Number.isFinite(p)) return p;
  throw new LabError("not-finite", `the entailment model gives the logits ${logits.join(", ")}`);
}

/** How many labels there are, and which one says that the second text follows from the first. */
async function readLabels(files: FileSource): Promise<{ labels: number; entailment: number }> {
  const { id2label } = (await readJson(files, "config.json", "bad-model")) as { id2label?: unknown };
  const labels = Object.entries((id2label ?? {}) as Record<string, unknown>);
  const found = labels.filter(([, label]) => /^entail(ment|s|ed)?$/i.test(String(label)));
  const entailment = Number(found[0]?.[0]);
  if (found.length === 1 && Number.isInteger(entailment) && entailment >= 0 && entailment < labels.length)
    return { labels: labels.length, entailment };
  const names = labels.map(([id, label]) => `${id} ${label}`).join(", ") || "no labels";
  throw new LabError(
    "bad-model",
    `config.json's id2label has ${names}: exactly one must be called entailment`,
  );
}
