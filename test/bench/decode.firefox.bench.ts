/**
 * How often decoding waits for the GPU in Firefox, where each wait is a round trip between processes: every `mapAsync` and
 * `onSubmittedWorkDone` that a generation asks for is counted, beside what it submits. The bar is one wait for 16 tokens
 * (issue 11 §1). Counts do not depend on how busy the machine is; times would, and are left out.
 */
import { expect, test } from "vitest";
import type { CausalLm } from "../../src/model/causalLm.ts";
import { loadFixtureModel } from "../helpers/model.ts";
import { writeResult } from "../helpers/results.ts";

const counts = { waits: 0, submits: 0 };
/** Counts the calls of a method of the browser's own. */
function count<K extends string>(of: Record<K, unknown>, name: K, as: keyof typeof counts): void {
  const own = of[name] as (...args: unknown[]) => unknown;
  of[name] = function (this: unknown, ...args: unknown[]) {
    counts[as]++;
    return own.apply(this, args);
  };
}
count(GPUBuffer.prototype as unknown as Record<"mapAsync", unknown>, "mapAsync", "waits");
const queue = GPUQueue.prototype as unknown as Record<"onSubmittedWorkDone" | "submit", unknown>;
count(queue, "onSubmittedWorkDone", "waits");
count(queue, "submit", "submits");

/** Prompts of these lengths answered with so many tokens each: nothing stops them earlier. */
async function generate(lm: CausalLm, rows: number, tokens: number) {
  const requests = Array.from({ length: rows }, (_, r) => ({
    prompt: Array.from({ length: 24 + 5 * r }, (_, i) => 5 + ((7 * i + r) % 200)),
    max_new_tokens: tokens,
    temperature: 0,
    top_k: 0,
    top_p: 1,
    seed: 1,
    stop_ids: [],
  }));
  Object.assign(counts, { waits: 0, submits: 0 });
  const generated = await lm.generate(requests, false);
  expect(generated.map((ids) => ids.length)).toEqual(requests.map(() => tokens));
  return { rows, tokens, ...counts, waits_per_16_tokens: (16 * counts.waits) / tokens };
}

test("decoding waits once for 16 tokens at most", async () => {
  const lm = await loadFixtureModel("pocket");
  const decoding = [];
  for (const [rows, tokens] of [
    [1, 16],
    [1, 64],
    [1, 256],
    [16, 64],
  ] as const)
    decoding.push(await generate(lm, rows, tokens));
  for (const { waits, waits_per_16_tokens } of decoding) {
    expect(waits).toBeGreaterThan(0);
    expect(waits_per_16_tokens).toBeLessThanOrEqual(1);
  }
  await writeResult("firefox", lm.gpu.info.name, {
    command: "npx vitest run --project bench-firefox",
    browser: /Firefox\/[\d.]+/.exec(navigator.userAgent)?.[0] ?? null,
    model: "pocket",
    subgroups: lm.gpu.has("subgroups"),
    software: lm.gpu.info.isFallbackAdapter,
    decoding,
  });
});
