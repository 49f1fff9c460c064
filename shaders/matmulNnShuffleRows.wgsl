// matmulNnShuffleRows: dX[m,k] = base + Σ_n dY[m,n]·W[n,k] + scale·Σ_{j<rank} G[m,gOffset+j]·A[j,k]
// with base = 0, dX[m,k] or R[m,k] for mode 0, 1, 2. dY's columns from N up to the next multiple of 4 must be 0.
// For software adapters: as matmulNnShuffle, but a lane owns ROWS rows of COLUMNS columns and the weights go by shuffle.
enable subgroups;
override WG: u32 = 8; // the adapter's subgroup size: 4 or more
override ROWS: u32 = select(4u, 8u, WG < 8u); // more where few lanes share a shuffle
override COLUMNS: u32 = select(16u, 32u, WG < 8u); // 16 or 32
struct Params {
  M: u32, N: u32, K: u32, lddy: u32, ldw: u32, ldg: u32, gOffset: u32, lda: u32, ldr: u32, lddx: u32,
  rank: u32, mode: u32, scale: f32,
}
@group(0) @binding(0) var<storage, read_write> dy: array<vec4<f32>>; // (M, lddy)
// region load
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>; // (N, ldw) in f32
const SCALED = 0x40000000u; // vectors of four that share a Scale: all, there is none
alias Scale = u32;
fn scaleOf(at: u32) -> Scale { return 0u; }
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return w[at]; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read_write> g: array<vec4<f32>>;  // (M, ldg)
@group(0) @binding(3) var<storage, read> a: array<vec4<f32>>;        // (rank, lda)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>;  // (M, ldr)
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>; // (M, lddx)
@group(0) @binding(6) var<uniform> params: Params;

// Rows m … m+3 of dY and G; those beyond M repeat the last.
fn rowsOf(m: u32) -> vec4<u32> { return min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.M - 1u)); }

// one vector an n
fn loadDyRows(at: vec4<u32>) -> mat4x4<f32> { return transpose(mat4x4(dy[at.x], dy[at.y], dy[at.z], dy[at.w])); }
fn loadGRows(at: vec4<u32>) -> mat4x4<f32> { return transpose(params.scale * mat4x4(g[at.x], g[at.y], g[at.z], g[at.w])); }

// Four columns of a lane's rows: m … m+3, and m+4 … m+7 where it has them.
struct Block { upper: mat4x4<f32>, lower: mat4x4<f32> }

fn loadDy(upper: vec4<u32>, lower: vec4<u32>) -> Block {
  var block = Block();
  block.upper = loadDyRows(upper);
  if (ROWS > 4u) { block.lower = loadDyRows(lower); }
  return block;
}

fn loadG(upper: vec4<u32>, lower: vec4<u32>) -> Block {
  var block = Block();
  block.upper = loadGRows(upper);
  if (ROWS > 4u) { block.lower = loadGRows(lower); }
  return block;
}

// The 4×16 block of W from row 4n and column k in sixteen parts, four to a row; beyond N, where dY is 0, the last row again.
fn placeW(n: u32, k: u32, row: u32, part: u32) -> u32 {
  return (min(4u * n + row, params.N - 1u) * params.ldw + min(k + part * 4u, params.K - 4u)) / 4u;
}
fn loadW(n: u32, k: u32, part: u32, scales: Scale) -> vec4<f32> {
  return weightOf(subgroupShuffle(scales, part / 4u), placeW(n, k, part / 4u, part % 4u));
}

fn loadA(j: u32, k: u32, part: u32) -> vec4<f32> {
  return a[((4u * j + part / 4u) * params.lda + min(k + part % 4u * 4u, params.K - 4u)) / 4u];
}

// What a row of the block shares, a lane unpacks for all: it lies within 32 columns.
fn loadWLanes(n: u32, k: u32, lane: u32) -> mat4x4<f32> {
  let scales = scaleOf(placeW(n, k, lane % 4u, 0u));
  var parts = mat4x4<f32>();
  parts[0] = loadW(n, k, lane % 16u, scales);
  if (WG < 16u) { parts[1] = loadW(n, k, lane + WG, scales); }
  if (WG < 8u) { parts[2] = loadW(n, k, lane + 2u * WG, scales); parts[3] = loadW(n, k, lane + 3u * WG, scales); }
  return parts;
}

fn loadALanes(j: u32, k: u32, lane: u32) -> mat4x4<f32> {
  var parts = mat4x4<f32>();
  parts[0] = loadA(j, k, lane % 16u);
  if (WG < 16u) { parts[1] = loadA(j, k, lane + WG); }
  if (WG < 8u) { parts[2] = loadA(j, k, lane + 2u * WG); parts[3] = loadA(j, k, lane + 3u * WG); }
  return parts;
}

// Sixteen columns, four to a block.
struct Columns { a: Block, b: Block, c: Block, d: Block }

// The lanes' parts: lane l has parts l, l + WG, … below 16. Parts i … i + 3 are a row of the block.
fn partOf(parts: mat4x4<f32>, i: u32) -> vec4<f32> { return subgroupShuffle(parts[i / WG], i % WG); }
fn rowOf(parts: mat4x4<f32>, i: u32) -> mat4x4<f32> {
  var four: mat4x4<f32>;
  if (WG == 4u) { // one quad: its broadcasts cost SwiftShader less than shuffles
    let v = parts[i / 4u];
    four = mat4x4(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
  } else {
    four = mat4x4(partOf(parts, i), partOf(parts, i + 1u), partOf(parts, i + 2u), partOf(parts, i + 3u));
  }
  return four;
}

// sum[i] += Σ_n x[n]·c_n[i] for four columns i, c_n column `column` of row n, n in order
fn addFour(sum: Block, x: Block, rows: array<mat4x4<f32>, 4>, column: u32) -> Block {
  var s = addPart(sum, x, rows[0][column], 0u);
  s = addPart(s, x, rows[1][column], 1u);
  s = addPart(s, x, rows[2][column], 2u);
  return addPart(s, x, rows[3][column], 3u);
}

fn addPart(sum: Block, x: Block, c: vec4<f32>, n: u32) -> Block {
  var s = sum;
  s.upper = addOuter(s.upper, c, x.upper[n]);
  if (ROWS > 4u) { s.lower = addOuter(s.lower, c, x.lower[n]); }
  return s;
}

fn addOuter(s: mat4x4<f32>, c: vec4<f32>, x: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(fma(vec4(c.x), x, s[0]), fma(vec4(c.y), x, s[1]), fma(vec4(c.z), x, s[2]), fma(vec4(c.w), x, s[3]));
}

fn add(sum: Columns, x: Block, parts: mat4x4<f32>) -> Columns {
  let rows = array<mat4x4<f32>, 4>(rowOf(parts, 0u), rowOf(parts, 4u), rowOf(parts, 8u), rowOf(parts, 12u));
  return Columns(addFour(sum.a, x, rows, 0u), addFour(sum.b, x, rows, 1u), addFour(sum.c, x, rows, 2u), addFour(sum.d, x, rows, 3u));
}

fn store(m: u32, k: u32, sum: vec4<f32>) {
  if (m >= params.M || k >= params.K) { return; }
  let at = (m * params.lddx + k) / 4u;
  var value = sum;
  if (params.mode == 1u) { value += dx[at]; }
  if (params.mode == 2u) { value += r[(m * params.ldr + k) / 4u]; }
  dx[at] = value;
}

// Four columns of four rows.
fn storeFour(m: u32, k: u32, columns: mat4x4<f32>) {
  let rows = transpose(columns);
  store(m, k, rows[0]);
  store(m + 1u, k, rows[1]);
  store(m + 2u, k, rows[2]);
  store(m + 3u, k, rows[3]);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let m = (group.y * WG + lane) * ROWS;
  let k = group.x * COLUMNS;
  var sum = Columns();
  var more = Columns(); // the columns from the 17th on
  let upper = rowsOf(m);
  let lower = rowsOf(m + 4u);
  let upperDy = upper * (params.lddy / 4u);
  let lowerDy = lower * (params.lddy / 4u);
  for (var n = 0u; n < (params.N + 3u) / 4u; n++) {
    let x = loadDy(upperDy + vec4(n), lowerDy + vec4(n));
    sum = add(sum, x, loadWLanes(n, k, lane));
    if (COLUMNS > 16u) { more = add(more, x, loadWLanes(n, k + 16u, lane)); }
  }
  for (var j = 0u; j < params.rank / 4u; j++) {
    let at = params.gOffset / 4u + j;
    let x = loadG(upper * (params.ldg / 4u) + vec4(at), lower * (params.ldg / 4u) + vec4(at));
    sum = add(sum, x, loadALanes(j, k, lane));
    if (COLUMNS > 16u) { more = add(more, x, loadALanes(j, k + 16u, lane)); }
  }
  let end = min(k + COLUMNS, params.K);
  for (var column = k; column < end; column += 4u) {
    storeFour(m, column, sum.a.upper);
    if (ROWS > 4u) { storeFour(m + 4u, column, sum.a.lower); }
    sum = Columns(sum.b, sum.c, sum.d, more.a);
    more = Columns(more.b, more.c, more.d, more.a);
  }
}
