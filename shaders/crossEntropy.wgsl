// crossEntropy: with n = rowOffset + r and lse = log Σ_v exp(logits[r,v]) over the first V columns
//   logprob[n] = logits[r,targets[n]] − lse   (0 without a target)
// and in place logits[r,v] <- weight[n] · (exp(logits[r,v] − lse) − [v = targets[n]])   for v < V;   0 for V <= v < ld
// One workgroup a row: every lane's maximum and sum as they come by, then a tree; then the row once more.
override WG: u32 = 256;
struct Params { R: u32, V: u32, ld: u32, rowOffset: u32 }
@group(0) @binding(0) var<storage, read_write> logits: array<vec4<f32>>; // (R, ld/4)
@group(0) @binding(1) var<storage, read_write> targets: array<u32>;      // (rows), 0xffffffff: none
@group(0) @binding(2) var<storage, read_write> weight: array<f32>;       // (rows) −dL/dlogp
@group(0) @binding(3) var<storage, read_write> logprob: array<f32>;      // (rows), nats
@group(0) @binding(4) var<uniform> params: Params;

const LEAST = -1e30;
const NONE = 0xffffffffu;
var<workgroup> parts: array<vec2<f32>, WG>; // maximum, Σ exp(logit − maximum)

fn merged(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let largest = max(a.x, b.x);
  return vec2(largest, fma(a.y, exp(a.x - largest), b.y * exp(b.x - largest)));
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = id.y * groups.x + id.x;
  if (r >= params.R) { return; }
  let quads = params.ld / 4u;
  let row = r * quads;
  let n = params.rowOffset + r;
  let goal = targets[n];
  let last = vec4(params.V);

  var largest = vec4(LEAST);
  var total = vec4(0.0);
  for (var q = lane; q < quads; q += WG) {
    let inside = vec4(4u * q) + vec4(0u, 1u, 2u, 3u) < last;
    let x = select(vec4(LEAST), logits[row + q], inside);
    let higher = max(largest, x);
    total = fma(total, exp(largest - higher), select(vec4(0.0), exp(x - higher), inside));
    largest = higher;
  }
  parts[lane] = merged(merged(vec2(largest.x, total.x), vec2(largest.y, total.y)),
                       merged(vec2(largest.z, total.z), vec2(largest.w, total.w)));
  var wanted = 0.0; // the target's logit, before the row is overwritten
  if (lane == 0u && goal != NONE) { wanted = logits[row + goal / 4u][goal % 4u]; }
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) { parts[lane] = merged(parts[lane], parts[lane + half]); }
    workgroupBarrier();
  }
  let top = parts[0].x;
  let rest = log(parts[0].y);
  let lse = top + rest; // rounded as the largest logit is: for the target one part is taken off after the other
  if (lane == 0u) { logprob[n] = select(wanted - top - rest, 0.0, goal == NONE); }

  let w = weight[n];
  for (var q = lane; q < quads; q += WG) {
    let v = vec4(4u * q) + vec4(0u, 1u, 2u, 3u);
    let p = exp(min(logits[row + q] - lse, vec4(0.0)));
    let d = w * (p - select(vec4(0.0), vec4(1.0), v == vec4(goal)));
    logits[row + q] = select(vec4(0.0), d, v < last);
  }
}
