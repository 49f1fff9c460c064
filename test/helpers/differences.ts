/** A written gradient against central differences of the loss it claims to be the gradient of. */
import { expectClose, peak } from "./close.ts";

const H = 1e-5;

/**
 * Demands that `gradient` is that of `loss()` by the elements of `at`, which `loss` reads and this moves to and fro:
 * float64, step 1e-5, relative error 1e-6 of the largest component.
 */
export function expectGradient(
  gradient: ArrayLike<number>,
  at: Float64Array,
  loss: () => number,
  label: string,
): void {
  const want = new Float64Array(at.length);
  for (let i = 0; i < at.length; i++) {
    const value = at[i]!;
    at[i] = value + H;
    const above = loss();
    at[i] = value - H;
    const below = loss();
    at[i] = value;
    want[i] = (above - below) / (2 * H);
  }
  expectClose(gradient, want, { rtol: 1e-6, atol: 1e-6 * peak(want), label });
}
