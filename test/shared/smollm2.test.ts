/** SmolLM2-135M-Instruct from its GGUF file against float32 PyTorch on the same dequantised weights. */
import { describe, expect, test } from "vitest";
import { mean } from "../../src/core/shape.ts";
import { fromFolder } from "../../src/lab/files.ts";
import { loadCausalLm } from "../../src/model/causalLm.ts";
import { loadTokenizer } from "../../src/model/tokenizerFiles.ts";
import { expectClose } from "../helpers/close.ts";
import { folder, json, sharedFile } from "../helpers/fixtures.ts";
import { testGpu } from "../helpers/gpu.ts";

interface Side {
  prompt_ids: number[];
  token_logprobs: Record<string, number[]>;
  choice: string;
}
interface Fixture {
  questions: { open: Side; closed: Side }[];
}

const source = fromFolder(`${folder("SHARED")}/models/smollm2-135m-instruct`);
const fixture = await json<Fixture>(sharedFile("fixtures/smollm2/smollm2.json"));
const rows = await json<{ question: string; options: Record<string, string> }[]>(
  sharedFile("data/current-events/CurrentEvents_test.json"),
);

describe("option log-probabilities", async () => {
  const lm = await loadCausalLm(await testGpu(), source);
  const tokenizer = await loadTokenizer(source);

  // Eight with the book open: they are long, and what they add is length.
  test.for([
    ["closed", 24],
    ["open", 8],
  ] as const)("%s book, %i questions", { timeout: 900_000 }, async ([book, count]) => {
    const some = fixture.questions.slice(0, count);
    const completions = some.map((_, i) =>
      Object.values(rows[i]!.options).map((text) => [...tokenizer.encode(text), tokenizer.endOfTurn]),
    );
    const got = await lm.score(
      some.map((q, i) => ({ context: q[book].prompt_ids, completions: completions[i]! })),
      false,
    );
    some.forEach((q, i) => {
      const wanted = Object.entries(q[book].token_logprobs);
      wanted.forEach(([option, want], o) => {
        expectClose(got[i]![o]!, want, { atol: 0.01, label: `question ${i} ${book} option ${option}` });
      });
      const means = got[i]!.map((tokens) => mean(tokens)!);
      expect(wanted[means.indexOf(Math.max(...means))]![0]).toBe(q[book].choice);
    });
  });
});
