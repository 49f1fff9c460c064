/** SmolLM2's published file: the header as the Python package `gguf` reads it, the log-probs as PyTorch computes them. */
import { describe, expect, test } from "vitest";
import { openFile } from "../../src/core/files.ts";
import { fromFolder } from "../../src/lab/files.ts";
import { loadCausalLm } from "../../src/model/causalLm.ts";
import { readGguf } from "../../src/model/gguf.ts";
import { openModelFiles } from "../../src/model/modelFiles.ts";
import { folder, json, sharedFile } from "../helpers/fixtures.ts";
import { testGpu } from "../helpers/gpu.ts";

const path = `${folder("SHARED")}/models/smollm2-135m-instruct`;
const name = "SmolLM2-135M-Instruct.Q4_1.gguf";

interface Greedy {
  greedy: { prompt_ids: number[]; new_ids: number[] };
}

describe("SmolLM2-135M-Instruct", () => {
  test("the header", async () => {
    const { metadata, tensors } = await readGguf(await openFile(fromFolder(path), name), name);
    expect(metadata.size).toBe(33);
    expect(tensors.size).toBe(272);
    expect(metadata.get("tokenizer.ggml.tokens")).toHaveLength(49152);
    expect(metadata.get("tokenizer.ggml.token_type")).toHaveLength(49152);
    expect(metadata.get("tokenizer.ggml.merges")).toHaveLength(48900);
    expect(tensors.get("token_embd.weight")).toMatchObject({ dtype: "Q8_0", shape: [49152, 576] });
    expect(tensors.get("blk.0.ffn_down.weight")).toMatchObject({ dtype: "Q4_1", shape: [576, 1536] });
    expect(tensors.get("blk.0.attn_k.weight")).toMatchObject({ dtype: "Q4_1", shape: [192, 576] });
  });

  test("the config, from the folder and from the file alone", async () => {
    const { config } = await openModelFiles(fromFolder(path));
    expect(config).toMatchObject({
      model_type: "llama",
      vocab_size: 49152,
      hidden_size: 576,
      intermediate_size: 1536,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
      head_dim: 64,
      rms_norm_eps: 1e-5,
      rope_theta: 100000,
      rope_scaling: null,
      max_position_embeddings: 8192,
      tie_word_embeddings: true,
      eos_token_ids: [2],
    });
    expect((await openModelFiles(fromFolder(`${path}/${name}`))).config).toEqual(config);
  });

  test("the words it says", async () => {
    const { greedy } = await json<Greedy>(sharedFile("fixtures/smollm2/smollm2.json"));
    const lm = await loadCausalLm(await testGpu(), fromFolder(path));
    const request = {
      prompt: greedy.prompt_ids,
      max_new_tokens: greedy.new_ids.length,
      stop_ids: [2],
      temperature: 0,
      top_k: 0,
      top_p: 1,
      seed: 0,
    };
    expect(await lm.generate([request], false)).toEqual([greedy.new_ids]);
    lm.destroy();
  });
});
