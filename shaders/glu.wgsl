// glu: h = gate · σ(gate·(a + b·gate²)) · up, elementwise. (a, b) = (1, 0) makes it SwiGLU; (2√(2/π), 0.044715·a) GEGLU in its
// tanh form, since ½(1 + tanh z) = σ(2z). One invocation four elements.
override WG: u32 = 64;
struct Params { n: u32, a: f32, b: f32 }
@group(0) @binding(0) var<storage, read_write> gate: array<vec4<f32>>; // (n), n a multiple of 4
@group(0) @binding(1) var<storage, read_write> up: array<vec4<f32>>;   // (n)
@group(0) @binding(2) var<storage, read_write> h: array<vec4<f32>>;    // (n)
@group(0) @binding(3) var<uniform> params: Params;

// The argument of exp stays ≤ 0, so nothing overflows.
fn sigmoid(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(e, vec4(1.0), x >= vec4(0.0)) / (1.0 + e);
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (id.y * groups.x + id.x) * WG + lane;
  if (4u * i >= params.n) { return; }
  let e = gate[i];
  h[i] = e * sigmoid(e * fma(params.b * e, e, vec4(params.a))) * up[i];
}
