/** Central differences in float64: what a backward formula is checked against. */

/** (f(x + h·e_i) − f(x − h·e_i)) / 2h for every i; `x` comes back as it was. */
export function centralDifferences(f: (x: Float64Array) => number, x: Float64Array, h = 1e-5): Float64Array {
  return x.map((xi, i) => {
    x[i] = xi + h;
    const above = f(x);
    x[i] = xi - h;
    const below = f(x);
    x[i] = xi;
    return (above - below) / (2 * h);
  });
}

/** Σ_i a_i·b_i: a loss whose gradient by a is b. */
export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
