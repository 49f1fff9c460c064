// matmulNtShuffle: Y[m,n] = base + Σ_k X[m,k]·W[n,k] + scale·Σ_{j<rank} H[m,hOffset+j]·B[n,j]
// with base = 0, Y[m,n] or R[m,n] for mode 0, 1, 2. Columns from N up to the next multiple of 4 become 0.
// For software adapters, where a load costs more than eight products: a workgroup is one subgroup and owns 16 rows; a lane owns 4
// columns, loads 16/WG of the rows and gets the others by shuffle. What the 32 weights of a block share is unpacked once for all of
// them.
enable subgroups;
override WG: u32 = 8; // the adapter's subgroup size: 4 or more
struct Params {
  M: u32, N: u32, K: u32, ldx: u32, ldw: u32, ldh: u32, hOffset: u32, ldb: u32, ldr: u32, ldy: u32,
  rank: u32, mode: u32, scale: f32,
}
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>; // (M, ldx)
// region load
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>; // (N, ldw) in f32
const SCALED = 0x40000000u; // vectors of four that share a Scale: all, there is none
alias Scale = u32;
fn scaleOf(at: u32) -> Scale { return 0u; }
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return w[at]; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read_write> h: array<vec4<f32>>; // (M, ldh)
@group(0) @binding(3) var<storage, read> b: array<vec4<f32>>;       // (N, ldb)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>; // (M, ldr)
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>; // (M, ldy)
@group(0) @binding(6) var<uniform> params: Params;

// four of row m, beyond M those of the last
fn loadX(m: u32, at: u32) -> vec4<f32> { return x[min(m, params.M - 1u) * (params.ldx / 4u) + at]; }
fn loadH(m: u32, at: u32) -> vec4<f32> {
  return params.scale * h[min(m, params.M - 1u) * (params.ldh / 4u) + params.hOffset / 4u + at];
}

fn loadXLanes(m: u32, at: u32) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = loadX(m, at);
  if (WG < 16u) { rows[1] = loadX(m + WG, at); }
  if (WG < 8u) { rows[2] = loadX(m + 2u * WG, at); rows[3] = loadX(m + 3u * WG, at); }
  return rows;
}

fn loadHLanes(m: u32, at: u32) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = loadH(m, at);
  if (WG < 16u) { rows[1] = loadH(m + WG, at); }
  if (WG < 8u) { rows[2] = loadH(m + 2u * WG, at); rows[3] = loadH(m + 3u * WG, at); }
  return rows;
}

// Where columns n … n+3 of Wᵀ begin, those beyond N repeating the last, and what their blocks share from some k on.
struct Scales { a: Scale, b: Scale, c: Scale, d: Scale }
fn startW(n: u32) -> vec4<u32> { return min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)) * (params.ldw / 4u); }
fn scalesW(at: vec4<u32>) -> Scales { return Scales(scaleOf(at.x), scaleOf(at.y), scaleOf(at.z), scaleOf(at.w)); }

// columns n … n+3 of Wᵀ and Bᵀ, one vector a k; those beyond N repeat the last
fn loadW(by: Scales, at: vec4<u32>) -> mat4x4<f32> {
  return transpose(mat4x4(weightOf(by.a, at.x), weightOf(by.b, at.y), weightOf(by.c, at.z), weightOf(by.d, at.w)));
}

fn loadB(n: u32, j: u32) -> mat4x4<f32> {
  let at = min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)) * (params.ldb / 4u) + vec4(j);
  return transpose(mat4x4(b[at.x], b[at.y], b[at.z], b[at.w]));
}

// Sixteen rows of four columns, four rows to a matrix.
struct Rows { a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32> }

// The lanes' rows: lane l has rows l, l + WG, … below 16.
fn rowOf(x: mat4x4<f32>, i: u32) -> vec4<f32> { return subgroupShuffle(x[i / WG], i % WG); }
fn fourRows(x: mat4x4<f32>, i: u32) -> mat4x4<f32> { return mat4x4(rowOf(x, i), rowOf(x, i + 1u), rowOf(x, i + 2u), rowOf(x, i + 3u)); }

fn add(sum: Rows, c: mat4x4<f32>, x: mat4x4<f32>) -> Rows {
  return Rows(addRows(sum.a, c, fourRows(x, 0u)), addRows(sum.b, c, fourRows(x, 4u)),
              addRows(sum.c, c, fourRows(x, 8u)), addRows(sum.d, c, fourRows(x, 12u)));
}

// sum[i] += Σ_j c[j]·x[i][j] for four rows i, j in order
fn addRows(sum: mat4x4<f32>, c: mat4x4<f32>, x: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(addRow(sum[0], c, x[0]), addRow(sum[1], c, x[1]), addRow(sum[2], c, x[2]), addRow(sum[3], c, x[3]));
}

fn addRow(sum: vec4<f32>, c: mat4x4<f32>, x: vec4<f32>) -> vec4<f32> {
  return fma(vec4(x.w), c[3], fma(vec4(x.z), c[2], fma(vec4(x.y), c[1], fma(vec4(x.x), c[0], sum))));
}

// Every row one place up, so that a loop can take the first: compilers of software adapters are slow where stores are many.
fn up(r: Rows) -> Rows {
  return Rows(mat4x4(r.a[1], r.a[2], r.a[3], r.b[0]), mat4x4(r.b[1], r.b[2], r.b[3], r.c[0]),
              mat4x4(r.c[1], r.c[2], r.c[3], r.d[0]), mat4x4(r.d[1], r.d[2], r.d[3], vec4(0.0)));
}

fn store(m: u32, n: u32, sum: vec4<f32>) {
  if (m >= params.M || n >= params.N) { return; }
  let at = (m * params.ldy + n) / 4u;
  var value = sum;
  if (params.mode == 1u) { value += y[at]; }
  if (params.mode == 2u) { value += r[(m * params.ldr + n) / 4u]; }
  y[at] = select(vec4(0.0), value, vec4(n) + vec4(0u, 1u, 2u, 3u) < vec4(params.N));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let n = (group.x * WG + lane) * 4u;
  let m = group.y * 16u;
  var sum = Rows();
  let start = startW(n);
  for (var block = 0u; block < params.K / 4u; block += SCALED) {
    let by = scalesW(start + vec4(block));
    let next = block + min(SCALED, params.K / 4u - block);
    for (var k = block; k < next; k++) { sum = add(sum, loadW(by, start + vec4(k)), loadXLanes(m + lane, k)); }
  }
  for (var j = 0u; j < params.rank / 4u; j++) { sum = add(sum, loadB(n, j), loadHLanes(m + lane, j)); }
  let end = min(m + 16u, params.M);
  for (var row = m; row < end; row++) {
    store(row, n, sum.a[0]);
    sum = up(sum);
  }
}
