// headLse: for every row and tile of 64 columns v of logits X·Wᵀ: partials = (max_v, Σ_v exp(logit − max)); and the target's logit.
// W holds the vocabulary's rows vFirst … vFirst+V−1, its tiles are tileFirst … of the row's `tiles`. Nothing else is stored.
// Every invocation owns 4 rows of one tile.
struct Params {
  R: u32, V: u32, C: u32, ldx: u32, ldw: u32, vFirst: u32, tileFirst: u32, tiles: u32,
}
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;        // (R, ldx)
// region load
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>; // (V, ldw) in f32
fn weight4(at: u32) -> vec4<f32> { return w[at]; } // weights 4·at … 4·at+3
// end
@group(0) @binding(2) var<storage, read> targets: array<u32>;              // (R), 0xffffffff: none
@group(0) @binding(3) var<storage, read_write> partials: array<vec2<f32>>; // (R, tiles)
@group(0) @binding(4) var<storage, read_write> targetLogit: array<f32>;    // (R), written where the target is in this W
@group(0) @binding(5) var<uniform> params: Params;

const TILE = 64u;

// four rows from m at column 4c, those beyond R repeating the last
fn loadX(m: u32, c: u32) -> mat4x4<f32> {
  let at = min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.R - 1u)) * (params.ldx / 4u) + vec4(c);
  return mat4x4(x[at.x], x[at.y], x[at.z], x[at.w]);
}

// columns n … n+3 of Wᵀ, one vector a c; those beyond V repeat the last
fn loadW(n: u32, c: u32) -> mat4x4<f32> {
  let at = min(vec4(n) + vec4(0u, 1u, 2u, 3u), vec4(params.V - 1u)) * (params.ldw / 4u) + vec4(c);
  return transpose(mat4x4(weight4(at.x), weight4(at.y), weight4(at.z), weight4(at.w)));
}

// sum[i] += Σ_j c[j]·x[i][j] for four rows i, j in order
fn addRows(sum: mat4x4<f32>, c: mat4x4<f32>, x: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(addRow(sum[0], c, x[0]), addRow(sum[1], c, x[1]), addRow(sum[2], c, x[2]), addRow(sum[3], c, x[3]));
}

fn addRow(sum: vec4<f32>, c: mat4x4<f32>, x: vec4<f32>) -> vec4<f32> {
  return fma(vec4(x.w), c[3], fma(vec4(x.z), c[2], fma(vec4(x.y), c[1], fma(vec4(x.x), c[0], sum))));
}

// What four rows have seen so far.
struct Seen { largest: vec4<f32>, total: vec4<f32> }
fn nothing() -> Seen { return Seen(vec4(-1e30), vec4(0.0)); }

fn merge(a: Seen, b: Seen) -> Seen {
  let largest = max(a.largest, b.largest);
  return Seen(largest, fma(a.total, exp(a.largest - largest), b.total * exp(b.largest - largest)));
}

// The logits of rows m … m+3 at columns n … n+3, those from `end` on left out; writes the target's where it is among them.
fn see(before: Seen, logits: mat4x4<f32>, m: u32, n: u32, end: u32) -> Seen {
  let a = seeRow(logits[0], m, n, end);
  let b = seeRow(logits[1], m + 1u, n, end);
  let c = seeRow(logits[2], m + 2u, n, end);
  let d = seeRow(logits[3], m + 3u, n, end);
  return merge(before, Seen(vec4(a.x, b.x, c.x, d.x), vec4(a.y, b.y, c.y, d.y)));
}

fn seeRow(all: vec4<f32>, m: u32, n: u32, end: u32) -> vec2<f32> {
  let inside = vec4(n) + vec4(0u, 1u, 2u, 3u) < vec4(end);
  let logits = select(vec4(-1e30), all, inside);
  let largest = max(max(logits.x, logits.y), max(logits.z, logits.w));
  let e = select(vec4(0.0), exp(logits - largest), inside);
  let wanted = targets[min(m, params.R - 1u)] - params.vFirst; // wraps far away when below
  if (m < params.R && wanted >= n && wanted < min(n + 4u, end)) { targetLogit[m] = logits[wanted - n]; }
  return vec2(largest, e.x + e.y + e.z + e.w);
}

fn store(m: u32, tile: u32, seen: Seen) {
  let at = m * params.tiles + params.tileFirst + tile;
  if (m < params.R) { partials[at] = vec2(seen.largest.x, seen.total.x); }
  if (m + 1u < params.R) { partials[at + params.tiles] = vec2(seen.largest.y, seen.total.y); }
  if (m + 2u < params.R) { partials[at + 2u * params.tiles] = vec2(seen.largest.z, seen.total.z); }
  if (m + 3u < params.R) { partials[at + 3u * params.tiles] = vec2(seen.largest.w, seen.total.w); }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = id.x * 4u;
  if (m >= params.R) { return; }
  let end = min((id.y + 1u) * TILE, params.V);
  var seen = nothing();
  for (var n = id.y * TILE; n < end; n += 4u) {
    var sum = mat4x4<f32>();
    for (var c = 0u; c < params.C / 4u; c++) { sum = addRows(sum, loadW(n, c), loadX(m, c)); }
    seen = see(seen, sum, m, n, end);
  }
  store(m, id.y, seen);
}
