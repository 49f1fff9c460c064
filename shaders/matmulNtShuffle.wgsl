// matmulNtShuffle: Y[m,n] = base + Σ_k X[m,k]·W[n,k] + scale·Σ_{j<rank} H[m,hOffset+j]·B[n,j]
// with base = 0, Y[m,n] or R[m,n] for mode 0, 1, 2. Columns from N up to the next multiple of 4 become 0. K is whole blocks of W.
// For software adapters, where a load costs more than eight products: a workgroup is one subgroup and owns 16 rows; a lane owns 4
// columns, loads 16/WG of the rows and gets the others by shuffle. What the 32 weights of a block share is unpacked once for all of
// them.
enable subgroups; // and what follows this file is parts/sixteenRows.wgsl
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

// Where a lane's rows m, m + WG, … of X and H begin, those beyond M repeating the last.
fn lanesRows(m: u32) -> vec4<u32> { return min(vec4(m) + vec4(0u, WG, 2u * WG, 3u * WG), vec4(params.M - 1u)); }

fn loadX(at: vec4<u32>) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = x[at.x];
  if (WG < 16u) { rows[1] = x[at.y]; }
  if (WG < 8u) { rows[2] = x[at.z]; rows[3] = x[at.w]; }
  return rows;
}

fn loadH(at: vec4<u32>) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = params.scale * h[at.x];
  if (WG < 16u) { rows[1] = params.scale * h[at.y]; }
  if (WG < 8u) { rows[2] = params.scale * h[at.z]; rows[3] = params.scale * h[at.w]; }
  return rows;
}

// Where columns n … n+3 of Wᵀ begin, those beyond N repeating the last, what their blocks share from some k on, and their words.
struct Scales { a: Scale, b: Scale, c: Scale, d: Scale }
struct Loaded { a: Words, b: Words, c: Words, d: Words }
fn startOf(n: u32) -> vec4<u32> { return min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.N - 1u)) * (params.ldw / 4u); }
fn scalesW(at: vec4<u32>) -> Scales { return Scales(scaleOf(at.x), scaleOf(at.y), scaleOf(at.z), scaleOf(at.w)); }
fn loadW(at: vec4<u32>) -> Loaded { return Loaded(wordsOf(at.x), wordsOf(at.y), wordsOf(at.z), wordsOf(at.w)); }

// columns n … n+3 of Wᵀ, one vector a k
fn unpack(by: Scales, words: Loaded, k: u32) -> mat4x4<f32> {
  return transpose(mat4x4(weightFrom(by.a, words.a, k), weightFrom(by.b, words.b, k), weightFrom(by.c, words.c, k), weightFrom(by.d, words.d, k)));
}

// columns n … n+3 of Bᵀ, one vector a j; those beyond N repeat the last
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

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let n = (group.x * WG + lane) * 4u;
  let m = group.y * 16u;
  var sum = Rows();
  let rows = lanesRows(m + lane);
  let startX = rows * (params.ldx / 4u);
  let startH = rows * (params.ldh / 4u) + vec4(params.hOffset / 4u);
  let startW = startOf(n);
  var by = scalesW(startW);
  // One loop: a loop in a loop costs software adapters a sixth. Where two vectors of four have the same words, both are taken at once.
  if (APART == 0u) {
    for (var k = 0u; k < params.K / 4u; k++) {
      if (k % SCALED == 0u) { by = scalesW(startW + vec4(k)); }
      sum = add(sum, unpack(by, loadW(startW + vec4(k)), k), loadX(startX + vec4(k)));
    }
  } else {
    var far = by;
    for (var i = 0u; i < params.K / 8u; i++) {
      let k = i + i / STEP * STEP;
      if (i % min(STEP, SCALED) == 0u) {
        by = scalesW(startW + vec4(k));
        if (APART >= SCALED) { far = scalesW(startW + vec4(k + APART)); } else { far = by; }
      }
      let words = loadW(startW + vec4(k));
      sum = add(sum, unpack(by, words, k), loadX(startX + vec4(k)));
      sum = add(sum, unpack(far, words, k + APART), loadX(startX + vec4(k + APART)));
    }
  }
  for (var j = 0u; j < params.rank / 4u; j++) { sum = add(sum, loadB(n, j), loadH(startH + vec4(j))); }
  let end = min(m + 16u, params.M);
  for (var row = m; row < end; row++) {
    store(row, n, sum.a[0]);
    sum = up(sum);
  }
}
