// attentionBackwardQShuffle: attentionBackwardQ (see there) in the form of attentionShuffle: one workgroup is one subgroup, a
// lane keeps ROWS (query, head) pairs of one key head in registers, rows of k and v are handed round by shuffles.
enable subgroups;
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

// A row of a head, four vectors of four columns to a matrix; what is beyond HS4 the compiler leaves out. Every index is a constant
// once functions are inlined: where one is a variable, SwiftShader keeps rows in memory and takes five times as long.
struct Row { a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32>, e: mat4x4<f32>, f: mat4x4<f32>, g: mat4x4<f32>, h: mat4x4<f32> }
struct Rows { first: Row, second: Row } // a lane's; without the second where ROWS is 1
// What the lanes load of a row: lane l has vectors l, l + WG, …, eight at most.
struct Share { a: mat4x4<f32>, b: mat4x4<f32> }

// Where the lane's vector of a piece is in its row, and the vector with 0 in place of those beyond the row.
fn vectorOf(piece: u32, lane: u32) -> u32 { return min(piece * WG + lane, HS4 - 1u); }
fn inside(vector: vec4<f32>, piece: u32, lane: u32) -> vec4<f32> {
  var v = vector;
  if (HS4 % WG > 0u) { v = select(vec4(0.0), v, piece * WG + lane < HS4); }
  return v;
}

fn loadQ(row: u32, lane: u32) -> Share {
  var s = Share();
  s.a[0] = inside(params.scale * q[row + vectorOf(0u, lane)], 0u, lane);
  if (HS4 > 1u * WG) { s.a[1] = inside(params.scale * q[row + vectorOf(1u, lane)], 1u, lane); }
  if (HS4 > 2u * WG) { s.a[2] = inside(params.scale * q[row + vectorOf(2u, lane)], 2u, lane); }
  if (HS4 > 3u * WG) { s.a[3] = inside(params.scale * q[row + vectorOf(3u, lane)], 3u, lane); }
  if (HS4 > 4u * WG) { s.b[0] = inside(params.scale * q[row + vectorOf(4u, lane)], 4u, lane); }
  if (HS4 > 5u * WG) { s.b[1] = inside(params.scale * q[row + vectorOf(5u, lane)], 5u, lane); }
  if (HS4 > 6u * WG) { s.b[2] = inside(params.scale * q[row + vectorOf(6u, lane)], 6u, lane); }
  if (HS4 > 7u * WG) { s.b[3] = inside(params.scale * q[row + vectorOf(7u, lane)], 7u, lane); }
  return s;
}
fn loadK(row: u32, lane: u32) -> Share {
  var s = Share();
  s.a[0] = inside(k[row + vectorOf(0u, lane)], 0u, lane);
  if (HS4 > 1u * WG) { s.a[1] = inside(k[row + vectorOf(1u, lane)], 1u, lane); }
  if (HS4 > 2u * WG) { s.a[2] = inside(k[row + vectorOf(2u, lane)], 2u, lane); }
  if (HS4 > 3u * WG) { s.a[3] = inside(k[row + vectorOf(3u, lane)], 3u, lane); }
  if (HS4 > 4u * WG) { s.b[0] = inside(k[row + vectorOf(4u, lane)], 4u, lane); }
  if (HS4 > 5u * WG) { s.b[1] = inside(k[row + vectorOf(5u, lane)], 5u, lane); }
  if (HS4 > 6u * WG) { s.b[2] = inside(k[row + vectorOf(6u, lane)], 6u, lane); }
  if (HS4 > 7u * WG) { s.b[3] = inside(k[row + vectorOf(7u, lane)], 7u, lane); }
  return s;
}
fn loadV(row: u32, lane: u32) -> Share {
  var s = Share();
  s.a[0] = inside(v[row + vectorOf(0u, lane)], 0u, lane);
  if (HS4 > 1u * WG) { s.a[1] = inside(v[row + vectorOf(1u, lane)], 1u, lane); }
  if (HS4 > 2u * WG) { s.a[2] = inside(v[row + vectorOf(2u, lane)], 2u, lane); }
  if (HS4 > 3u * WG) { s.a[3] = inside(v[row + vectorOf(3u, lane)], 3u, lane); }
  if (HS4 > 4u * WG) { s.b[0] = inside(v[row + vectorOf(4u, lane)], 4u, lane); }
  if (HS4 > 5u * WG) { s.b[1] = inside(v[row + vectorOf(5u, lane)], 5u, lane); }
  if (HS4 > 6u * WG) { s.b[2] = inside(v[row + vectorOf(6u, lane)], 6u, lane); }
  if (HS4 > 7u * WG) { s.b[3] = inside(v[row + vectorOf(7u, lane)], 7u, lane); }
  return s;
}
fn loadO(row: u32, lane: u32) -> Share {
  var s = Share();
  s.a[0] = inside(o[row + vectorOf(0u, lane)], 0u, lane);
  if (HS4 > 1u * WG) { s.a[1] = inside(o[row + vectorOf(1u, lane)], 1u, lane); }
  if (HS4 > 2u * WG) { s.a[2] = inside(o[row + vectorOf(2u, lane)], 2u, lane); }
  if (HS4 > 3u * WG) { s.a[3] = inside(o[row + vectorOf(3u, lane)], 3u, lane); }
  if (HS4 > 4u * WG) { s.b[0] = inside(o[row + vectorOf(4u, lane)], 4u, lane); }
  if (HS4 > 5u * WG) { s.b[1] = inside(o[row + vectorOf(5u, lane)], 5u, lane); }
  if (HS4 > 6u * WG) { s.b[2] = inside(o[row + vectorOf(6u, lane)], 6u, lane); }
  if (HS4 > 7u * WG) { s.b[3] = inside(o[row + vectorOf(7u, lane)], 7u, lane); }
  return s;
}
fn loadDout(row: u32, lane: u32) -> Share {
  var s = Share();
  s.a[0] = inside(dout[row + vectorOf(0u, lane)], 0u, lane);
  if (HS4 > 1u * WG) { s.a[1] = inside(dout[row + vectorOf(1u, lane)], 1u, lane); }
  if (HS4 > 2u * WG) { s.a[2] = inside(dout[row + vectorOf(2u, lane)], 2u, lane); }
  if (HS4 > 3u * WG) { s.a[3] = inside(dout[row + vectorOf(3u, lane)], 3u, lane); }
  if (HS4 > 4u * WG) { s.b[0] = inside(dout[row + vectorOf(4u, lane)], 4u, lane); }
  if (HS4 > 5u * WG) { s.b[1] = inside(dout[row + vectorOf(5u, lane)], 5u, lane); }
  if (HS4 > 6u * WG) { s.b[2] = inside(dout[row + vectorOf(6u, lane)], 6u, lane); }
  if (HS4 > 7u * WG) { s.b[3] = inside(dout[row + vectorOf(7u, lane)], 7u, lane); }
  return s;
}

// Vectors c … c + 3 of a row that the lanes hold.
fn quad(pieces: mat4x4<f32>, c: u32) -> mat4x4<f32> {
  var four: mat4x4<f32>;
  if (WG == 4u) { // one quad: its broadcasts cost SwiftShader less than shuffles
    let v = pieces[c / 4u];
    four = mat4x4(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
  } else {
    four = mat4x4(vector(pieces, c), vector(pieces, c + 1u), vector(pieces, c + 2u), vector(pieces, c + 3u));
  }
  return four;
}
fn vector(pieces: mat4x4<f32>, c: u32) -> vec4<f32> { return subgroupShuffle(pieces[c / WG], c % WG); }
fn late(s: Share, c: u32) -> mat4x4<f32> { // from the 16th on
  var pieces = s.a;
  if (WG < 8u) { pieces = s.b; }
  return quad(pieces, c - select(0u, 16u, WG < 8u));
}

// A row that the lanes hold, in place of the lane's first or second where it is that one.
fn taken(rows: Rows, s: Share, mine: vec2<bool>) -> Rows {
  var r = rows;
  { let m = quad(s.a, 0u); r.first.a = pick(r.first.a, m, mine.x); if (ROWS > 1u) { r.second.a = pick(r.second.a, m, mine.y); } }
  if (HS4 > 4u) { let m = quad(s.a, 4u); r.first.b = pick(r.first.b, m, mine.x); if (ROWS > 1u) { r.second.b = pick(r.second.b, m, mine.y); } }
  if (HS4 > 8u) { let m = quad(s.a, 8u); r.first.c = pick(r.first.c, m, mine.x); if (ROWS > 1u) { r.second.c = pick(r.second.c, m, mine.y); } }
  if (HS4 > 12u) { let m = quad(s.a, 12u); r.first.d = pick(r.first.d, m, mine.x); if (ROWS > 1u) { r.second.d = pick(r.second.d, m, mine.y); } }
  if (HS4 > 16u) { let m = late(s, 16u); r.first.e = pick(r.first.e, m, mine.x); if (ROWS > 1u) { r.second.e = pick(r.second.e, m, mine.y); } }
  if (HS4 > 20u) { let m = late(s, 20u); r.first.f = pick(r.first.f, m, mine.x); if (ROWS > 1u) { r.second.f = pick(r.second.f, m, mine.y); } }
  if (HS4 > 24u) { let m = late(s, 24u); r.first.g = pick(r.first.g, m, mine.x); if (ROWS > 1u) { r.second.g = pick(r.second.g, m, mine.y); } }
  if (HS4 > 28u) { let m = late(s, 28u); r.first.h = pick(r.first.h, m, mine.x); if (ROWS > 1u) { r.second.h = pick(r.second.h, m, mine.y); } }
  return r;
}
fn pick(a: mat4x4<f32>, b: mat4x4<f32>, isB: bool) -> mat4x4<f32> {
  return mat4x4(select(a[0], b[0], isB), select(a[1], b[1], isB), select(a[2], b[2], isB), select(a[3], b[3], isB));
}

// both rows' products with a row that the lanes hold
fn dots(rows: Rows, s: Share) -> vec2<f32> {
  var x = vec4(0.0);
  var y = vec4(0.0);
  { let m = quad(s.a, 0u); x = dotFour(x, rows.first.a, m); if (ROWS > 1u) { y = dotFour(y, rows.second.a, m); } }
  if (HS4 > 4u) { let m = quad(s.a, 4u); x = dotFour(x, rows.first.b, m); if (ROWS > 1u) { y = dotFour(y, rows.second.b, m); } }
  if (HS4 > 8u) { let m = quad(s.a, 8u); x = dotFour(x, rows.first.c, m); if (ROWS > 1u) { y = dotFour(y, rows.second.c, m); } }
  if (HS4 > 12u) { let m = quad(s.a, 12u); x = dotFour(x, rows.first.d, m); if (ROWS > 1u) { y = dotFour(y, rows.second.d, m); } }
  if (HS4 > 16u) { let m = late(s, 16u); x = dotFour(x, rows.first.e, m); if (ROWS > 1u) { y = dotFour(y, rows.second.e, m); } }
  if (HS4 > 20u) { let m = late(s, 20u); x = dotFour(x, rows.first.f, m); if (ROWS > 1u) { y = dotFour(y, rows.second.f, m); } }
  if (HS4 > 24u) { let m = late(s, 24u); x = dotFour(x, rows.first.g, m); if (ROWS > 1u) { y = dotFour(y, rows.second.g, m); } }
  if (HS4 > 28u) { let m = late(s, 28u); x = dotFour(x, rows.first.h, m); if (ROWS > 1u) { y = dotFour(y, rows.second.h, m); } }
  return vec2(x.x + x.y + x.z + x.w, y.x + y.y + y.z + y.w);
}
fn dotFour(sum: vec4<f32>, a: mat4x4<f32>, b: mat4x4<f32>) -> vec4<f32> {
  return fma(a[3], b[3], fma(a[2], b[2], fma(a[1], b[1], fma(a[0], b[0], sum))));
}

// rows += factors · a row that the lanes hold
fn addTo(rows: Rows, factors: vec2<f32>, s: Share) -> Rows {
  var r = rows;
  { let m = quad(s.a, 0u); r.first.a = addFour(r.first.a, factors.x, m); if (ROWS > 1u) { r.second.a = addFour(r.second.a, factors.y, m); } }
  if (HS4 > 4u) { let m = quad(s.a, 4u); r.first.b = addFour(r.first.b, factors.x, m); if (ROWS > 1u) { r.second.b = addFour(r.second.b, factors.y, m); } }
  if (HS4 > 8u) { let m = quad(s.a, 8u); r.first.c = addFour(r.first.c, factors.x, m); if (ROWS > 1u) { r.second.c = addFour(r.second.c, factors.y, m); } }
  if (HS4 > 12u) { let m = quad(s.a, 12u); r.first.d = addFour(r.first.d, factors.x, m); if (ROWS > 1u) { r.second.d = addFour(r.second.d, factors.y, m); } }
  if (HS4 > 16u) { let m = late(s, 16u); r.first.e = addFour(r.first.e, factors.x, m); if (ROWS > 1u) { r.second.e = addFour(r.second.e, factors.y, m); } }
  if (HS4 > 20u) { let m = late(s, 20u); r.first.f = addFour(r.first.f, factors.x, m); if (ROWS > 1u) { r.second.f = addFour(r.second.f, factors.y, m); } }
  if (HS4 > 24u) { let m = late(s, 24u); r.first.g = addFour(r.first.g, factors.x, m); if (ROWS > 1u) { r.second.g = addFour(r.second.g, factors.y, m); } }
  if (HS4 > 28u) { let m = late(s, 28u); r.first.h = addFour(r.first.h, factors.x, m); if (ROWS > 1u) { r.second.h = addFour(r.second.h, factors.y, m); } }
  return r;
}
fn addFour(sum: mat4x4<f32>, factor: f32, m: mat4x4<f32>) -> mat4x4<f32> {
  let f = vec4(factor);
  return mat4x4(fma(f, m[0], sum[0]), fma(f, m[1], sum[1]), fma(f, m[2], sum[2]), fma(f, m[3], sum[3]));
}

// Vector lane % 4 of row r's matrix, which is one of lane r / ROWS's two.
fn given(first: mat4x4<f32>, second: mat4x4<f32>, r: u32, lane: u32) -> vec4<f32> {
  var m = given4(first, r / ROWS);
  if (ROWS > 1u) { m = pick(m, given4(second, r / ROWS), r % ROWS == 1u); }
  let i = lane % 4u;
  return select(select(m[0], m[1], i == 1u), select(m[2], m[3], i == 3u), i >= 2u);
}
fn given4(m: mat4x4<f32>, owner: u32) -> mat4x4<f32> {
  return mat4x4(subgroupShuffle(m[0], owner), subgroupShuffle(m[1], owner), subgroupShuffle(m[2], owner), subgroupShuffle(m[3], owner));
}

// Row r of the lanes' rows, four vectors at a time by the first four lanes.
fn storeDq(row: u32, rows: Rows, r: u32, lane: u32) {
  { storeDqFour(row + 0u, 0u, lane, given(rows.first.a, rows.second.a, r, lane)); }
  if (HS4 > 4u) { storeDqFour(row + 4u, 4u, lane, given(rows.first.b, rows.second.b, r, lane)); }
  if (HS4 > 8u) { storeDqFour(row + 8u, 8u, lane, given(rows.first.c, rows.second.c, r, lane)); }
  if (HS4 > 12u) { storeDqFour(row + 12u, 12u, lane, given(rows.first.d, rows.second.d, r, lane)); }
  if (HS4 > 16u) { storeDqFour(row + 16u, 16u, lane, given(rows.first.e, rows.second.e, r, lane)); }
  if (HS4 > 20u) { storeDqFour(row + 20u, 20u, lane, given(rows.first.f, rows.second.f, r, lane)); }
  if (HS4 > 24u) { storeDqFour(row + 24u, 24u, lane, given(rows.first.g, rows.second.g, r, lane)); }
  if (HS4 > 28u) { storeDqFour(row + 28u, 28u, lane, given(rows.first.h, rows.second.h, r, lane)); }
}
fn storeDqFour(at: u32, c: u32, lane: u32, value: vec4<f32>) {
  if (lane < 4u && c + lane < HS4) { dq[at + lane] = params.scale * value; }
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
    qs = taken(qs, loadQ((th.x * params.ldq + th.y * params.hs) / 4u, lane), mine);
    ds = taken(ds, loadDout(out, lane), mine);
    os = taken(os, loadO(out, lane), mine);
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
      let key = loadK(row, lane);
      let s = dots(qs, key);
      let dp = dots(ds, loadV(row, lane));
      let seen = vec2(sees(first, j), sees(second, j));
      let p = select(vec2(0.0), exp(min(s - lse, vec2(0.0))), seen);
      dqs = addTo(dqs, p * (dp - delta), key);
    }
    next = subgroupMin(min(nextKey(first, end), nextKey(second, end)));
  }

  for (var r = 0u; r < rows; r++) {
    let th = pair(tile + r, head);
    storeDq((th.x * params.ldq + th.y * params.hs) / 4u, dqs, r, lane);
  }
}
