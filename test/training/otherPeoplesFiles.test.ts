/** Models and adapters as other people's programs leave them (test/fixtures/cases): read, applied and merged as these do. */
import { Tokenizer } from "@huggingface/tokenizers";
import { expect, test } from "vitest";
import { type FileSource, fromBlobs } from "../../src/core/files.ts";
import { type CausalLm, loadCausalLm } from "../../src/model/causalLm.ts";
import { mergedModel } from "../../src/model/mergedModel.ts";
import { openModelFiles } from "../../src/model/modelFiles.ts";
import { readPeft } from "../../src/model/peft.ts";
import { caseSource, readCase } from "../helpers/cases.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";

interface Task {
  model: string; // folder or GGUF file
  adapter?: string; // folder
  ids: number[];
}

/** Log-probabilities of every id after the first, by the adapter where there is one. */
async function scored(source: FileSource, { ids }: Task, adapter?: FileSource): Promise<Float32Array> {
  const lm: CausalLm = await loadCausalLm(await testGpu(), source);
  if (adapter) lm.load("the case's", await readPeft(adapter, lm.config));
  const inference = adapter ? lm.using("the case's") : lm;
  const [[logprobs] = []] = await inference.score(
    [{ context: ids.slice(0, 1), completions: [ids.slice(1)] }],
    adapter !== undefined,
  );
  lm.destroy();
  return logprobs!;
}

test.each([
  "g02-rope-scale-linear",
  "g05-bos-id-none",
  "g06-per-layer-arrays",
  "g07-description-not-utf8",
  "m05-int64-buffer",
  "m06-stale-index",
  "p01-modules-to-save-empty",
  "p03-target-absent-from-model",
])("%s is scored as llama.cpp, Transformers and PEFT score it", async (id) => {
  const files = await readCase<Task, { token_logprobs: number[] }>(id);
  const { model, adapter } = files.case;
  const folder = adapter === undefined ? undefined : caseSource(files, adapter);
  const got = await scored(caseSource(files, model), files.case, folder);
  expectClose(got, files.expected.token_logprobs, { atol: 1e-3, label: id });
});

/** The merged model's files, in memory. */
async function mergedFiles(source: FileSource, adapter: FileSource): Promise<Map<string, Blob>> {
  const base = await openModelFiles(source);
  const out = new Map<string, Blob>();
  for (const { name, pieces } of await mergedModel(source, base, await readPeft(adapter, base.config))) {
    const parts: Blob[] = [];
    for await (const piece of pieces()) parts.push(new Blob([piece]));
    out.set(name, new Blob(parts));
  }
  return out;
}

test("Gemma 3 with its vision tower: scored with the adapter, and merged under the names it came with", async () => {
  const files = await readCase<Task, { token_logprobs: number[] }>("p09-gemma-multimodal-merged");
  const [source, adapter] = [caseSource(files, files.case.model), caseSource(files, files.case.adapter!)];
  const want = files.expected.token_logprobs;
  expectClose(await scored(source, files.case, adapter), want, { atol: 1e-3, label: "adapter" });
  const merged = fromBlobs(await mergedFiles(source, adapter));
  expectClose(await scored(merged, files.case), want, { atol: 1e-3, label: "merged" });
  const [before, after] = [await openModelFiles(source), await openModelFiles(merged)];
  expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
  for (const [name, tensor] of before.tensors)
    if (!/_proj\.weight$/.test(name) || name.startsWith("vision"))
      expect(await after.tensors.get(name)!.read(), name).toEqual(await tensor.read());
});

test("a merged GGUF begins texts as llama.cpp begins them", async () => {
  const files = await readCase<Task, { first_id: number }>("p12-merged-gguf-loses-bos");
  const merged = await mergedFiles(
    caseSource(files, files.case.model),
    caseSource(files, files.case.adapter!),
  );
  const read = async (name: string): Promise<object> => JSON.parse(await merged.get(name)!.text()) as object;
  const tokenizer = new Tokenizer(await read("tokenizer.json"), await read("tokenizer_config.json"));
  expect(tokenizer.encode("a b").ids[0]).toBe(files.expected.first_id);
  expect(tokenizer.encode("a b", { add_special_tokens: false }).ids[0]).not.toBe(files.expected.first_id);
});
