// gradNormSum: stats[0] = sqrt(Σ_j partials[j]);  stats[1] = 1 if that is not finite, else 0
// One workgroup; WG partial sums, then a tree.
override WG: u32 = 64;
struct Params { count: u32 }
@group(0) @binding(0) var<storage, read> partials: array<u32>;    // (count) bits of f32, see gradNorm
@group(0) @binding(1) var<storage, read_write> stats: array<f32>; // (2) norm, whether it is broken
@group(0) @binding(2) var<uniform> params: Params;

const INFINITE = 0x7f800000u;
var<workgroup> partial: array<f32, WG>;
var<workgroup> broken: array<u32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  var bad = 0u;
  for (var j = lane; j < params.count; j += WG) {
    let bits = partials[j];
    sum += bitcast<f32>(bits);
    bad |= select(0u, 1u, (bits & INFINITE) == INFINITE);
  }
  partial[lane] = sum;
  broken[lane] = bad;
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
      broken[lane] |= broken[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    let overflow = (bitcast<u32>(partial[0]) & INFINITE) == INFINITE;
    stats[0] = sqrt(partial[0]);
    stats[1] = select(0.0, 1.0, overflow || broken[0] != 0u);
  }
}
