/** Sizes of attention: rows of q, heads, columns of a head, row lengths of q and of k and v. */
export interface AttentionSize {
  T: number;
  NH: number;
  NKV: number;
  hs: number;
  ldq: number;
  ldkv: number;
  scale: number;
}

/** The keys that query t sees: [a, b) and [c, d) for spans (T, 4). */
export function keysOf(spans: ArrayLike<number>, t: number): number[] {
  const keys: number[] = [];
  for (let j = spans[4 * t]!; j < spans[4 * t + 1]!; j++) keys.push(j);
  for (let j = spans[4 * t + 2]!; j < spans[4 * t + 3]!; j++) keys.push(j);
  return keys;
}

/** scale · q[t,h]·k[j], head h reading key head h / (NH/NKV). */
export function score(
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  t: number,
  h: number,
  j: number,
  n: AttentionSize,
) {
  const head = Math.floor(h / (n.NH / n.NKV));
  let sum = 0;
  for (let c = 0; c < n.hs; c++) sum += q[t * n.ldq + h * n.hs + c]! * k[j * n.ldkv + head * n.hs + c]!;
  return n.scale * sum;
}

/** o (T, NH·hs) and lse (T, NH) of q (T, ldq), k and v (S, ldkv); without a key o = 0 and lse = −1e30. */
export function attentionReference(
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
  spans: ArrayLike<number>,
  n: AttentionSize,
) {
  const o = new Float64Array(n.T * n.NH * n.hs);
  const lse = new Float64Array(n.T * n.NH).fill(-1e30);
  for (let t = 0; t < n.T; t++) {
    const keys = keysOf(spans, t);
    if (keys.length === 0) continue;
    for (let h = 0; h < n.NH; h++) {
      const head = Math.floor(h / (n.NH / n.NKV));
      const s = keys.map((j) => score(q, k, t, h, j, n));
      const top = Math.max(...s);
      const sum = s.reduce((total, x) => total + Math.exp(x - top), 0);
      lse[t * n.NH + h] = top + Math.log(sum);
      keys.forEach((j, i) => {
        const p = Math.exp(s[i]! - top) / sum;
        for (let c = 0; c < n.hs; c++) o[(t * n.NH + h) * n.hs + c]! += p * v[j * n.ldkv + head * n.hs + c]!;
      });
    }
  }
  return { o, lse };
}
