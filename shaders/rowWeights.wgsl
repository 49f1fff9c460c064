// rowWeights: −dL/dlogp of a row of sequence s = sequenceOf[r], which several means may use:
//   weight[r] = −(1/len[s]) · Σ_{n in users[s] .. users[s+1]} factor[n]·gradients[userIndex[n]],   len[s] = offsets[s+1] − offsets[s]
// One invocation a row.
override WG: u32 = 64;
struct Params { R: u32, S: u32 }
@group(0) @binding(0) var<storage, read_write> offsets: array<u32>;    // (S+1)
@group(0) @binding(1) var<storage, read_write> users: array<u32>;      // (S+1)
@group(0) @binding(2) var<storage, read_write> userIndex: array<u32>;  // question·4 + term (z, c, l, w)
@group(0) @binding(3) var<storage, read_write> factor: array<f32>;     // 1/|Z| for z, else 1
@group(0) @binding(4) var<storage, read_write> gradients: array<f32>;  // (Q, 4)
@group(0) @binding(5) var<storage, read_write> sequenceOf: array<u32>; // (R)
@group(0) @binding(6) var<storage, read_write> weight: array<f32>;     // (R)
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = (id.y * groups.x + id.x) * WG + lane;
  if (r >= params.R) { return; }
  let s = sequenceOf[r];
  var sum = 0.0;
  for (var n = users[s]; n < users[s + 1u]; n++) { sum = fma(factor[n], gradients[userIndex[n]], sum); }
  weight[r] = -sum / f32(offsets[s + 1u] - offsets[s]);
}
