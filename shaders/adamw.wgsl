// adamw: Loshchilov and Hutter 2019 as PyTorch has it, with the gradient clipped by the global norm of gradNormSum:
//   g = grads · min(1, max_grad_norm / (norm + 1e-6));   m <- β1·m + (1−β1)·g;   v <- β2·v + (1−β2)·g²
//   weights <- weights − decay·weights − lr·(m/bias1) / (sqrt(v/bias2) + eps)
// Nothing changes when the norm is not finite (stats[1]). A workgroup takes WG·PER elements.
override WG: u32 = 64;
override PER: u32 = 8;
struct Params {
  n: u32,
  lr: f32,
  beta1: f32,
  beta2: f32,
  eps: f32,
  bias1: f32, // 1 − β1^step, step from 1
  bias2: f32, // 1 − β2^step
  decay: f32, // lr · weight_decay: decoupled, never in the gradient
  max_grad_norm: f32,
}
@group(0) @binding(0) var<storage, read> stats: array<f32>;         // (2) norm, whether it is broken
@group(0) @binding(1) var<storage, read> grads: array<f32>;         // (n)
@group(0) @binding(2) var<storage, read_write> weights: array<f32>; // (n)
@group(0) @binding(3) var<storage, read_write> m: array<f32>;       // (n)
@group(0) @binding(4) var<storage, read_write> v: array<f32>;       // (n)
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  if (stats[1] != 0.0) { return; }
  let clip = min(1.0, params.max_grad_norm / (stats[0] + 1e-6));
  let first = (id.y * groups.x + id.x) * WG * PER;
  let end = min(first + WG * PER, params.n);
  for (var i = first + lane; i < end; i += WG) {
    let g = grads[i] * clip;
    let m1 = fma(params.beta1, m[i], (1.0 - params.beta1) * g);
    let v1 = fma(params.beta2, v[i], (1.0 - params.beta2) * g * g);
    let step = params.lr * (m1 / params.bias1) / (sqrt(v1 / params.bias2) + params.eps);
    m[i] = m1;
    v[i] = v1;
    weights[i] = fma(-params.decay, weights[i], weights[i]) - step;
  }
}
