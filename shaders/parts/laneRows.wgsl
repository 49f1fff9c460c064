// Rows of a head in the registers of a subgroup's lanes, for attention's Shuffle variants, which stand before this and say HS4 (vectors of
// a row, 32 at most), WG (lanes, 4 or more) and ROWS (1 or 2).

// A row, four vectors of four columns to a matrix; what is beyond HS4 the compiler leaves out. Every index is a constant
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

// The row of a matrix that begins at its vector `row`.
fn loadRow(matrix: ptr<storage, array<vec4<f32>>, read_write>, row: u32, lane: u32) -> Share {
  var s = Share();
  s.a[0] = inside((*matrix)[row + vectorOf(0u, lane)], 0u, lane);
  if (HS4 > 1u * WG) { s.a[1] = inside((*matrix)[row + vectorOf(1u, lane)], 1u, lane); }
  if (HS4 > 2u * WG) { s.a[2] = inside((*matrix)[row + vectorOf(2u, lane)], 2u, lane); }
  if (HS4 > 3u * WG) { s.a[3] = inside((*matrix)[row + vectorOf(3u, lane)], 3u, lane); }
  if (HS4 > 4u * WG) { s.b[0] = inside((*matrix)[row + vectorOf(4u, lane)], 4u, lane); }
  if (HS4 > 5u * WG) { s.b[1] = inside((*matrix)[row + vectorOf(5u, lane)], 5u, lane); }
  if (HS4 > 6u * WG) { s.b[2] = inside((*matrix)[row + vectorOf(6u, lane)], 6u, lane); }
  if (HS4 > 7u * WG) { s.b[3] = inside((*matrix)[row + vectorOf(7u, lane)], 7u, lane); }
  return s;
}

fn times(factor: f32, s: Share) -> Share { return Share(factor * s.a, factor * s.b); }

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

// The products of the lane's rows with a row that the lanes hold
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

// rows + factors · a row that the lanes hold
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

// factor · row r of the lanes' rows into a matrix from its vector `row` on, four vectors at a time by the first four lanes.
fn storeRow(matrix: ptr<storage, array<vec4<f32>>, read_write>, row: u32, factor: f32, rows: Rows, r: u32, lane: u32) {
  { storeFour(matrix, row, 0u, factor * given(rows.first.a, rows.second.a, r, lane), lane); }
  if (HS4 > 4u) { storeFour(matrix, row, 4u, factor * given(rows.first.b, rows.second.b, r, lane), lane); }
  if (HS4 > 8u) { storeFour(matrix, row, 8u, factor * given(rows.first.c, rows.second.c, r, lane), lane); }
  if (HS4 > 12u) { storeFour(matrix, row, 12u, factor * given(rows.first.d, rows.second.d, r, lane), lane); }
  if (HS4 > 16u) { storeFour(matrix, row, 16u, factor * given(rows.first.e, rows.second.e, r, lane), lane); }
  if (HS4 > 20u) { storeFour(matrix, row, 20u, factor * given(rows.first.f, rows.second.f, r, lane), lane); }
  if (HS4 > 24u) { storeFour(matrix, row, 24u, factor * given(rows.first.g, rows.second.g, r, lane), lane); }
  if (HS4 > 28u) { storeFour(matrix, row, 28u, factor * given(rows.first.h, rows.second.h, r, lane), lane); }
}

fn storeFour(matrix: ptr<storage, array<vec4<f32>>, read_write>, row: u32, c: u32, value: vec4<f32>, lane: u32) {
  if (lane < 4u && c + lane < HS4) { (*matrix)[row + c + lane] = value; }
}
