export interface AdamwParams {
  lr: number;
  beta1: number;
  beta2: number;
  eps: number;
  bias1: number; // 1 − beta1^step
  bias2: number; // 1 − beta2^step
  decay: number; // lr · weight_decay
  max_grad_norm: number;
}

/** One step of torch.optim.AdamW after torch.nn.utils.clip_grad_norm_, in place; nothing where `broken`. */
export function adamwReference(
  [norm, broken]: readonly [number, number],
  grads: ArrayLike<number>,
  weights: Float64Array,
  m: Float64Array,
  v: Float64Array,
  { lr, beta1, beta2, eps, bias1, bias2, decay, max_grad_norm }: AdamwParams,
): void {
  if (broken !== 0) return;
  const clip = Math.min(1, max_grad_norm / (norm + 1e-6));
  for (let i = 0; i < grads.length; i++) {
    const g = grads[i]! * clip;
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    weights[i]! -= decay * weights[i]!;
    weights[i]! -= ((lr / bias1) * m[i]!) / (Math.sqrt(v[i]!) / Math.sqrt(bias2) + eps);
  }
}
