/** How large a LoRA adapter's change of each matrix is, ‖ΔW‖ = scaling·‖B·A‖ (Frobenius), without multiplying B and A out. */
import type { LoraLayout } from "./loraLayout.ts";

/**
 * ‖B·A‖² is the trace of (BᵀB)(AAᵀ), two matrices of rank × rank. In float64.
 * @param A (r, input) and @param B (out, r), row by row
 */
export function productNorm(A: Float32Array, B: Float32Array, r: number): number {
  const [input, out] = [A.length / r, B.length / r];
  let square = 0;
  for (let i = 0; i < r; i++)
    for (let j = i; j < r; j++) {
      let [a, b] = [0, 0];
      for (let k = 0; k < input; k++) a += A[i * input + k]! * A[j * input + k]!;
      for (let o = 0; o < out; o++) b += B[o * r + i]! * B[o * r + j]!;
      square += (i === j ? 1 : 2) * a * b; // both are symmetric
    }
  return Math.sqrt(Math.max(0, square)); // rounding may leave a zero below it
}

/** By layer, by module in the order of `modules`; null where a module is no target. */
export function adapterNorms(layout: LoraLayout, flat: Float32Array): (number | null)[][] {
  const { r, target_modules } = layout.config;
  const layers = 1 + Math.max(-1, ...layout.slots.map(({ layer }) => layer));
  return Array.from({ length: layers }, (_, layer) =>
    target_modules.map((module) => {
      const slot = layout.slot(layer, module);
      if (slot === null) return null;
      const { A, B } = layout.pair(flat, slot);
      return layout.scaling * productNorm(A, B, r);
    }),
  );
}
