// klTop: the divergence from a teacher of whom the `count` likeliest tokens are known, all others in one bucket. With
// n = rowOffset + r, m = n − tableRow, q = softmax(logits[r]) over the first V columns, p_k = exp(teacher[m,k]) of the
// columns ids[m,k]:
//   kl[n] = Σ_k p_k·(log p_k − log q_k) + p_rest·(log p_rest − log q_rest),   p_rest = max(0, 1 − Σ_k p_k)
// In place logits[r,v] becomes, with mode 1, weight[n]·dkl[n]/dlogits[r,v]: q_k − p_k there, q_v·(1 − p_rest/q_rest)
// elsewhere, 0 for V <= v < ld; with mode 0 nothing of use.
// One workgroup a row. The top columns are taken out of the row first, so that q_rest is a sum of its own: 1 − Σ_k q_k would
// leave nothing of a small one. Elsewhere q_v/q_rest is the softmax within the rest. A row of equal ids has no kl of use.
override WG: u32 = 64;
override TOP: u32 = 1024; // count <= TOP, V
struct Params { R: u32, V: u32, ld: u32, count: u32, rowOffset: u32, tableRow: u32, mode: u32 }
@group(0) @binding(0) var<storage, read_write> logits: array<vec4<f32>>; // (R, ld/4)
@group(0) @binding(1) var<storage, read_write> ids: array<u32>;          // (rows − tableRow, count)
@group(0) @binding(2) var<storage, read_write> teacher: array<f32>;      // (rows − tableRow, count) log-probabilities
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;       // (rows) dL/dkl; not read with mode 0
@group(0) @binding(4) var<storage, read_write> kl: array<f32>;           // (rows)
@group(0) @binding(5) var<uniform> params: Params;

const LEAST = -1e30;
var<workgroup> partial: array<vec2<f32>, WG>;
var<workgroup> kept: array<f32, TOP>; // logits of the top columns

fn treeMax(lane: u32, value: vec2<f32>) -> vec2<f32> {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] = max(partial[lane], partial[lane + half]); }
    workgroupBarrier();
  }
  let all = partial[0];
  workgroupBarrier();
  return all;
}

fn treeSum(lane: u32, value: vec2<f32>) -> vec2<f32> {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  let all = partial[0];
  workgroupBarrier();
  return all;
}

fn inside(q: u32) -> vec4<bool> { return vec4(4u * q) + vec4(0u, 1u, 2u, 3u) < vec4(params.V); }

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
  let first = (n - params.tableRow) * params.count;
  let least = vec4(LEAST);

  for (var k = lane; k < params.count; k += WG) {
    let v = ids[first + k];
    kept[k] = logits[row + v / 4u][v % 4u];
  }
  workgroupBarrier();
  if (lane == 0u) { // by one invocation: columns of one vector are no memory of their own
    for (var k = 0u; k < params.count; k++) {
      let v = ids[first + k];
      logits[row + v / 4u][v % 4u] = LEAST;
    }
  }
  storageBarrier();
  workgroupBarrier();

  var restTop = least;
  for (var q = lane; q < quads; q += WG) {
    restTop = max(restTop, select(least, logits[row + q], inside(q)));
  }
  var keptTop = LEAST;
  for (var k = lane; k < params.count; k += WG) { keptTop = max(keptTop, kept[k]); }
  let rest2 = max(restTop.xy, restTop.zw);
  let tops = treeMax(lane, vec2(max(rest2.x, rest2.y), keptTop));

  let hasRest = params.count < params.V;
  let top = max(tops.x, tops.y);
  var restSum = vec4(0.0);
  for (var q = lane; q < quads; q += WG) {
    let e = exp(min(logits[row + q] - tops.x, vec4(0.0)));
    restSum += select(vec4(0.0), e, inside(q));
  }
  var keptSum = 0.0;
  var known = 0.0;
  for (var k = lane; k < params.count; k += WG) {
    keptSum += exp(min(kept[k] - top, 0.0));
    known += exp(min(teacher[first + k], 0.0));
  }
  let sums = treeSum(lane, vec2(dot(restSum, vec4(1.0)), keptSum));
  let rest = select(0.0, sums.x, hasRest);
  let lse = top + log(sums.y + rest * exp(min(tops.x - top, 0.0)));
  let lseRest = select(0.0, tops.x + log(sums.x), hasRest);
  let pRest = select(0.0, max(0.0, 1.0 - treeSum(lane, vec2(known, 0.0)).x), hasRest);

  var divergence = 0.0;
  for (var k = lane; k < params.count; k += WG) {
    let logP = teacher[first + k];
    divergence += exp(min(logP, 0.0)) * (logP - (kept[k] - lse));
  }
  let total = treeSum(lane, vec2(divergence, 0.0)).x;
  if (lane == 0u) {
    kl[n] = total + select(0.0, pRest * (log(max(pRest, 1e-30)) - (lseRest - lse)), pRest > 0.0);
  }

  if (params.mode == 0u) { return; }
  let w = weight[n];
  for (var q = lane; q < quads; q += WG) {
    let x = logits[row + q];
    let d = exp(min(x - lse, vec4(0.0))) - pRest * exp(min(x - lseRest, vec4(0.0)));
    logits[row + q] = select(vec4(0.0), w * d, inside(q));
  }
  storageBarrier();
  workgroupBarrier();
  if (lane == 0u) {
    for (var k = 0u; k < params.count; k++) {
      let v = ids[first + k];
      logits[row + v / 4u][v % 4u] = w * (exp(min(kept[k] - lse, 0.0)) - exp(min(teacher[first + k], 0.0)));
    }
  }
}
