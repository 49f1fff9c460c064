// rope: rotates each head of x in place, half-split pairs (a, b) = (x[c], x[c + hs/2]):
//   (a, b) ← (a·cos − sign·b·sin, b·cos + sign·a·sin);  sign = −1 undoes it, which is the backward pass.
// One invocation a pair.
override WG: u32 = 64;
struct Params { T: u32, NH: u32, hs: u32, ldx: u32, sign: f32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;         // (T, ldx), the heads in columns 0 .. NH·hs
@group(0) @binding(1) var<storage, read_write> positions: array<u32>; // (T)
@group(0) @binding(2) var<storage, read> table: array<vec2<f32>>;     // (positions, hs/2): cos, sin
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  let pairs = params.hs / 2u;
  let row = params.NH * pairs;
  let t = index / row;
  if (t >= params.T) { return; }
  let head = (index % row) / pairs;
  let c = index % pairs;
  let a = t * params.ldx + head * params.hs + c;
  let b = a + pairs;
  let angle = table[positions[t] * pairs + c];
  let sin = params.sign * angle.y;
  let xa = x[a];
  let xb = x[b];
  x[a] = fma(xa, angle.x, -xb * sin);
  x[b] = fma(xb, angle.x, xa * sin);
}
