// rmsNormSerial: rmsNorm (see there) with a row an invocation, for software adapters, where a barrier costs more than a row.
override WG: u32 = 64;
struct Params { T: u32, C: u32, eps: f32, mode: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;    // (T, C)
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;     // (C)
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;    // (T, C)
@group(0) @binding(3) var<storage, read_write> rstd: array<f32>;       // (T)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>;    // (T, C)
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = (id.y * groups.x + id.x) * WG + lane;
  if (t >= params.T) { return; }
  let columns = params.C / 4u;
  let row = t * columns;
  var sum = vec4(0.0);
  for (var c = 0u; c < columns; c++) { sum = fma(x[row + c], x[row + c], sum); }
  let scale = 1.0 / sqrt((sum.x + sum.y + sum.z + sum.w) / f32(params.C) + params.eps);
  rstd[t] = scale;
  for (var c = 0u; c < columns; c++) {
    var value = x[row + c] * scale * weight[c];
    if (params.mode == 2u) { value += r[row + c]; }
    y[row + c] = value;
  }
}
