import { type AttentionSize, score } from "./attention.ts";

/**
 * dk and dv (T, ldkv) of attention where key j is seen by the queries [j, reach[j]), for lse and delta (T, NH) and the
 * output gradient dout (T, NH·hs); Dao 2023 (FlashAttention-2), §3.
 */
export function attentionBackwardKvReference(
  {
    q,
    k,
    v,
    dout,
    lse,
    delta,
    reach,
  }: Record<"q" | "k" | "v" | "dout" | "lse" | "delta" | "reach", ArrayLike<number>>,
  n: AttentionSize,
) {
  const dk = new Float64Array(n.T * n.ldkv);
  const dv = new Float64Array(n.T * n.ldkv);
  for (let j = 0; j < n.T; j++) {
    for (let h = 0; h < n.NH; h++) {
      const row = j * n.ldkv + Math.floor(h / (n.NH / n.NKV)) * n.hs;
      for (let t = j; t < reach[j]!; t++) {
        const out = (t * n.NH + h) * n.hs;
        const p = Math.exp(score(q, k, t, h, j, n) - lse[t * n.NH + h]!);
        let dp = 0;
        for (let c = 0; c < n.hs; c++) dp += dout[out + c]! * v[row + c]!;
        const ds = p * (dp - delta[t * n.NH + h]!);
        for (let c = 0; c < n.hs; c++) {
          dv[row + c]! += p * dout[out + c]!;
          dk[row + c]! += n.scale * ds * q[t * n.ldq + h * n.hs + c]!;
        }
      }
    }
  }
  return { dk, dv };
}
