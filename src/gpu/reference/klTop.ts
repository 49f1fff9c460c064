export interface KlTopShape {
  R: number;
  V: number;
  ld: number;
  count: number;
}

/**
 * kl (R): Σ_k p_k·log(p_k/q_k) + p_rest·log(p_rest/q_rest) with q the softmax of logits (R, ld) over V columns, p_k the
 * exponential of teacher (R, count) at the columns ids (R, count), and the rest of both in one bucket. The gradient (R, ld) is
 * that of Σ weight·kl by the logits.
 */
export function klTopReference(
  logits: ArrayLike<number>,
  ids: ArrayLike<number>,
  teacher: ArrayLike<number>,
  weight: ArrayLike<number>,
  { R, V, ld, count }: KlTopShape,
) {
  const kl = new Float64Array(R);
  const gradient = new Float64Array(R * ld);
  for (let r = 0; r < R; r++) {
    const row = Array.from({ length: V }, (_, v) => logits[r * ld + v]!);
    const top = row.reduce((most, x) => Math.max(most, x), -Infinity);
    const e = row.map((x) => Math.exp(x - top));
    const all = e.reduce((a, b) => a + b, 0);
    const p = new Map<number, number>();
    for (let k = 0; k < count; k++) p.set(ids[r * count + k]!, Math.exp(teacher[r * count + k]!));
    const rest = e.reduce((sum, x, v) => sum + (p.has(v) ? 0 : x), 0) / all;
    const pRest = count < V ? Math.max(0, 1 - [...p.values()].reduce((a, b) => a + b, 0)) : 0;
    for (const [v, x] of p) if (x > 0) kl[r]! += x * Math.log(x / (e[v]! / all));
    if (pRest > 0) kl[r]! += pRest * Math.log(pRest / rest);
    for (let v = 0; v < V; v++) {
      const q = e[v]! / all;
      gradient[r * ld + v] = weight[r]! * (p.has(v) ? q - p.get(v)! : pRest > 0 ? q - (pRest * q) / rest : q);
    }
  }
  return { kl, gradient };
}
