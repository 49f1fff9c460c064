// matmulNt: Y[m,n] = base + Σ_k X[m,k]·W[n,k] + scale·Σ_{j<rank} H[m,hOffset+j]·B[n,j]
// with base = 0, Y[m,n] or R[m,n] for mode 0, 1, 2. Columns from N up to the next multiple of 4 become 0.
// Every invocation owns 4 rows and 4 columns and reads them straight from memory: right everywhere, best nowhere.
struct Params {
  M: u32, N: u32, K: u32, ldx: u32, ldw: u32, ldh: u32, hOffset: u32, ldb: u32, ldr: u32, ldy: u32,
  rank: u32, mode: u32, scale: f32,
}
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>; // (M, ldx)
@group(0) @binding(1) var<storage, read> w: array<WeightWords>;     // (N, ldw)
@group(0) @binding(2) var<storage, read_write> h: array<vec4<f32>>; // (M, ldh)
@group(0) @binding(3) var<storage, read> b: array<vec4<f32>>;       // (N, ldb)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>; // (M, ldr)
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>; // (M, ldy)
@group(0) @binding(6) var<uniform> params: Params;

// region load
alias WeightWords = vec4<u32>; // four f32
fn unpackWeight4(words: WeightWords) -> vec4<f32> { return bitcast<vec4<f32>>(words); }
// end

var<private> acc: array<vec4<f32>, 4>;

// acc[row] += x · (c0 c1 c2 c3): four terms of four dot products, in the order of k
fn accumulate(row: u32, x: vec4<f32>, c: mat4x4<f32>) {
  var a = acc[row];
  a = fma(vec4(x.x), c[0], a);
  a = fma(vec4(x.y), c[1], a);
  a = fma(vec4(x.z), c[2], a);
  acc[row] = fma(vec4(x.w), c[3], a);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let n = id.x * 4u;
  let m = id.y * 4u;
  if (n >= params.N || m >= params.M) { return; }
  let columns = min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u));
  let rows = min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.M - 1u));
  let wRow = columns * (params.ldw / 4u);
  let xRow = rows * (params.ldx / 4u);
  for (var k = 0u; k < params.K / 4u; k++) {
    let c = transpose(mat4x4(unpackWeight4(w[wRow.x + k]), unpackWeight4(w[wRow.y + k]),
                             unpackWeight4(w[wRow.z + k]), unpackWeight4(w[wRow.w + k])));
    for (var i = 0u; i < 4u; i++) { accumulate(i, x[xRow[i] + k], c); }
  }
  let bRow = columns * (params.ldb / 4u);
  let hRow = rows * (params.ldh / 4u) + params.hOffset / 4u;
  for (var j = 0u; j < params.rank / 4u; j++) {
    let c = transpose(mat4x4(b[bRow.x + j], b[bRow.y + j], b[bRow.z + j], b[bRow.w + j]));
    for (var i = 0u; i < 4u; i++) { accumulate(i, params.scale * h[hRow[i] + j], c); }
  }
  let inside = vec4(n) + vec4(0u, 1u, 2u, 3u) < vec4(params.N);
  for (var i = 0u; i < 4u && m + i < params.M; i++) {
    let at = ((m + i) * params.ldy + n) / 4u;
    var value = acc[i];
    if (params.mode == 1u) { value += y[at]; }
    if (params.mode == 2u) { value += r[((m + i) * params.ldr + n) / 4u]; }
    y[at] = select(vec4(0.0), value, inside);
  }
}
