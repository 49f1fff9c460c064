// attention: o[t,h] = Σ_j p_j v_j with p = softmax_j(scale · q[t,h]·k_j) over the keys j of two ranges,
//   [spans[t].x, spans[t].y) ∪ [spans[t].z, spans[t].w); head h reads key/value head h / (NH/NKV).
//   stats[t,h,0] = log Σ_j exp(scale · q·k_j). Without any key o = 0 and the log-sum-exp is −1e30.
// One workgroup a (t, h): blocks of WG keys, first a lane a key (scores), then a lane a few columns (o), with a running
// maximum. Right for every hs, and the form for decoding, where rows are few and ranges long.
override WG: u32 = 64;
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;     // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<f32>;           // (S, ldkv)
@group(0) @binding(3) var<storage, read_write> spans: array<vec4<u32>>; // (T)
@group(0) @binding(4) var<storage, read_write> o: array<f32>;           // (T, NH·hs)
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;       // (T, NH, 2)
@group(0) @binding(6) var<uniform> params: Params;

const FLOOR = -1e30;
var<workgroup> scores: array<f32, WG>; // of the block, then their exponentials
var<workgroup> range: vec4<u32>; // the span, so that loops round barriers are seen to be uniform

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = id.y * groups.x + id.x;
  let t = index / params.NH;
  if (t >= params.T) { return; }
  let h = index % params.NH;
  let column = h / (params.NH / params.NKV) * params.hs;
  let query = (t * params.ldq + h * params.hs) / 4u;
  let out = (t * params.NH + h) * params.hs;
  if (lane == 0u) { range = spans[t]; }
  let span = workgroupUniformLoad(&range);
  let prefix = span.y - span.x;
  let keys = prefix + span.w - span.z;

  for (var c = lane; c < params.hs; c += WG) { o[out + c] = 0.0; }
  var top = FLOOR;
  var sum = 0.0;
  for (var start = 0u; start < keys; start += WG) {
    let n = min(WG, keys - start);
    var s = FLOOR;
    if (lane < n) {
      let i = start + lane;
      let row = (select(span.z + i - prefix, span.x + i, i < prefix) * params.ldkv + column) / 4u;
      var acc = vec4(0.0);
      for (var c = 0u; c < params.hs / 4u; c++) { acc = fma(q[query + c], k[row + c], acc); }
      s = params.scale * (acc.x + acc.y + acc.z + acc.w);
    }
    scores[lane] = s;
    workgroupBarrier();
    var highest = top;
    for (var i = 0u; i < n; i++) { highest = max(highest, scores[i]); }
    workgroupBarrier();
    scores[lane] = exp(s - highest);
    workgroupBarrier();
    let shrink = exp(top - highest);
    top = highest;
    sum *= shrink;
    for (var i = 0u; i < n; i++) { sum += scores[i]; }
    for (var c = lane; c < params.hs; c += WG) {
      var acc = o[out + c] * shrink;
      for (var i = 0u; i < n; i++) {
        let j = select(span.z + start + i - prefix, span.x + start + i, start + i < prefix);
        acc = fma(scores[i], v[j * params.ldkv + column + c], acc);
      }
      o[out + c] = acc;
    }
    workgroupBarrier();
  }
  if (keys > 0u) {
    for (var c = lane; c < params.hs; c += WG) { o[out + c] /= sum; }
  }
  if (lane == 0u) { stats[2u * (t * params.NH + h)] = select(FLOOR, top + log(sum), keys > 0u); }
}
