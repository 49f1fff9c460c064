// gradNorm: partials[j] = Σ g² over block j of BLOCK gradients; the bits of +infinity if one of them is not finite
// One workgroup a block; WG partial sums, then a tree. Finiteness is read from the bits: WGSL may assume it of numbers.
override WG: u32 = 64;
override BLOCK: u32 = 4096;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> grads: array<u32>;          // (n) bits of f32
@group(0) @binding(1) var<storage, read_write> partials: array<u32>; // (ceil(n / BLOCK)) bits of f32
@group(0) @binding(2) var<uniform> params: Params;

const INFINITE = 0x7f800000u;
var<workgroup> partial: array<f32, WG>;
var<workgroup> broken: array<u32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = id.y * groups.x + id.x;
  if (j * BLOCK >= params.n) { return; }
  let end = min((j + 1u) * BLOCK, params.n);
  var sum = 0.0;
  var bad = 0u;
  for (var i = j * BLOCK + lane; i < end; i += WG) {
    let bits = grads[i];
    let g = bitcast<f32>(bits);
    sum = fma(g, g, sum);
    bad |= select(0u, INFINITE, (bits & INFINITE) == INFINITE);
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
  if (lane == 0u) { partials[j] = select(bitcast<u32>(partial[0]), INFINITE, broken[0] != 0u); }
}
