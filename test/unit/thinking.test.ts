import { describe, expect, test } from "vitest";
import { COMMON_WORDS } from "../../src/core/modelWords.ts";
import type { GenerateRequest } from "../../src/model/policy.ts";
import { openTokenizer } from "../../src/model/tokenizer.ts";
import { askFreely } from "../../src/train/inspect.ts";
import { splitThinking } from "../../src/train/response.ts";
import { standIn } from "../helpers/standIn.ts";
import { readFamily } from "../helpers/tokenizers.ts";

test.for<[string, { text: string; thinking: string | null }]>([
  ["Paris. ", { text: "Paris.", thinking: null }],
  ["<think>\nhm\n</think>\n\nParis.", { text: "Paris.", thinking: "hm" }],
  ["hm\n</think>\n\nParis.", { text: "Paris.", thinking: "hm" }],
  ["<think>\nhm, let me", { text: "", thinking: "hm, let me" }],
  ["", { text: "", thinking: null }],
])("%j comes apart", ([generated, parts]) => expect(splitThinking(generated)).toEqual(parts));

describe("a free question to Qwen3", async () => {
  const tokenizer = openTokenizer((await readFamily("qwen3")).files);
  const said = "<think>\nhm\n</think>\n\nParis.";

  test.for([true, false])("thinking %s", async (thinking) => {
    const requests: GenerateRequest[] = [];
    const policy = standIn(tokenizer, [said]);
    const generate = policy.generate.bind(policy);
    policy.generate = (asked, ...rest) => {
      requests.push(...asked);
      return generate(asked, ...rest);
    };
    const how = { explain: false, thinking, adapter: false };
    const reply = await askFreely({ model: policy, tokenizer }, COMMON_WORDS, "Where?", [], how);
    expect(reply.closed).toEqual({ text: "Paris.", thinking: "hm" });
    expect(requests).toHaveLength(2);
    for (const { prompt, max_new_tokens, stop_ids } of requests) {
      expect(tokenizer.decode(prompt).endsWith("</think>\n\n")).toBe(!thinking);
      expect([max_new_tokens, stop_ids]).toEqual([thinking ? 512 : 64, tokenizer.stopIds]);
    }
  });
});
