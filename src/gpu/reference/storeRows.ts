/** y (any, C) with row rows[i] replaced by row i of x (R, C), but for rows[i] = 0xffffffff. */
export function storeRowsReference(
  x: ArrayLike<number>,
  rows: ArrayLike<number>,
  y: ArrayLike<number>,
  C: number,
) {
  const out = Float64Array.from(y);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] === 0xffffffff) continue;
    for (let c = 0; c < C; c++) out[rows[i]! * C + c] = x[i * C + c]!;
  }
  return out;
}
