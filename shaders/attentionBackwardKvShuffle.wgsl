// attentionBackwardKvShuffle: attentionBackwardKv (see there) in the form of attentionShuffle: one workgroup is one subgroup, a
// lane keeps ROWS keys of one key head with their gradients in registers, rows of q and dout are handed round by shuffles.
enable subgroups;
diagnostic(off, subgroup_uniformity); // the loops' bounds come out of subgroupMax: equal in all lanes
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;     // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;     // (T, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;     // (T, ldkv)
@group(0) @binding(3) var<storage, read_write> dout: array<vec4<f32>>;  // (T, NH·hs)
@group(0) @binding(4) var<storage, read_write> stats: array<vec2<f32>>; // (T, NH) log-sum-exp, delta
@group(0) @binding(5) var<storage, read_write> reach: array<u32>;       // (T)
@group(0) @binding(6) var<storage, read_write> dk: array<vec4<f32>>;    // (T, ldkv)
@group(0) @binding(7) var<storage, read_write> dv: array<vec4<f32>>;    // (T, ldkv)
@group(0) @binding(8) var<uniform> params: Params;

// region size
const HS4 = 8u; // hs / 4
const WG = 8u; // the subgroup size
const ROWS = 1u; // keys a lane: 1 or 2
// end

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
  s.a[0] = inside(q[row + vectorOf(0u, lane)], 0u, lane);
  if (HS4 > 1u * WG) { s.a[1] = inside(q[row + vectorOf(1u, lane)], 1u, lane); }
  if (HS4 > 2u * WG) { s.a[2] = inside(q[row + vectorOf(2u, lane)], 2u, lane); }
  if (HS4 > 3u * WG) { s.a[3] = inside(q[row + vectorOf(3u, lane)], 3u, lane); }
  if (HS4 > 4u * WG) { s.b[0] = inside(q[row + vectorOf(4u, lane)], 4u, lane); }
  if (HS4 > 5u * WG) { s.b[1] = inside(q[row + vectorOf(5u, lane)], 5u, lane); }
  if (HS4 > 6u * WG) { s.b[2] = inside(q[row + vectorOf(6u, lane)], 6u, lane); }
  if (HS4 > 7u * WG) { s.b[3] = inside(q[row + vectorOf(7u, lane)], 7u, lane); }
  return s;
}
fn loadK(row: u32, lane: u32) -> Share {
  var s = Share();
  s.a[0] = inside(params.scale * k[row + vectorOf(0u, lane)], 0u, lane);
  if (HS4 > 1u * WG) { s.a[1] = inside(params.scale * k[row + vectorOf(1u, lane)], 1u, lane); }
  if (HS4 > 2u * WG) { s.a[2] = inside(params.scale * k[row + vectorOf(2u, lane)], 2u, lane); }
  if (HS4 > 3u * WG) { s.a[3] = inside(params.scale * k[row + vectorOf(3u, lane)], 3u, lane); }
  if (HS4 > 4u * WG) { s.b[0] = inside(params.scale * k[row + vectorOf(4u, lane)], 4u, lane); }
  if (HS4 > 5u * WG) { s.b[1] = inside(params.scale * k[row + vectorOf(5u, lane)], 5u, lane); }
  if (HS4 > 6u * WG) { s.b[2] = inside(params.scale * k[row + vectorOf(6u, lane)], 6u, lane); }
  if (HS4 > 7u * WG) { s.b[3] = inside(params.scale * k[row + vectorOf(7u, lane)], 7u, lane); }
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
fn storeDk(row: u32, rows: Rows, r: u32, lane: u32) {
  { storeDkFour(row + 0u, 0u, lane, given(rows.first.a, rows.second.a, r, lane)); }
  if (HS4 > 4u) { storeDkFour(row + 4u, 4u, lane, given(rows.first.b, rows.second.b, r, lane)); }
  if (HS4 > 8u) { storeDkFour(row + 8u, 8u, lane, given(rows.first.c, rows.second.c, r, lane)); }
  if (HS4 > 12u) { storeDkFour(row + 12u, 12u, lane, given(rows.first.d, rows.second.d, r, lane)); }
  if (HS4 > 16u) { storeDkFour(row + 16u, 16u, lane, given(rows.first.e, rows.second.e, r, lane)); }
  if (HS4 > 20u) { storeDkFour(row + 20u, 20u, lane, given(rows.first.f, rows.second.f, r, lane)); }
  if (HS4 > 24u) { storeDkFour(row + 24u, 24u, lane, given(rows.first.g, rows.second.g, r, lane)); }
  if (HS4 > 28u) { storeDkFour(row + 28u, 28u, lane, given(rows.first.h, rows.second.h, r, lane)); }
}
fn storeDkFour(at: u32, c: u32, lane: u32, value: vec4<f32>) {
  if (lane < 4u && c + lane < HS4) { dk[at + lane] = params.scale * value; }
}

// Row r of the lanes' rows, four vectors at a time by the first four lanes.
fn storeDv(row: u32, rows: Rows, r: u32, lane: u32) {
  { storeDvFour(row + 0u, 0u, lane, given(rows.first.a, rows.second.a, r, lane)); }
  if (HS4 > 4u) { storeDvFour(row + 4u, 4u, lane, given(rows.first.b, rows.second.b, r, lane)); }
  if (HS4 > 8u) { storeDvFour(row + 8u, 8u, lane, given(rows.first.c, rows.second.c, r, lane)); }
  if (HS4 > 12u) { storeDvFour(row + 12u, 12u, lane, given(rows.first.d, rows.second.d, r, lane)); }
  if (HS4 > 16u) { storeDvFour(row + 16u, 16u, lane, given(rows.first.e, rows.second.e, r, lane)); }
  if (HS4 > 20u) { storeDvFour(row + 20u, 20u, lane, given(rows.first.f, rows.second.f, r, lane)); }
  if (HS4 > 24u) { storeDvFour(row + 24u, 24u, lane, given(rows.first.g, rows.second.g, r, lane)); }
  if (HS4 > 28u) { storeDvFour(row + 28u, 28u, lane, given(rows.first.h, rows.second.h, r, lane)); }
}
fn storeDvFour(at: u32, c: u32, lane: u32, value: vec4<f32>) {
  if (lane < 4u && c + lane < HS4) { dv[at + lane] = value; }
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
  if (tile >= params.T) { return; }
  let group = params.NH / params.NKV;
  let rows = min(WG * ROWS, params.T - tile); // a bound the compiler cannot unroll: that would take it seconds

  var ks = Rows();
  var vs = Rows();
  let own = vec2(lane * ROWS, lane * ROWS + 1u); // this lane's keys; the second counts only where it has two
  for (var r = 0u; r < rows; r++) {
    let row = ((tile + r) * params.ldkv + head * params.hs) / 4u;
    ks = taken(ks, loadK(row, lane), own == vec2(r));
    vs = taken(vs, loadV(row, lane), own == vec2(r));
  }
  var end = vec2(0u);
  if (own.x < rows) { end.x = reach[tile + own.x]; }
  if (ROWS > 1u && own.y < rows) { end.y = reach[tile + own.y]; }
  let stop = subgroupMax(max(end.x, end.y));

  var dks = Rows();
  var dvs = Rows();
  for (var h = head * group; h < (head + 1u) * group; h++) {
    for (var start = tile; start < stop; start += WG) {
      let many = min(WG, stop - start);
      let stat = stats[(start + min(lane, many - 1u)) * params.NH + h]; // a lane a query
      for (var n = 0u; n < many; n++) {
        let t = start + n;
        let query = loadQ((t * params.ldq + h * params.hs) / 4u, lane);
        let gradient = loadDout((t * params.NH + h) * HS4, lane);
        let lseDelta = subgroupShuffle(stat, n);
        let seen = (vec2(t) >= vec2(tile) + own) & (vec2(t) < end);
        let weights = select(vec2(0.0), exp(min(dots(ks, query) - lseDelta.x, vec2(0.0))), seen);
        dks = addTo(dks, weights * (dots(vs, gradient) - lseDelta.y), query);
        dvs = addTo(dvs, weights, gradient);
      }
    }
  }

  for (var r = 0u; r < rows; r++) {
    let row = ((tile + r) * params.ldkv + head * params.hs) / 4u;
    storeDk(row, dks, r, lane);
    storeDv(row, dvs, r, lane);
  }
}
