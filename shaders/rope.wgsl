// rope: rotates each head of x in place, half-split pairs (a, b) = (x[c], x[c + hs/2]):
//   (a, b) ← (a·cos − sign·b·sin, b·cos + sign·a·sin);  sign = −1 undoes it, which is the backward pass.
// One invocation two pairs side by side.
override WG: u32 = 64;
struct Params { T: u32, NH: u32, hs: u32, ldx: u32, sign: f32 }
@group(0) @binding(0) var<storage, read_write> x: array<vec2<f32>>;   // (T, ldx), the heads in columns 0 .. NH·hs
@group(0) @binding(1) var<storage, read_write> positions: array<u32>; // (T)
@group(0) @binding(2) var<storage, read> table: array<vec4<f32>>;     // (positions, hs/2, 2): cos, sin
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  let half = params.hs / 4u; // of half a head, in twos
  let row = params.NH * half;
  let t = index / row;
  if (t >= params.T) { return; }
  let c = index % half;
  let a = (t * params.ldx + index % row / half * params.hs) / 2u + c;
  let b = a + half;
  let angles = table[positions[t] * half + c];
  let cos = angles.xz;
  let sin = params.sign * angles.yw;
  let xa = x[a];
  let xb = x[b];
  x[a] = fma(xa, cos, -xb * sin);
  x[b] = fma(xb, cos, xa * sin);
}
