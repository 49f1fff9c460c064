/** silu(gate) · up, elementwise; Shazeer 2020. */
export function swiGluReference(gate: ArrayLike<number>, up: ArrayLike<number>) {
  return Float64Array.from(gate, (e, i) => (e / (1 + Math.exp(-e))) * up[i]!);
}
