// scatterAddRows: y[t,:] = Σ_{n = offsets[t] .. offsets[t+1]} x[list[n],:], in that order; none gives zeros.
// The gather form of a scatter: who receives, adds, so the order is fixed. One invocation four columns.
override WG: u32 = 64;
struct Params { T: u32, C: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;       // (any, C)
@group(0) @binding(1) var<storage, read_write> offsets: array<u32>; // (T + 1)
@group(0) @binding(2) var<storage, read_write> list: array<u32>;    // (offsets[T]) rows of x
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;       // (T, C)
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  let columns = params.C / 4u;
  if (index >= params.T * columns) { return; }
  let t = index / columns;
  let c = index % columns;
  let end = offsets[t + 1u];
  var sum = vec4(0.0);
  for (var n = offsets[t]; n < end; n++) { sum += x[list[n] * columns + c]; }
  y[index] = sum;
}
