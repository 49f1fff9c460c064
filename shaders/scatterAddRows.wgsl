// scatterAddRows: y[t,:] = Σ_{n = offsets[t] .. offsets[t+1]} x[list[n],:], in that order; none gives zeros.
// The gather form of a scatter: who receives, adds, so the order is fixed. One invocation an element.
override WG: u32 = 64;
struct Params { T: u32, C: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;       // (any, C)
@group(0) @binding(1) var<storage, read_write> offsets: array<u32>; // (T + 1)
@group(0) @binding(2) var<storage, read_write> list: array<u32>;    // (offsets[T]) rows of x
@group(0) @binding(3) var<storage, read_write> y: array<f32>;       // (T, C)
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  if (index >= params.T * params.C) { return; }
  let t = index / params.C;
  let c = index % params.C;
  let end = offsets[t + 1u];
  var sum = 0.0;
  for (var n = offsets[t]; n < end; n++) { sum += x[list[n] * params.C + c]; }
  y[index] = sum;
}
