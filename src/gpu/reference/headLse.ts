export interface HeadLseShape {
  R: number;
  V: number;
  C: number;
  ldx: number;
  ldw: number;
}

/** Per row and tile of columns the largest logit and Σ exp(logit − largest); the logits themselves, (R, V), beside them. */
export function headLseReference(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  { R, V, C, ldx, ldw }: HeadLseShape,
  tile: number,
) {
  const tiles = Math.ceil(V / tile);
  const logits = new Float64Array(R * V);
  const partials = new Float64Array(R * tiles * 2);
  for (let r = 0; r < R; r++) {
    for (let v = 0; v < V; v++)
      for (let c = 0; c < C; c++) logits[r * V + v]! += x[r * ldx + c]! * w[v * ldw + c]!;
    for (let t = 0; t < tiles; t++) {
      const part = logits.subarray(r * V + t * tile, r * V + Math.min(V, (t + 1) * tile));
      const largest = Math.max(...part);
      partials[2 * (r * tiles + t)] = largest;
      for (const logit of part) partials[2 * (r * tiles + t) + 1]! += Math.exp(logit - largest);
    }
  }
  return { partials, logits };
}
