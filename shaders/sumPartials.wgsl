// sumPartials: out[outOffset + i·si + j·sj] = beta·out[…] + scale·Σ_s partials[s,i,j], in the order of s
// Every invocation owns one element; beta 0 overwrites whatever was there.
override WG: u32 = 64;
struct Params {
  splits: u32, I: u32, J: u32, si: u32, sj: u32, outOffset: u32, beta: f32, scale: f32,
}
@group(0) @binding(0) var<storage, read_write> partials: array<f32>; // (splits, I, J)
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let size = params.I * params.J;
  if (id.x >= size) { return; }
  var sum = 0.0;
  for (var s = 0u; s < params.splits; s++) { sum += partials[s * size + id.x]; }
  let at = params.outOffset + (id.x / params.J) * params.si + (id.x % params.J) * params.sj;
  sum *= params.scale;
  if (params.beta != 0.0) { sum = fma(params.beta, out[at], sum); }
  out[at] = sum;
}
