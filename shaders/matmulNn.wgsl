// matmulNn: dX[m,k] = base + Σ_n dY[m,n]·W[n,k] + scale·Σ_{j<rank} G[m,gOffset+j]·A[j,k]
// with base = 0, dX[m,k] or R[m,k] for mode 0, 1, 2. dY's columns from N up to the next multiple of 4 must be 0.
// Every invocation owns 4 rows and 4 columns and reads them straight from memory: right everywhere, best nowhere.
struct Params {
  M: u32, N: u32, K: u32, lddy: u32, ldw: u32, ldg: u32, gOffset: u32, lda: u32, ldr: u32, lddx: u32,
  rank: u32, mode: u32, scale: f32,
}
@group(0) @binding(0) var<storage, read_write> dy: array<vec4<f32>>; // (M, lddy)
// region load
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>; // (N, ldw) in f32
fn weight4(at: u32) -> vec4<f32> { return w[at]; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read_write> g: array<vec4<f32>>;  // (M, ldg)
@group(0) @binding(3) var<storage, read> a: array<vec4<f32>>;        // (rank, lda)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>;  // (M, ldr)
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>; // (M, lddx)
@group(0) @binding(6) var<uniform> params: Params;

// four rows from m at column 4n, those beyond M repeating the last
fn loadDy(m: u32, n: u32) -> mat4x4<f32> {
  let at = min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.M - 1u)) * (params.lddy / 4u) + vec4(n);
  return mat4x4(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
}

fn loadG(m: u32, j: u32) -> mat4x4<f32> {
  let rows = min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.M - 1u));
  let at = rows * (params.ldg / 4u) + vec4(params.gOffset / 4u + j);
  return params.scale * mat4x4(g[at.x], g[at.y], g[at.z], g[at.w]);
}

// rows 4n … 4n+3 of W and A at column k; beyond N, where dY is 0, the last again
fn loadW(n: u32, k: u32) -> mat4x4<f32> {
  let at = (min(vec4(4u * n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)) * params.ldw + vec4(k)) / 4u;
  return mat4x4(weight4(at.x), weight4(at.y), weight4(at.z), weight4(at.w));
}

fn loadA(j: u32, k: u32) -> mat4x4<f32> {
  let at = ((vec4(4u * j) + vec4(0u, 1u, 2u, 3u)) * params.lda + vec4(k)) / 4u;
  return mat4x4(a[at.x], a[at.y], a[at.z], a[at.w]);
}

// sum[i] += Σ_j c[j]·x[i][j] for four rows i, j in order
fn addRows(sum: mat4x4<f32>, c: mat4x4<f32>, x: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(addRow(sum[0], c, x[0]), addRow(sum[1], c, x[1]), addRow(sum[2], c, x[2]), addRow(sum[3], c, x[3]));
}

fn addRow(sum: vec4<f32>, c: mat4x4<f32>, x: vec4<f32>) -> vec4<f32> {
  return fma(vec4(x.w), c[3], fma(vec4(x.z), c[2], fma(vec4(x.y), c[1], fma(vec4(x.x), c[0], sum))));
}

fn store(m: u32, k: u32, sum: vec4<f32>) {
  if (m >= params.M || k >= params.K) { return; }
  let at = (m * params.lddx + k) / 4u;
  var value = sum;
  if (params.mode == 1u) { value += dx[at]; }
  if (params.mode == 2u) { value += r[(m * params.ldr + k) / 4u]; }
  dx[at] = value;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let k = id.x * 4u;
  let m = id.y * 4u;
  if (k >= params.K || m >= params.M) { return; }
  var sum = mat4x4<f32>();
  for (var n = 0u; n < (params.N + 3u) / 4u; n++) { sum = addRows(sum, loadW(n, k), loadDy(m, n)); }
  for (var j = 0u; j < params.rank / 4u; j++) { sum = addRows(sum, loadA(j, k), loadG(m, j)); }
  let end = min(m + 4u, params.M);
  for (var row = m; row < end; row++) {
    store(row, k, sum[0]);
    sum = mat4x4(sum[1], sum[2], sum[3], sum[0]);
  }
}
