// rmsNorm: rstd[t] = 1 / sqrt(mean_c x[t,c]² + eps);  y[t,c] = base + x[t,c] · rstd[t] · weight[c], with base = 0 or R[t,c]
// for mode 0, 2 (numbered as in matmulNt).
// One workgroup a row; WG partial sums, then a tree.
override WG: u32 = 64;
struct Params { T: u32, C: u32, eps: f32, mode: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;    // (T, C)
@group(0) @binding(1) var<storage, read> weight: array<f32>;     // (C)
@group(0) @binding(2) var<storage, read_write> y: array<f32>;    // (T, C)
@group(0) @binding(3) var<storage, read_write> rstd: array<f32>; // (T)
@group(0) @binding(4) var<storage, read_write> r: array<f32>;    // (T, C)
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> partial: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = id.y * groups.x + id.x;
  if (t >= params.T) { return; }
  let row = t * params.C;
  var sum = 0.0;
  for (var c = lane; c < params.C; c += WG) { sum = fma(x[row + c], x[row + c], sum); }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  let scale = 1.0 / sqrt(partial[0] / f32(params.C) + params.eps);
  if (lane == 0u) { rstd[t] = scale; }
  for (var c = lane; c < params.C; c += WG) {
    var value = x[row + c] * scale * weight[c];
    if (params.mode == 2u) { value += r[row + c]; }
    y[row + c] = value;
  }
}
