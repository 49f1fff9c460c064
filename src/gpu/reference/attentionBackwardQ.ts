import { type AttentionSize, keysOf, score } from "./attention.ts";

/**
 * delta (T, NH) = Σ_c dout·o and dq (T, ldq) of attention, for lse (T, NH) and the output gradient dout (T, NH·hs);
 * Dao 2023 (FlashAttention-2), §3.
 */
export function attentionBackwardQReference(
  {
    q,
    k,
    v,
    o,
    dout,
    lse,
    spans,
  }: Record<"q" | "k" | "v" | "o" | "dout" | "lse" | "spans", ArrayLike<number>>,
  n: AttentionSize,
) {
  const dq = new Float64Array(n.T * n.ldq);
  const delta = new Float64Array(n.T * n.NH);
  for (let t = 0; t < n.T; t++) {
    for (let h = 0; h < n.NH; h++) {
      const head = Math.floor(h / (n.NH / n.NKV));
      const row = (t * n.NH + h) * n.hs;
      for (let c = 0; c < n.hs; c++) delta[t * n.NH + h]! += dout[row + c]! * o[row + c]!;
      for (const j of keysOf(spans, t)) {
        const p = Math.exp(score(q, k, t, h, j, n) - lse[t * n.NH + h]!);
        let dp = 0;
        for (let c = 0; c < n.hs; c++) dp += dout[row + c]! * v[j * n.ldkv + head * n.hs + c]!;
        const ds = p * (dp - delta[t * n.NH + h]!);
        for (let c = 0; c < n.hs; c++)
          dq[t * n.ldq + h * n.hs + c]! += n.scale * ds * k[j * n.ldkv + head * n.hs + c]!;
      }
    }
  }
  return { dq, delta };
}
