// matmulNn: dX[m,k] = base + Σ_n dY[m,n]·W[n,k] + scale·Σ_{j<rank} G[m,gOffset+j]·A[j,k]
// with base = 0, dX[m,k] or R[m,k] for mode 0, 1, 2. dY's columns from N up to the next multiple of 4 must be 0.
// Every invocation owns 4 rows and 4 columns and reads them straight from memory: right everywhere, best nowhere.
struct Params {
  M: u32, N: u32, K: u32, lddy: u32, ldw: u32, ldg: u32, gOffset: u32, lda: u32, ldr: u32, lddx: u32,
  rank: u32, mode: u32, scale: f32,
}
@group(0) @binding(0) var<storage, read_write> dy: array<vec4<f32>>; // (M, lddy)
@group(0) @binding(1) var<storage, read> w: array<WeightWords>;      // (N, ldw)
@group(0) @binding(2) var<storage, read_write> g: array<vec4<f32>>;  // (M, ldg)
@group(0) @binding(3) var<storage, read> a: array<vec4<f32>>;        // (rank, lda)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>;  // (M, ldr)
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>; // (M, lddx)
@group(0) @binding(6) var<uniform> params: Params;

// region load
alias WeightWords = vec4<u32>; // four f32
fn unpackWeight4(words: WeightWords) -> vec4<f32> { return bitcast<vec4<f32>>(words); }
// end

var<private> acc: array<vec4<f32>, 4>;

// acc[row] += Σ_i d[i]·c[i]: four rows of W, in the order of n
fn accumulate(row: u32, d: vec4<f32>, c: mat4x4<f32>) {
  var sum = acc[row];
  sum = fma(vec4(d.x), c[0], sum);
  sum = fma(vec4(d.y), c[1], sum);
  sum = fma(vec4(d.z), c[2], sum);
  acc[row] = fma(vec4(d.w), c[3], sum);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let k = id.x;
  let m = id.y * 4u;
  if (k >= params.K / 4u || m >= params.M) { return; }
  let rows = min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.M - 1u));
  let dyRow = rows * (params.lddy / 4u);
  let ldw = params.ldw / 4u;
  for (var n = 0u; n < params.N; n += 4u) {
    let wRow = min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)) * ldw + vec4(k);
    let c = mat4x4(unpackWeight4(w[wRow.x]), unpackWeight4(w[wRow.y]),
                   unpackWeight4(w[wRow.z]), unpackWeight4(w[wRow.w]));
    for (var i = 0u; i < 4u; i++) { accumulate(i, dy[dyRow[i] + n / 4u], c); }
  }
  let gRow = rows * (params.ldg / 4u) + params.gOffset / 4u;
  let lda = params.lda / 4u;
  for (var j = 0u; j < params.rank; j += 4u) {
    let aRow = j * lda + k;
    let c = mat4x4(a[aRow], a[aRow + lda], a[aRow + 2u * lda], a[aRow + 3u * lda]);
    for (var i = 0u; i < 4u; i++) { accumulate(i, params.scale * g[gRow[i] + j / 4u], c); }
  }
  for (var i = 0u; i < 4u && m + i < params.M; i++) {
    let at = (m + i) * (params.lddx / 4u) + k;
    var value = acc[i];
    if (params.mode == 1u) { value += dx[at]; }
    if (params.mode == 2u) { value += r[(m + i) * (params.ldr / 4u) + k]; }
    dx[at] = value;
  }
}
