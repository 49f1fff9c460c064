// gatherRows: y[i,:] = x[rows[i],:], and zeros where rows[i] = 0xffffffff. One invocation an element.
override WG: u32 = 64;
struct Params { R: u32, C: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;    // (any, C)
@group(0) @binding(1) var<storage, read_write> rows: array<u32>; // (R)
@group(0) @binding(2) var<storage, read_write> y: array<f32>;    // (R, C)
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  if (index >= params.R * params.C) { return; }
  let row = rows[index / params.C];
  if (row == 0xffffffffu) {
    y[index] = 0.0;
  } else {
    y[index] = x[row * params.C + index % params.C];
  }
}
