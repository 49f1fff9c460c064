import { expect, test } from "vitest";
import { uniformAt } from "../../src/core/rng.ts";
import { adapterNorms, productNorm } from "../../src/model/adapterNorms.ts";
import { LoraLayout } from "../../src/model/loraLayout.ts";
import type { ModelConfig } from "../../src/model/modelConfig.ts";

const random = (n: number, seed: number) =>
  Float32Array.from({ length: n }, (_, i) => 2 * uniformAt(seed, "probe", i) - 1);

/** B·A multiplied out, in float64. */
function dense(A: Float32Array, B: Float32Array, r: number): number {
  const [input, out] = [A.length / r, B.length / r];
  let square = 0;
  for (let o = 0; o < out; o++)
    for (let k = 0; k < input; k++) {
      let w = 0;
      for (let i = 0; i < r; i++) w += B[o * r + i]! * A[i * input + k]!;
      square += w * w;
    }
  return Math.sqrt(square);
}

test.for([
  [1, 5, 3],
  [4, 16, 9],
  [7, 33, 20],
] as const)("‖B·A‖ of rank %i, (%i → %i) is that of the product", ([r, input, out]) => {
  const [A, B] = [random(r * input, r), random(out * r, r + 1)];
  const want = dense(A, B, r);
  expect(Math.abs(productNorm(A, B, r) - want)).toBeLessThan(1e-12 * want);
  expect(productNorm(A, new Float32Array(out * r), r)).toBe(0); // a fresh adapter
});

test("of a whole adapter: by layer and module, padded ranks and scaling counted in", () => {
  const model = {
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    head_dim: 8,
    decoder_path: "model",
  } as ModelConfig;
  const target_modules = ["q_proj", "v_proj", "down_proj"] as const;
  const config = { r: 3, lora_alpha: 6, target_modules: [...target_modules], use_rslora: false };
  const layout = new LoraLayout(model, config);
  const flat = new Float32Array(layout.size);
  layout.slots.forEach(({ a, b, in: input, out }, n) => {
    flat.set(random(3 * input, n), a); // the fourth row of A and column of B stay zero
    const B = random(out * 3, 50 + n);
    for (let o = 0; o < out; o++) flat.set(B.subarray(3 * o, 3 * o + 3), b + 4 * o);
  });
  const norms = adapterNorms(layout, flat);
  expect(norms).toHaveLength(2);
  for (const [layer, row] of norms.entries())
    target_modules.forEach((module, m) => {
      const { A, B } = layout.pair(flat, layout.slot(layer, module)!);
      expect(row[m]).toBeCloseTo(2 * dense(A, B, 3), 9);
    });
});
