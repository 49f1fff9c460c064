// headLseShuffle: for every row and tile of 64 columns v of logits X·Wᵀ: partials = (max_v, Σ_v exp(logit − max)); and the target's logit.
// W holds the vocabulary's rows vFirst … vFirst+V−1, its tiles are tileFirst … of the row's `tiles`. Nothing else is stored.
// For software adapters, where a load costs more than eight products: a workgroup is one subgroup and owns 16 rows of a tile; a
// lane owns 4 columns at a time, loads 16/WG of the rows and gets the others by shuffle, as matmulNtShuffle does. C is whole blocks
// of W. The lanes' parts are merged pairwise.
enable subgroups; // and what follows this file is parts/sixteenRows.wgsl
override WG: u32 = 8; // the adapter's subgroup size: 4 or more
struct Params {
  R: u32, V: u32, C: u32, ldx: u32, ldw: u32, vFirst: u32, tileFirst: u32, tiles: u32,
}
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;        // (R, ldx)
// region load
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>; // (V, ldw) in f32
const SCALED = 0x40000000u; // vectors of four that share a Scale: all, there is none
alias Scale = u32;
fn scaleOf(at: u32) -> Scale { return 0u; }
const APART = 0u; // vectors of four from one to the other that has the same Words: none has
alias Words = vec4<f32>;
fn wordsOf(at: u32) -> Words { return w[at]; }
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> { return words; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read> targets: array<u32>;              // (R), 0xffffffff: none
@group(0) @binding(3) var<storage, read_write> partials: array<vec2<f32>>; // (R, tiles)
@group(0) @binding(4) var<storage, read_write> targetLogit: array<f32>;    // (R), written where the target is in this W
@group(0) @binding(5) var<uniform> params: Params;

const TILE = 64u;

const STEP = max(APART, 1u);

// Where a lane's rows m, m + WG, … of X begin, those beyond R repeating the last.
fn startOfX(m: u32) -> vec4<u32> { return min(vec4(m) + vec4(0u, WG, 2u * WG, 3u * WG), vec4(params.R - 1u)) * (params.ldx / 4u); }

fn loadX(at: vec4<u32>) -> mat4x4<f32> {
  var rows = mat4x4<f32>();
  rows[0] = x[at.x];
  if (WG < 16u) { rows[1] = x[at.y]; }
  if (WG < 8u) { rows[2] = x[at.z]; rows[3] = x[at.w]; }
  return rows;
}

// Where columns n … n+3 of Wᵀ begin, those beyond V repeating the last, what their blocks share from some c on, and their words.
struct Scales { a: Scale, b: Scale, c: Scale, d: Scale }
struct Loaded { a: Words, b: Words, c: Words, d: Words }
fn startOfW(n: u32) -> vec4<u32> { return min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.V - 1u)) * (params.ldw / 4u); }
fn scalesW(at: vec4<u32>) -> Scales { return Scales(scaleOf(at.x), scaleOf(at.y), scaleOf(at.z), scaleOf(at.w)); }
fn loadW(at: vec4<u32>) -> Loaded { return Loaded(wordsOf(at.x), wordsOf(at.y), wordsOf(at.z), wordsOf(at.w)); }

// columns n … n+3 of Wᵀ, one vector a c
fn unpack(by: Scales, words: Loaded, c: u32) -> mat4x4<f32> {
  return transpose(mat4x4(weightFrom(by.a, words.a, c), weightFrom(by.b, words.b, c), weightFrom(by.c, words.c, c), weightFrom(by.d, words.d, c)));
}

// (max, Σ exp(value − max)) of two parts as one
fn merge(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let largest = max(a.x, b.x);
  return vec2(largest, fma(a.y, exp(a.x - largest), b.y * exp(b.x - largest)));
}

// What row m's logits at columns n … n+3 add to `before`, those from `end` on left out; writes the target's if it is among them.
fn see(before: vec2<f32>, all: vec4<f32>, m: u32, n: u32, end: u32) -> vec2<f32> {
  let inside = vec4(n) + vec4(0u, 1u, 2u, 3u) < vec4(end);
  let logits = select(vec4(-1e30), all, inside);
  let largest = max(max(logits.x, logits.y), max(logits.z, logits.w));
  let e = select(vec4(0.0), exp(logits - largest), inside);
  let wanted = targets[m] - params.vFirst; // wraps far away when below
  if (wanted >= n && wanted < min(n + 4u, end)) { targetLogit[m] = logits[wanted - n]; }
  return merge(before, vec2(largest, e.x + e.y + e.z + e.w));
}

var<private> seen: array<vec2<f32>, 16>; // of each row, in this lane's columns

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let m = group.x * 16u;
  let rows = min(params.R - m, 16u);
  let end = min((group.y + 1u) * TILE, params.V);
  let startX = startOfX(m + lane);
  for (var i = 0u; i < rows; i++) { seen[i] = vec2(-1e30, 0.0); }
  for (var column = group.y * TILE; column < end; column += 4u * WG) {
    let n = column + 4u * lane;
    var sum = Rows();
    let startW = startOfW(n);
    var by = scalesW(startW);
    if (APART == 0u) {
      for (var c = 0u; c < params.C / 4u; c++) {
        if (c % SCALED == 0u) { by = scalesW(startW + vec4(c)); }
        sum = add(sum, unpack(by, loadW(startW + vec4(c)), c), loadX(startX + vec4(c)));
      }
    } else { // two vectors of four with the same words at once
      var far = by;
      for (var i = 0u; i < params.C / 8u; i++) {
        let c = i + i / STEP * STEP;
        if (i % min(STEP, SCALED) == 0u) {
          by = scalesW(startW + vec4(c));
          if (APART >= SCALED) { far = scalesW(startW + vec4(c + APART)); } else { far = by; }
        }
        let words = loadW(startW + vec4(c));
        sum = add(sum, unpack(by, words, c), loadX(startX + vec4(c)));
        sum = add(sum, unpack(far, words, c + APART), loadX(startX + vec4(c + APART)));
      }
    }
    for (var i = 0u; i < rows; i++) {
      seen[i] = see(seen[i], sum.a[0], m + i, n, end);
      sum = up(sum);
    }
  }
  for (var i = 0u; i < rows; i++) {
    var part = seen[i];
    for (var distance = 1u; distance < WG; distance *= 2u) { part = merge(part, subgroupShuffleXor(part, distance)); }
    if (lane == 0u) { partials[(m + i) * params.tiles + params.tileFirst + group.y] = part; }
  }
}
