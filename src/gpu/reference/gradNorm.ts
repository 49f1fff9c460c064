/** Σ g² over each block of gradients; infinite where one of them is not finite. */
export function gradNormReference(grads: ArrayLike<number>, block: number): Float64Array {
  const partials = new Float64Array(Math.ceil(grads.length / block));
  for (let i = 0; i < grads.length; i++) {
    const g = grads[i]!;
    partials[Math.floor(i / block)]! += Number.isFinite(g) ? g * g : Infinity;
  }
  return partials;
}
