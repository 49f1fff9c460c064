// klRows: with n = rowOffset + r, p = softmax(teacher[r]), q = softmax(student[r]) over the first V columns:
//   kl[n] = Σ_v p[v]·(log p[v] − log q[v])
// One workgroup a row, three passes: maxima, sums of exponentials, divergence.
override WG: u32 = 64;
struct Params { R: u32, V: u32, ld: u32, rowOffset: u32 }
@group(0) @binding(0) var<storage, read_write> teacher: array<vec4<f32>>; // (R, ld/4)
@group(0) @binding(1) var<storage, read_write> student: array<vec4<f32>>; // (R, ld/4)
@group(0) @binding(2) var<storage, read_write> kl: array<f32>;            // (rows)
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> partial: array<vec2<f32>, WG>;

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
  let least = vec4(-1e30);

  var tTop = least;
  var sTop = least;
  for (var q = lane; q < quads; q += WG) {
    tTop = max(tTop, select(least, teacher[row + q], inside(q)));
    sTop = max(sTop, select(least, student[row + q], inside(q)));
  }
  let t2 = max(tTop.xy, tTop.zw);
  let s2 = max(sTop.xy, sTop.zw);
  let top = treeMax(lane, vec2(max(t2.x, t2.y), max(s2.x, s2.y)));

  var tSum = vec4(0.0);
  var sSum = vec4(0.0);
  for (var q = lane; q < quads; q += WG) {
    tSum += select(vec4(0.0), exp(min(teacher[row + q] - top.x, vec4(0.0))), inside(q));
    sSum += select(vec4(0.0), exp(min(student[row + q] - top.y, vec4(0.0))), inside(q));
  }
  let sums = treeSum(lane, vec2(dot(tSum, vec4(1.0)), dot(sSum, vec4(1.0))));
  let lse = top + log(sums);

  var divergence = vec4(0.0);
  for (var q = lane; q < quads; q += WG) {
    let logP = teacher[row + q] - lse.x;
    let logQ = student[row + q] - lse.y;
    let p = exp(min(logP, vec4(0.0)));
    divergence += select(vec4(0.0), p * (logP - logQ), inside(q));
  }
  let total = treeSum(lane, vec2(dot(divergence, vec4(1.0)), 0.0));
  if (lane == 0u) { kl[n] = total.x; }
}
