// gluBackward, in place: (dh, gate, up) ← (h, dgate, dup) with e = gate, s = σ(e·(a + b·e²)), f = e·s (a and b: see glu):
//   h = f · up;  dup = dh · f;  dgate = dh · up · s · (1 + e · (a + 3b·e²) · (1 − s)).
// h comes back too because the gradient of the down-projection's LoRA needs it. One invocation four elements.
override WG: u32 = 64;
struct Params { n: u32, a: f32, b: f32 }
@group(0) @binding(0) var<storage, read_write> dh: array<vec4<f32>>;   // (n) in: dh, out: h; n a multiple of 4
@group(0) @binding(1) var<storage, read_write> gate: array<vec4<f32>>; // (n) in: gate, out: dgate
@group(0) @binding(2) var<storage, read_write> up: array<vec4<f32>>;   // (n) in: up, out: dup
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
  let u = up[i];
  let d = dh[i];
  let s = sigmoid(e * fma(params.b * e, e, vec4(params.a)));
  let f = e * s;
  let slope = fma(3.0 * params.b * e, e, vec4(params.a));
  dh[i] = f * u;
  gate[i] = d * u * s * fma(e * slope, 1.0 - s, vec4(1.0));
  up[i] = d * f;
}
