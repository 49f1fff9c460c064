// gatherRows: y[i,:] = x[rows[i],:], and zeros where rows[i] = 0xffffffff. One invocation four columns.
override WG: u32 = 64;
struct Params { R: u32, C: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;    // (any, C)
@group(0) @binding(1) var<storage, read_write> rows: array<u32>; // (R)
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;    // (R, C)
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  let columns = params.C / 4u;
  if (index >= params.R * columns) { return; }
  let row = rows[index / columns];
  if (row == 0xffffffffu) {
    y[index] = vec4(0.0);
  } else {
    y[index] = x[row * columns + index % columns];
  }
}
