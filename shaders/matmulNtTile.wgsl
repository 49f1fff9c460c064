// matmulNtTile: Y[m,n] = base + Σ_k X[m,k]·W[n,k] + scale·Σ_{j<rank} H[m,hOffset+j]·B[n,j]
// with base = 0, Y[m,n] or R[m,n] for mode 0, 1, 2. Columns from N up to the next multiple of 4 become 0.
// For GPUs: SIDE×SIDE invocations own 4×4 elements each; DEPTH terms at a time pass through workgroup memory.
override SIDE: u32 = 8;
override DEPTH: u32 = 2u * SIDE; // so that every invocation stages one 4×4 block
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

var<workgroup> tile: array<vec4<f32>, 2u * DEPTH * SIDE>; // [x or c][d][4 rows or columns]

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

fn store(m: u32, n: u32, sum: vec4<f32>) {
  if (m >= params.M || n >= params.N) { return; }
  let at = (m * params.ldy + n) / 4u;
  var value = sum;
  if (params.mode == 1u) { value += y[at]; }
  if (params.mode == 2u) { value += r[(m * params.ldr + n) / 4u]; }
  y[at] = select(vec4(0.0), value, vec4(n) + vec4(0u, 1u, 2u, 3u) < vec4(params.N));
}

// Each half of the workgroup stages its operand, a 4×4 block an invocation; then all multiply.
fn addTile(sum: mat4x4<f32>, block: mat4x4<f32>, depth: u32, lane: u32, id: vec2<u32>) -> mat4x4<f32> {
  let half = SIDE * SIDE / 2u;
  let to = select(SIDE * DEPTH, 0u, lane < half) + (lane % half) / SIDE * 4u * SIDE + lane % SIDE;
  workgroupBarrier();
  tile[to] = block[0];
  tile[to + SIDE] = block[1];
  tile[to + 2u * SIDE] = block[2];
  tile[to + 3u * SIDE] = block[3];
  workgroupBarrier();
  var s = sum;
  for (var d = 0u; d < depth; d++) {
    let x = tile[d * SIDE + id.y];
    let c = tile[(DEPTH + d) * SIDE + id.x];
    s = mat4x4(fma(vec4(x.x), c, s[0]), fma(vec4(x.y), c, s[1]), fma(vec4(x.z), c, s[2]), fma(vec4(x.w), c, s[3]));
  }
  return s;
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let id = local.xy;
  let half = SIDE * SIDE / 2u;
  let left = lane < half;
  let part = (lane % half) / SIDE; // which four of the tile's depth this invocation stages
  let rows = 4u * (group.y * SIDE + lane % SIDE);
  let columns = 4u * (group.x * SIDE + lane % SIDE);
  var sum = mat4x4<f32>();
  let K = params.K / 4u;
  for (var first = 0u; first < K; first += DEPTH / 4u) {
    let at = first + part;
    var block = mat4x4<f32>();
    if (at < K) {
      if (left) { block = transpose(loadX(rows, at)); } else { block = loadW(columns, at); }
    }
    sum = addTile(sum, block, min(DEPTH, 4u * (K - first)), lane, id);
  }
  let R = params.rank / 4u;
  for (var first = 0u; first < R; first += DEPTH / 4u) {
    let at = first + part;
    var block = mat4x4<f32>();
    if (at < R) {
      if (left) { block = transpose(loadH(rows, at)); } else { block = loadB(columns, at); }
    }
    sum = addTile(sum, block, min(DEPTH, 4u * (R - first)), lane, id);
  }
  let m = 4u * (group.y * SIDE + id.y);
  let end = min(m + 4u, params.M);
  for (var row = m; row < end; row++) {
    store(row, 4u * (group.x * SIDE + id.x), sum[0]);
    sum = mat4x4(sum[1], sum[2], sum[3], sum[0]);
  }
}
