import { expect, test } from "vitest";
import { parseModelConfig, ropeTable } from "../../src/model/modelConfig.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json, publicFile } from "../helpers/fixtures.ts";

const pocket = () => json<Record<string, unknown>>(publicFile("models/pocket/config.json"));

test("published form and Transformers 5's form of the rotary settings", async () => {
  const published = parseModelConfig(await pocket());
  expect(published).toMatchObject({
    rope_theta: 10000,
    rope_scaling: null,
    head_dim: 32,
    eos_token_ids: [2],
  });
  const five = parseModelConfig(await json(fixture("llama3-rope/model/config.json")));
  expect(five).toMatchObject({
    rope_theta: 500000,
    rope_scaling: { factor: 32, original_max_position_embeddings: 64 },
  });
});

test("the rotation table holds cos and sin of position × frequency", async () => {
  const config = parseModelConfig(await pocket());
  const table = ropeTable(config, 4);
  expect(table).toHaveLength(4 * 16 * 2);
  const angle = 3 / 10000 ** (4 / 32);
  expectClose(table.slice((3 * 16 + 2) * 2, (3 * 16 + 2) * 2 + 2), [Math.cos(angle), Math.sin(angle)], {
    atol: 1e-6,
  });
});

test.each([
  [{ model_type: "gpt2" }, /model_type is "gpt2"/],
  [{ hidden_size: 0 }, /hidden_size must be a positive integer, got 0/],
  [{ hidden_size: 130 }, /hidden_size is 130; the kernels need a multiple of 16/],
  [{ num_key_value_heads: 3 }, /4 heads cannot share 3/],
  [{ attention_bias: true }, /attention_bias is true/],
  [{ rope_scaling: { rope_type: "yarn" } }, /rope_type "yarn" is not implemented/],
] as const)("%j is refused by name", async (change, message) => {
  const config = { ...(await pocket()), ...change };
  expect(() => parseModelConfig(config)).toThrow(message);
});
