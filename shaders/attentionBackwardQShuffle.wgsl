// attentionBackwardQShuffle: attentionBackwardQ (see there) in the form of attentionShuffle: one workgroup is one subgroup, a
// lane keeps ROWS (query, head) pairs of one key head in registers, rows of k and v are handed round by shuffles.
enable subgroups; // and what follows this file is parts/laneRows.wgsl
diagnostic(off, subgroup_uniformity); // the loops' bounds come out of subgroupMin and subgroupMax: equal in all lanes
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;     // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(3) var<storage, read_write> o: array<vec4<f32>>;     // (T, NH·hs)
@group(0) @binding(4) var<storage, read_write> dout: array<vec4<f32>>;  // (T, NH·hs)
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;       // (T, NH, 2) log-sum-exp, delta (written here)
@group(0) @binding(6) var<storage, read_write> spans: array<vec4<u32>>; // (T)
@group(0) @binding(7) var<storage, read_write> dq: array<vec4<f32>>;    // (T, ldq)
@group(0) @binding(8) var<uniform> params: Params;

// region size
const HS4 = 8u; // hs / 4
const WG = 8u; // the subgroup size
const ROWS = 1u; // pairs a lane: 1 or 2
// end
const NONE = 0xffffffffu;
const BLOCK = 32u; // keys between two looks for a gap

// The first key ≥ j that a span sees.
fn nextKey(span: vec4<u32>, j: u32) -> u32 {
  let a = max(span.x, j);
  let b = max(span.z, j);
  return min(select(NONE, a, a < span.y), select(NONE, b, b < span.w));
}

fn endOf(span: vec4<u32>) -> u32 { return max(select(0u, span.y, span.x < span.y), select(0u, span.w, span.z < span.w)); }

fn sees(span: vec4<u32>, j: u32) -> bool { return (j >= span.x && j < span.y) || (j >= span.z && j < span.w); }

// Row r of the pairs that read `head`: its query and its head.
fn pair(r: u32, head: u32) -> vec2<u32> {
  let group = params.NH / params.NKV;
  return vec2(r / group, head * group + r % group);
}

// the lane's rows of one, each with its row of the other
fn products(a: Rows, b: Rows) -> vec2<f32> {
  var x = vec4(0.0);
  var y = vec4(0.0);
  { x = dotFour(x, a.first.a, b.first.a); if (ROWS > 1u) { y = dotFour(y, a.second.a, b.second.a); } }
  if (HS4 > 4u) { x = dotFour(x, a.first.b, b.first.b); if (ROWS > 1u) { y = dotFour(y, a.second.b, b.second.b); } }
  if (HS4 > 8u) { x = dotFour(x, a.first.c, b.first.c); if (ROWS > 1u) { y = dotFour(y, a.second.c, b.second.c); } }
  if (HS4 > 12u) { x = dotFour(x, a.first.d, b.first.d); if (ROWS > 1u) { y = dotFour(y, a.second.d, b.second.d); } }
  if (HS4 > 16u) { x = dotFour(x, a.first.e, b.first.e); if (ROWS > 1u) { y = dotFour(y, a.second.e, b.second.e); } }
  if (HS4 > 20u) { x = dotFour(x, a.first.f, b.first.f); if (ROWS > 1u) { y = dotFour(y, a.second.f, b.second.f); } }
  if (HS4 > 24u) { x = dotFour(x, a.first.g, b.first.g); if (ROWS > 1u) { y = dotFour(y, a.second.g, b.second.g); } }
  if (HS4 > 28u) { x = dotFour(x, a.first.h, b.first.h); if (ROWS > 1u) { y = dotFour(y, a.second.h, b.second.h); } }
  return vec2(x.x + x.y + x.z + x.w, y.x + y.y + y.z + y.w);
}

fn statsAt(r: u32, head: u32) -> u32 {
  let th = pair(r, head);
  return 2u * (th.x * params.NH + th.y);
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = id.y * groups.x + id.x;
  let head = index % params.NKV;
  let tile = index / params.NKV * WG * ROWS;
  let pairs = params.T * (params.NH / params.NKV);
  if (tile >= pairs) { return; }
  let rows = min(WG * ROWS, pairs - tile); // a bound the compiler cannot unroll: that would take it seconds

  var qs = Rows();
  var ds = Rows(); // dout
  var os = Rows();
  let own = vec2(lane * ROWS, lane * ROWS + 1u); // this lane's rows; the second counts only where it has two
  for (var r = 0u; r < rows; r++) {
    let th = pair(tile + r, head);
    let out = (th.x * params.NH + th.y) * HS4;
    let mine = own == vec2(r);
    qs = taken(qs, times(params.scale, loadRow(&q, (th.x * params.ldq + th.y * params.hs) / 4u, lane)), mine);
    ds = taken(ds, loadRow(&dout, out, lane), mine);
    os = taken(os, loadRow(&o, out, lane), mine);
  }
  let delta = products(ds, os);
  let isRow = own < vec2(rows, select(0u, rows, ROWS > 1u));
  var lse = vec2(0.0);
  var first = vec4<u32>(); // the rows' spans
  var second = vec4<u32>();
  if (isRow.x) {
    let at = statsAt(tile + own.x, head);
    lse.x = stats[at];
    stats[at + 1u] = delta.x;
    first = spans[pair(tile + own.x, head).x];
  }
  if (isRow.y) {
    let at = statsAt(tile + own.y, head);
    lse.y = stats[at];
    stats[at + 1u] = delta.y;
    second = spans[pair(tile + own.y, head).x];
  }
  var next = subgroupMin(min(nextKey(first, 0u), nextKey(second, 0u)));
  let stop = subgroupMax(max(endOf(first), endOf(second)));

  var dqs = Rows();
  while (next < stop) {
    let end = min(next + BLOCK, stop);
    for (var j = next; j < end; j++) {
      let row = (j * params.ldkv + head * params.hs) / 4u;
      let key = loadRow(&k, row, lane);
      let s = dots(qs, key);
      let dp = dots(ds, loadRow(&v, row, lane));
      let seen = vec2(sees(first, j), sees(second, j));
      let p = select(vec2(0.0), exp(min(s - lse, vec2(0.0))), seen);
      dqs = addTo(dqs, p * (dp - delta), key);
    }
    next = subgroupMin(min(nextKey(first, end), nextKey(second, end)));
  }

  for (var r = 0u; r < rows; r++) {
    let th = pair(tile + r, head);
    storeRow(&dq, (th.x * params.ldq + th.y * params.hs) / 4u, params.scale, dqs, r, lane);
  }
}
