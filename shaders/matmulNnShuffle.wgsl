// matmulNnShuffle: dX[m,k] = base + Σ_n dY[m,n]·W[n,k] + scale·Σ_{j<rank} G[m,gOffset+j]·A[j,k]
// with base = 0, dX[m,k] or R[m,k] for mode 0, 1, 2. dY's columns from N up to the next multiple of 4 must be 0.
// For software adapters, where a load costs more than eight products: a workgroup is one subgroup and owns 16 rows; a lane owns 4
// columns, loads 16/WG of the rows and gets the others by shuffle. So it does with what the 32 weights of a block share: four
// neighbouring lanes are inside one block, and each unpacks that of another row.
enable subgroups;
override WG: u32 = 8; // the adapter's subgroup size: 4 or more
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

// four of row m, beyond M those of the last
fn loadDy(m: u32, at: u32) -> vec4<f32> { return dy[min(m, params.M - 1u) * (params.lddy / 4u) + at]; }
fn loadG(m: u32, at: u32) -> vec4<f32> {
  return params.scale * g[min(m, params.M - 1u) * (params.ldg / 4u) + params.gOffset / 4u + at];
}

fn loadDyLanes(m: u32, at: u32) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = loadDy(m, at);
  if (WG < 16u) { rows[1] = loadDy(m + WG, at); }
  if (WG < 8u) { rows[2] = loadDy(m + 2u * WG, at); rows[3] = loadDy(m + 3u * WG, at); }
  return rows;
}

fn loadGLanes(m: u32, at: u32) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = loadG(m, at);
  if (WG < 16u) { rows[1] = loadG(m + WG, at); }
  if (WG < 8u) { rows[2] = loadG(m + 2u * WG, at); rows[3] = loadG(m + 3u * WG, at); }
  return rows;
}

// rows 4n … 4n+3 of W and A at column k; beyond N, where dY is 0, the last again
fn loadW(n: u32, k: u32, lane: u32) -> mat4x4<f32> {
  let at = (min(vec4(4u * n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)) * params.ldw + vec4(k)) / 4u;
  let own = scaleOf((min(4u * n + lane % 4u, params.N - 1u) * params.ldw + k) / 4u);
  let first = lane / 4u * 4u;
  return mat4x4(weightOf(subgroupShuffle(own, first), at.x), weightOf(subgroupShuffle(own, first + 1u), at.y),
                weightOf(subgroupShuffle(own, first + 2u), at.z), weightOf(subgroupShuffle(own, first + 3u), at.w));
}

fn loadA(j: u32, k: u32) -> mat4x4<f32> {
  let at = ((vec4(4u * j) + vec4(0u, 1u, 2u, 3u)) * params.lda + vec4(k)) / 4u;
  return mat4x4(a[at.x], a[at.y], a[at.z], a[at.w]);
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

fn store(m: u32, k: u32, sum: vec4<f32>) {
  if (m >= params.M || k >= params.K) { return; }
  let at = (m * params.lddx + k) / 4u;
  var value = sum;
  if (params.mode == 1u) { value += dx[at]; }
  if (params.mode == 2u) { value += r[(m * params.ldr + k) / 4u]; }
  dx[at] = value;
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let k = (group.x * WG + lane) * 4u;
  let m = group.y * 16u;
  var sum = Rows();
  for (var n = 0u; n < (params.N + 3u) / 4u; n++) { sum = add(sum, loadW(n, k, lane), loadDyLanes(m + lane, n)); }
  for (var j = 0u; j < params.rank / 4u; j++) { sum = add(sum, loadA(j, k), loadGLanes(m + lane, j)); }
  let end = min(m + 16u, params.M);
  for (var row = m; row < end; row++) {
    store(row, k, sum.a[0]);
    sum = up(sum);
  }
}
