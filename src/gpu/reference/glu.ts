/** gate · σ(gate·(a + b·gate²)) · up, elementwise: SwiGLU and GEGLU of Shazeer 2020, the latter in its tanh form. */
export function gluReference(gate: ArrayLike<number>, up: ArrayLike<number>, a: number, b: number) {
  return Float64Array.from(gate, (e, i) => (e / (1 + Math.exp(-e * (a + b * e * e)))) * up[i]!);
}
