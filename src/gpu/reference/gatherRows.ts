/** y (R, C): row rows[i] of x (any, C), zeros where rows[i] is 0xffffffff. */
export function gatherRowsReference(x: ArrayLike<number>, rows: ArrayLike<number>, C: number) {
  const y = new Float64Array(rows.length * C);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] === 0xffffffff) continue;
    for (let c = 0; c < C; c++) y[i * C + c] = x[rows[i]! * C + c]!;
  }
  return y;
}
