/** x (T, C) with row t = scale · table[ids[t] − firstRow] where the shard `table` (rows, ldw) has it, else as it was. */
export function embedReference(
  table: ArrayLike<number>,
  ids: ArrayLike<number>,
  x: ArrayLike<number>,
  {
    C,
    ldw,
    firstRow,
    rows,
    scale,
  }: { C: number; ldw: number; firstRow: number; rows: number; scale: number },
) {
  const out = Float64Array.from(x);
  for (let t = 0; t < ids.length; t++) {
    const row = ids[t]! - firstRow;
    if (row < 0 || row >= rows) continue;
    for (let c = 0; c < C; c++) out[t * C + c] = scale * table[row * ldw + c]!;
  }
  return out;
}
