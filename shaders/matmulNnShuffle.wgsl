// matmulNnShuffle: dX[m,k] = base + Σ_n dY[m,n]·W[n,k] + scale·Σ_{j<rank} G[m,gOffset+j]·A[j,k]
// with base = 0, dX[m,k] or R[m,k] for mode 0, 1, 2. dY's columns from N up to the next multiple of 4 must be 0.
// For software adapters, where a load costs more than eight products: a workgroup is one subgroup and owns 16 rows; a lane owns 4
// columns, loads 16/WG of the rows and gets the others by shuffle. So it does with what the 32 weights of a block share: four
// neighbouring lanes are inside one block, and each unpacks that of another row; and where lanes l and l + 4 have the same words of
// weights, each loads those of two rows in four.
enable subgroups; // and what follows this file is parts/sixteenRows.wgsl
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
const APART = 0u; // vectors of four from one to the other that has the same Words: none has
alias Words = vec4<f32>;
fn wordsOf(at: u32) -> Words { return w[at]; }
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> { return words; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read_write> g: array<vec4<f32>>;  // (M, ldg)
@group(0) @binding(3) var<storage, read> a: array<vec4<f32>>;        // (rank, lda)
@group(0) @binding(4) var<storage, read_write> r: array<vec4<f32>>;  // (M, ldr)
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>; // (M, lddx)
@group(0) @binding(6) var<uniform> params: Params;

// Where a lane's rows m, m + WG, … of dY and G begin, those beyond M repeating the last.
fn lanesRows(m: u32) -> vec4<u32> { return min(vec4(m) + vec4(0u, WG, 2u * WG, 3u * WG), vec4(params.M - 1u)); }

fn loadDy(at: vec4<u32>) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = dy[at.x];
  if (WG < 16u) { rows[1] = dy[at.y]; }
  if (WG < 8u) { rows[2] = dy[at.z]; rows[3] = dy[at.w]; }
  return rows;
}

fn loadG(at: vec4<u32>) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = params.scale * g[at.x];
  if (WG < 16u) { rows[1] = params.scale * g[at.y]; }
  if (WG < 8u) { rows[2] = params.scale * g[at.z]; rows[3] = params.scale * g[at.w]; }
  return rows;
}

// rows 4n … 4n+3 of W at column k; beyond N, where dY is 0, the last again
fn loadW(n: u32, k: u32, lane: u32) -> mat4x4<f32> {
  let step = params.ldw / 4u;
  let start = 4u * n * step + k / 4u;
  let last = params.N - 1u - 4u * n;
  let at = vec4(start) + min(vec4(0u, 1u, 2u, 3u), vec4(last)) * step;
  let own = scaleOf(start + min(lane % 4u, last) * step);
  let first = lane / 4u * 4u;
  var words: array<Words, 4>;
  if (APART == 4u && WG >= 8u) {
    let i = lane & 4u; // of eight lanes the first four load rows 0 and 2, the others 1 and 3
    let even = wordsOf(select(at.x, at.y, i > 0u));
    let odd = wordsOf(select(at.z, at.w, i > 0u));
    let twin = lane - i;
    words = array<Words, 4>(subgroupShuffle(even, twin), subgroupShuffle(even, twin + 4u), subgroupShuffle(odd, twin), subgroupShuffle(odd, twin + 4u));
  } else {
    words = array<Words, 4>(wordsOf(at.x), wordsOf(at.y), wordsOf(at.z), wordsOf(at.w));
  }
  let i = k / 4u;
  return mat4x4(weightFrom(subgroupShuffle(own, first), words[0], i), weightFrom(subgroupShuffle(own, first + 1u), words[1], i),
                weightFrom(subgroupShuffle(own, first + 2u), words[2], i), weightFrom(subgroupShuffle(own, first + 3u), words[3], i));
}

// rows 4j … 4j+3 of A at column k
fn loadA(j: u32, k: u32) -> mat4x4<f32> {
  let at = ((vec4(4u * j) + vec4(0u, 1u, 2u, 3u)) * params.lda + vec4(k)) / 4u;
  return mat4x4(a[at.x], a[at.y], a[at.z], a[at.w]);
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
  let rows = lanesRows(m + lane);
  let startDy = rows * (params.lddy / 4u);
  let startG = rows * (params.ldg / 4u) + vec4(params.gOffset / 4u);
  for (var n = 0u; n < (params.N + 3u) / 4u; n++) { sum = add(sum, loadW(n, k, lane), loadDy(startDy + vec4(n))); }
  for (var j = 0u; j < params.rank / 4u; j++) { sum = add(sum, loadA(j, k), loadG(startG + vec4(j))); }
  let end = min(m + 16u, params.M);
  for (var row = m; row < end; row++) {
    store(row, k, sum.a[0]);
    sum = up(sum);
  }
}
