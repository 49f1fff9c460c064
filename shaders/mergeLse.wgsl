// mergeLse: logprob[r] = targetLogit[r] − log Σ_tiles total·exp(max)   (0 without a target)
// Every invocation owns a row and merges its tiles in order.
override WG: u32 = 64;
struct Params { R: u32, tiles: u32 }
@group(0) @binding(0) var<storage, read_write> partials: array<vec2<f32>>; // (R, tiles): max, Σ exp(logit − max)
@group(0) @binding(1) var<storage, read_write> targetLogit: array<f32>;    // (R)
@group(0) @binding(2) var<storage, read> targets: array<u32>;              // (R), 0xffffffff: none
@group(0) @binding(3) var<storage, read_write> logprob: array<f32>;        // (R), nats
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x;
  if (row >= params.R) { return; }
  let first = row * params.tiles;
  var largest = -1e30;
  for (var t = 0u; t < params.tiles; t++) { largest = max(largest, partials[first + t].x); }
  var total = 0.0;
  for (var t = 0u; t < params.tiles; t++) {
    let part = partials[first + t];
    total = fma(part.y, exp(part.x - largest), total);
  }
  let lse = largest + log(total);
  logprob[row] = select(targetLogit[row] - lse, 0.0, targets[row] == 0xffffffffu);
}
