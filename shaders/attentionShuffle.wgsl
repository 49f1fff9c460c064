// attentionShuffle: attention (see there) for adapters without workgroup memory worth the name: one workgroup is one
// subgroup, and no barrier. The (query, head) pairs that read one key head are numbered, the heads of a query side by side;
// a lane keeps ROWS of them in registers. Rows of k and v are loaded once by all lanes together and handed round by shuffles.
enable subgroups; // and what follows this file is parts/laneRows.wgsl
diagnostic(off, subgroup_uniformity); // the loops' bounds come out of subgroupMin and subgroupMax: equal in all lanes
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;     // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(3) var<storage, read_write> spans: array<vec4<u32>>; // (T)
@group(0) @binding(4) var<storage, read_write> o: array<vec4<f32>>;     // (T, NH·hs)
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;       // (T, NH, 2)
@group(0) @binding(6) var<uniform> params: Params;

// region size
const HS4 = 8u; // hs / 4
const WG = 8u; // the subgroup size
const ROWS = 2u; // pairs a lane: 1 or 2
// end
const FLOOR = -1e30;
const NONE = 0xffffffffu;
const BLOCK = 32u; // keys between two looks for a gap

fn scaled(rows: Rows, factors: vec2<f32>) -> Rows {
  var r = rows;
  { r.first.a *= factors.x; if (ROWS > 1u) { r.second.a *= factors.y; } }
  if (HS4 > 4u) { r.first.b *= factors.x; if (ROWS > 1u) { r.second.b *= factors.y; } }
  if (HS4 > 8u) { r.first.c *= factors.x; if (ROWS > 1u) { r.second.c *= factors.y; } }
  if (HS4 > 12u) { r.first.d *= factors.x; if (ROWS > 1u) { r.second.d *= factors.y; } }
  if (HS4 > 16u) { r.first.e *= factors.x; if (ROWS > 1u) { r.second.e *= factors.y; } }
  if (HS4 > 20u) { r.first.f *= factors.x; if (ROWS > 1u) { r.second.f *= factors.y; } }
  if (HS4 > 24u) { r.first.g *= factors.x; if (ROWS > 1u) { r.second.g *= factors.y; } }
  if (HS4 > 28u) { r.first.h *= factors.x; if (ROWS > 1u) { r.second.h *= factors.y; } }
  return r;
}

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
  var os = Rows();
  let own = vec2(lane * ROWS, lane * ROWS + 1u); // this lane's rows; the second counts only where it has two
  for (var r = 0u; r < rows; r++) {
    let th = pair(tile + r, head);
    qs = taken(qs, times(params.scale, loadRow(&q, (th.x * params.ldq + th.y * params.hs) / 4u, lane)), own == vec2(r));
  }
  let isRow = own < vec2(rows, select(0u, rows, ROWS > 1u));
  var first = vec4<u32>(); // the rows' spans
  var second = vec4<u32>();
  if (isRow.x) { first = spans[pair(tile + own.x, head).x]; }
  if (isRow.y) { second = spans[pair(tile + own.y, head).x]; }
  var next = subgroupMin(min(nextKey(first, 0u), nextKey(second, 0u)));
  let stop = subgroupMax(max(endOf(first), endOf(second)));

  var top = vec2(FLOOR);
  var sum = vec2(0.0);
  while (next < stop) {
    let end = min(next + BLOCK, stop);
    for (var j = next; j < end; j++) {
      let row = (j * params.ldkv + head * params.hs) / 4u;
      let seen = vec2(sees(first, j), sees(second, j));
      let s = select(vec2(FLOOR), dots(qs, loadRow(&k, row, lane)), seen);
      if (subgroupAny(any(s > top))) {
        let shrink = exp(min(top - s, vec2(0.0)));
        top = max(top, s);
        sum *= shrink;
        os = scaled(os, shrink);
      }
      let weights = select(vec2(0.0), exp(s - top), seen);
      sum += weights;
      os = addTo(os, weights, loadRow(&v, row, lane));
    }
    next = subgroupMin(min(nextKey(first, end), nextKey(second, end)));
  }

  let some = sum > vec2(0.0);
  os = scaled(os, select(vec2(0.0), 1.0 / sum, some));
  let logSum = select(vec2(FLOOR), top + log(sum), some);
  if (isRow.x) { stats[statsAt(tile + own.x, head)] = logSum.x; }
  if (isRow.y) { stats[statsAt(tile + own.y, head)] = logSum.y; }
  for (var r = 0u; r < rows; r++) {
    let th = pair(tile + r, head);
    storeRow(&o, (th.x * params.NH + th.y) * HS4, 1.0, os, r, lane);
  }
}
