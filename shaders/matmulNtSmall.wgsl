// matmulNtSmall: Y[m,n] = base + Σ_k X[m,k]·W[n,k] + scale·Σ_{j<rank} H[m,hOffset+j]·B[n,j]
// with base = 0, Y[m,n] or R[m,n] for mode 0, 1, 2. Columns from N up to the next multiple of 4 become 0.
// For few rows on GPUs: a workgroup owns 4 rows and 4 columns, its invocations share k and their sums are added by a fixed tree.
override WG: u32 = 64;
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

var<workgroup> sums: array<vec4<f32>, 4u * WG>; // [row][lane]

// four rows from m at column 4k, those beyond M repeating the last
fn loadX(m: u32, k: u32) -> mat4x4<f32> {
  let at = min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.M - 1u)) * (params.ldx / 4u) + vec4(k);
  return mat4x4(x[at.x], x[at.y], x[at.z], x[at.w]);
}

fn loadH(m: u32, j: u32) -> mat4x4<f32> {
  let rows = min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.M - 1u));
  let at = rows * (params.ldh / 4u) + vec4(params.hOffset / 4u + j);
  return params.scale * mat4x4(h[at.x], h[at.y], h[at.z], h[at.w]);
}

// columns n … n+3 of Wᵀ and Bᵀ, one vector a k; those beyond N repeat the last
fn loadW(n: u32, k: u32) -> mat4x4<f32> {
  let at = min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)) * (params.ldw / 4u) + vec4(k);
  return transpose(mat4x4(weight4(at.x), weight4(at.y), weight4(at.z), weight4(at.w)));
}

fn loadB(n: u32, j: u32) -> mat4x4<f32> {
  let at = min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)) * (params.ldb / 4u) + vec4(j);
  return transpose(mat4x4(b[at.x], b[at.y], b[at.z], b[at.w]));
}

// sum[i] += Σ_j c[j]·x[i][j] for four rows i, j in order
fn addRows(sum: mat4x4<f32>, c: mat4x4<f32>, x: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(addRow(sum[0], c, x[0]), addRow(sum[1], c, x[1]), addRow(sum[2], c, x[2]), addRow(sum[3], c, x[3]));
}

fn addRow(sum: vec4<f32>, c: mat4x4<f32>, x: vec4<f32>) -> vec4<f32> {
  return fma(vec4(x.w), c[3], fma(vec4(x.z), c[2], fma(vec4(x.y), c[1], fma(vec4(x.x), c[0], sum))));
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
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let n = group.x * 4u;
  let m = group.y * 4u;
  var sum = mat4x4<f32>();
  for (var k = lane; k < params.K / 4u; k += WG) { sum = addRows(sum, loadW(n, k), loadX(m, k)); }
  for (var j = lane; j < params.rank / 4u; j += WG) { sum = addRows(sum, loadB(n, j), loadH(m, j)); }
  sums[lane] = sum[0];
  sums[WG + lane] = sum[1];
  sums[2u * WG + lane] = sum[2];
  sums[3u * WG + lane] = sum[3];
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      for (var i = lane; i < 4u * WG; i += WG) { sums[i] += sums[i + half]; }
    }
    workgroupBarrier();
  }
  if (lane < 4u) { store(m + lane, n, sums[lane * WG]); }
}
