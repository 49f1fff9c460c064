// peakCopy: y = x, one invocation four columns: how fast an adapter moves memory at most.
override WG: u32 = 64;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>; // (n)
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>; // (n)
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  if (index < params.n / 4u) { y[index] = x[index]; }
}
