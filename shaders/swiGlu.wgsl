// swiGlu: h = gate · σ(gate) · up, elementwise. One invocation an element.
override WG: u32 = 64;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read_write> gate: array<f32>; // (n)
@group(0) @binding(1) var<storage, read_write> up: array<f32>;   // (n)
@group(0) @binding(2) var<storage, read_write> h: array<f32>;    // (n)
@group(0) @binding(3) var<uniform> params: Params;

// The argument of exp stays ≤ 0, so nothing overflows.
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (id.y * groups.x + id.x) * WG + lane;
  if (i >= params.n) { return; }
  let e = gate[i];
  h[i] = e * sigmoid(e) * up[i];
}
