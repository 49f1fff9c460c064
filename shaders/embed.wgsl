// embed: x[t,:] = scale · W[ids[t],:]; a shard holds rows firstRow .. firstRow + rows, other ids leave x untouched.
// One invocation four columns.
override WG: u32 = 64;
struct Params { T: u32, C: u32, ldw: u32, firstRow: u32, rows: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> ids: array<u32>; // (T)
// region load
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>; // (rows, ldw) in f32
fn weight4(at: u32) -> vec4<f32> { return w[at]; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read_write> x: array<vec4<f32>>; // (T, C)
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  let columns = params.C / 4u;
  if (index >= params.T * columns) { return; }
  let row = ids[index / columns] - params.firstRow; // wraps around below firstRow, so one comparison is enough
  if (row >= params.rows) { return; }
  x[index] = params.scale * weight4(row * (params.ldw / 4u) + index % columns);
}
