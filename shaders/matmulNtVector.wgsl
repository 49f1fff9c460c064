// matmulNtVector: Y[m,n] = base + Σ_k X[m,k]·W[n,k] + scale·Σ_{j<rank} H[m,hOffset+j]·B[n,j]
// with base = 0, Y[m,n] or R[m,n] for mode 0, 1, 2. Columns from N up to the next multiple of 4 become 0. K is whole blocks of W.
// For a single row on software adapters: a workgroup is one subgroup, a lane owns 8 columns, and the row's loads are the same for all
// lanes, which costs such an adapter little. What the 32 values of a block share is unpacked once for all of them. The four
// components of a column's sum are added up at the end.
override WG: u32 = 8; // the adapter's subgroup size
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
const APART = 0u; // vectors of four from one to the other that has the same Words: none has
alias Words = vec4<f32>;
fn wordsOf(at: u32) -> Words { return w[at]; }
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> { return words; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read_write> h: array<vec4<f32>>; // (M, ldh)
@group(0) @binding(3) var<storage, read> b: array<vec4<f32>>;       // (N, ldb)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>; // (M, ldr)
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>; // (M, ldy)
@group(0) @binding(6) var<uniform> params: Params;

const STEP = max(APART, 1u);

fn loadX(m: u32, k: u32) -> vec4<f32> { return x[m * (params.ldx / 4u) + k]; }
fn loadH(m: u32, j: u32) -> vec4<f32> { return params.scale * h[m * (params.ldh / 4u) + params.hOffset / 4u + j]; }

// Where the weights of four columns begin, what their blocks share from some k on, and their words.
struct Scales { a: Scale, b: Scale, c: Scale, d: Scale }
struct Loaded { a: Words, b: Words, c: Words, d: Words }
fn scalesW(at: vec4<u32>) -> Scales { return Scales(scaleOf(at.x), scaleOf(at.y), scaleOf(at.z), scaleOf(at.w)); }
fn loadW(at: vec4<u32>) -> Loaded { return Loaded(wordsOf(at.x), wordsOf(at.y), wordsOf(at.z), wordsOf(at.w)); }

// sums[i] += x·(four weights of column i from 4k on) and h·B[n[i],4j…], component by component
fn addW(sums: mat4x4<f32>, by: Scales, words: Loaded, k: u32, x: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(fma(weightFrom(by.a, words.a, k), x, sums[0]), fma(weightFrom(by.b, words.b, k), x, sums[1]),
                fma(weightFrom(by.c, words.c, k), x, sums[2]), fma(weightFrom(by.d, words.d, k), x, sums[3]));
}

fn addB(sums: mat4x4<f32>, n: vec4<u32>, j: u32, h: vec4<f32>) -> mat4x4<f32> {
  let at = n * (params.ldb / 4u) + vec4(j);
  return mat4x4(fma(b[at.x], h, sums[0]), fma(b[at.y], h, sums[1]), fma(b[at.z], h, sums[2]), fma(b[at.w], h, sums[3]));
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
  let m = group.y;
  let n = (group.x * WG + lane) * 8u;
  let left = min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)); // columns beyond N repeat the last
  let right = min(vec4(n) + vec4(4u, 5u, 6u, 7u), vec4(params.N - 1u));
  var sums = array<mat4x4<f32>, 2>();
  let leftW = left * (params.ldw / 4u);
  let rightW = right * (params.ldw / 4u);
  var leftBy = scalesW(leftW);
  var rightBy = scalesW(rightW);
  if (APART == 0u) {
    for (var k = 0u; k < params.K / 4u; k++) {
      if (k % SCALED == 0u) { leftBy = scalesW(leftW + vec4(k)); rightBy = scalesW(rightW + vec4(k)); }
      let own = loadX(m, k);
      sums[0] = addW(sums[0], leftBy, loadW(leftW + vec4(k)), k, own);
      sums[1] = addW(sums[1], rightBy, loadW(rightW + vec4(k)), k, own);
    }
  } else { // two vectors of four with the same words at once
    var leftFar = leftBy;
    var rightFar = rightBy;
    for (var i = 0u; i < params.K / 8u; i++) {
      let k = i + i / STEP * STEP;
      if (i % min(STEP, SCALED) == 0u) {
        leftBy = scalesW(leftW + vec4(k));
        rightBy = scalesW(rightW + vec4(k));
        if (APART >= SCALED) { leftFar = scalesW(leftW + vec4(k + APART)); rightFar = scalesW(rightW + vec4(k + APART)); }
        else { leftFar = leftBy; rightFar = rightBy; }
      }
      let leftWords = loadW(leftW + vec4(k));
      let rightWords = loadW(rightW + vec4(k));
      let near = loadX(m, k);
      let own = loadX(m, k + APART);
      sums[0] = addW(addW(sums[0], leftBy, leftWords, k, near), leftFar, leftWords, k + APART, own);
      sums[1] = addW(addW(sums[1], rightBy, rightWords, k, near), rightFar, rightWords, k + APART, own);
    }
  }
  for (var j = 0u; j < params.rank / 4u; j++) {
    let own = loadH(m, j);
    sums[0] = addB(sums[0], left, j, own);
    sums[1] = addB(sums[1], right, j, own);
  }
  store(m, n, vec4(1.0) * sums[0]);
  store(m, n + 4u, vec4(1.0) * sums[1]);
}
