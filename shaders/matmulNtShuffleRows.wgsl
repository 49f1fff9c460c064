// matmulNtShuffleRows: Y[m,n] = base + Σ_k X[m,k]·W[n,k] + scale·Σ_{j<rank} H[m,hOffset+j]·B[n,j]
// with base = 0, Y[m,n] or R[m,n] for mode 0, 1, 2. Columns from N up to the next multiple of 4 become 0.
// For software adapters: as matmulNtShuffle, but a lane owns ROWS rows of COLUMNS columns and the weights go by shuffle.
enable subgroups;
override WG: u32 = 8; // the adapter's subgroup size: 4 or more
override ROWS: u32 = select(4u, 8u, WG < 8u); // more where few lanes share a shuffle
override COLUMNS: u32 = select(16u, 32u, WG < 8u); // 16 or 32
struct Params {
  M: u32, N: u32, K: u32, ldx: u32, ldw: u32, ldh: u32, hOffset: u32, ldb: u32, ldr: u32, ldy: u32,
  rank: u32, mode: u32, scale: f32,
}
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>; // (M, ldx)
// region load
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>; // (N, ldw) in f32
fn weight4(at: u32) -> vec4<f32> { return w[at]; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read_write> h: array<vec4<f32>>; // (M, ldh)
@group(0) @binding(3) var<storage, read> b: array<vec4<f32>>;       // (N, ldb)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>; // (M, ldr)
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>; // (M, ldy)
@group(0) @binding(6) var<uniform> params: Params;

// Where rows m … m+3 of a matrix begin, those beyond M repeating the last, and so columns n … of W and B.
fn rowsOf(m: u32) -> vec4<u32> { return min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.M - 1u)); }
fn columnsOf(n: u32) -> vec4<u32> { return min(vec4(n) + vec4(0u, WG, 2u * WG, 3u * WG), vec4(params.N - 1u)); }

// one vector a k
fn loadXRows(at: vec4<u32>) -> mat4x4<f32> { return transpose(mat4x4(x[at.x], x[at.y], x[at.z], x[at.w])); }
fn loadHRows(at: vec4<u32>) -> mat4x4<f32> { return transpose(params.scale * mat4x4(h[at.x], h[at.y], h[at.z], h[at.w])); }

// Four columns of a lane's rows: m … m+3, and m+4 … m+7 where it has them.
struct Block { upper: mat4x4<f32>, lower: mat4x4<f32> }

fn loadX(upper: vec4<u32>, lower: vec4<u32>) -> Block {
  var block = Block();
  block.upper = loadXRows(upper);
  if (ROWS > 4u) { block.lower = loadXRows(lower); }
  return block;
}

fn loadH(upper: vec4<u32>, lower: vec4<u32>) -> Block {
  var block = Block();
  block.upper = loadHRows(upper);
  if (ROWS > 4u) { block.lower = loadHRows(lower); }
  return block;
}

fn loadW(at: vec4<u32>) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = weight4(at.x);
  if (WG < 16u) { rows[1] = weight4(at.y); }
  if (WG < 8u) { rows[2] = weight4(at.z); rows[3] = weight4(at.w); }
  return rows;
}

fn loadB(at: vec4<u32>) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = b[at.x];
  if (WG < 16u) { rows[1] = b[at.y]; }
  if (WG < 8u) { rows[2] = b[at.z]; rows[3] = b[at.w]; }
  return rows;
}

// Sixteen columns, four to a block.
struct Columns { a: Block, b: Block, c: Block, d: Block }

// The lanes' columns: lane l has columns l, l + WG, … below 16.
fn columnOf(x: mat4x4<f32>, i: u32) -> vec4<f32> { return subgroupShuffle(x[i / WG], i % WG); }
fn fourColumns(x: mat4x4<f32>, i: u32) -> mat4x4<f32> {
  var four: mat4x4<f32>;
  if (WG == 4u) { // one quad: its broadcasts cost SwiftShader less than shuffles
    let v = x[i / 4u];
    four = mat4x4(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
  } else {
    four = mat4x4(columnOf(x, i), columnOf(x, i + 1u), columnOf(x, i + 2u), columnOf(x, i + 3u));
  }
  return four;
}

fn add(sum: Columns, x: Block, w: mat4x4<f32>) -> Columns {
  return Columns(addFour(sum.a, x, fourColumns(w, 0u)), addFour(sum.b, x, fourColumns(w, 4u)),
              addFour(sum.c, x, fourColumns(w, 8u)), addFour(sum.d, x, fourColumns(w, 12u)));
}

fn addFour(sum: Block, x: Block, c: mat4x4<f32>) -> Block {
  var s = sum;
  s.upper = addColumns(s.upper, x.upper, c);
  if (ROWS > 4u) { s.lower = addColumns(s.lower, x.lower, c); }
  return s;
}

// sum[i] += Σ_j x[j]·c[i][j] for four columns i, j in order
fn addColumns(sum: mat4x4<f32>, x: mat4x4<f32>, c: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(addColumn(sum[0], x, c[0]), addColumn(sum[1], x, c[1]), addColumn(sum[2], x, c[2]), addColumn(sum[3], x, c[3]));
}

fn addColumn(sum: vec4<f32>, x: mat4x4<f32>, c: vec4<f32>) -> vec4<f32> {
  return fma(vec4(c.w), x[3], fma(vec4(c.z), x[2], fma(vec4(c.y), x[1], fma(vec4(c.x), x[0], sum))));
}

fn store(m: u32, n: u32, sum: vec4<f32>) {
  if (m >= params.M || n >= params.N) { return; }
  let at = (m * params.ldy + n) / 4u;
  var value = sum;
  if (params.mode == 1u) { value += y[at]; }
  if (params.mode == 2u) { value += r[(m * params.ldr + n) / 4u]; }
  y[at] = select(vec4(0.0), value, vec4(n) + vec4(0u, 1u, 2u, 3u) < vec4(params.N));
}

// Four columns of four rows.
fn storeFour(m: u32, n: u32, columns: mat4x4<f32>) {
  let rows = transpose(columns);
  store(m, n, rows[0]);
  store(m + 1u, n, rows[1]);
  store(m + 2u, n, rows[2]);
  store(m + 3u, n, rows[3]);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let m = (group.y * WG + lane) * ROWS;
  let n = group.x * COLUMNS;
  var sum = Columns();
  var more = Columns(); // the columns from the 17th on
  let upper = rowsOf(m);
  let lower = rowsOf(m + 4u);
  let first = columnsOf(n + lane);
  let second = columnsOf(n + 16u + lane);
  let upperX = upper * (params.ldx / 4u);
  let lowerX = lower * (params.ldx / 4u);
  let firstW = first * (params.ldw / 4u);
  let secondW = second * (params.ldw / 4u);
  for (var k = 0u; k < params.K / 4u; k++) {
    let x = loadX(upperX + vec4(k), lowerX + vec4(k));
    sum = add(sum, x, loadW(firstW + vec4(k)));
    if (COLUMNS > 16u) { more = add(more, x, loadW(secondW + vec4(k))); }
  }
  for (var j = 0u; j < params.rank / 4u; j++) {
    let at = params.hOffset / 4u + j;
    let x = loadH(upper * (params.ldh / 4u) + vec4(at), lower * (params.ldh / 4u) + vec4(at));
    sum = add(sum, x, loadB(first * (params.ldb / 4u) + vec4(j)));
    if (COLUMNS > 16u) { more = add(more, x, loadB(second * (params.ldb / 4u) + vec4(j))); }
  }
  let end = min(n + COLUMNS, params.N);
  for (var column = n; column < end; column += 4u) {
    storeFour(m, column, sum.a.upper);
    if (ROWS > 4u) { storeFour(m + 4u, column, sum.a.lower); }
    sum = Columns(sum.b, sum.c, sum.d, more.a);
    more = Columns(more.b, more.c, more.d, more.a);
  }
}
