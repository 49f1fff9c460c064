// headLseTile: for every row and tile of 64 columns v of logits X·Wᵀ: partials = (max_v, Σ_v exp(logit − max)); and the target's logit.
// W holds the vocabulary's rows vFirst … vFirst+V−1, its tiles are tileFirst … of the row's `tiles`. Nothing else is stored.
// For GPUs: SIDE×SIDE invocations own 4×4 logits each, TILE / (4·SIDE) times; DEPTH terms at a time pass through workgroup
// memory. The invocations of a row are merged from left to right.
override SIDE: u32 = 8; // 8 or 16
override DEPTH: u32 = 2u * SIDE; // so that every invocation stages one 4×4 block
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

var<workgroup> tile: array<vec4<f32>, 2u * DEPTH * SIDE>; // [x or c][d][4 rows or columns]; at the end largest and total

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
  let part = (lane % half) / SIDE; // which four of the tile's depth this invocation stages
  let side = 4u * (lane % SIDE);
  let m = 4u * group.x * SIDE;
  let end = min((group.y + 1u) * TILE, params.V);
  let C = params.C / 4u;
  var seen = nothing();
  for (var column = group.y * TILE; column < end; column += 4u * SIDE) {
    var sum = mat4x4<f32>();
    for (var first = 0u; first < C; first += DEPTH / 4u) {
      let at = first + part;
      var block = mat4x4<f32>();
      if (at < C) {
        if (lane < half) { block = transpose(loadX(m + side, at)); } else { block = loadW(column + side, at); }
      }
      sum = addTile(sum, block, min(DEPTH, 4u * (C - first)), lane, id);
    }
    seen = see(seen, sum, m + 4u * id.y, column + 4u * id.x, end);
  }
  workgroupBarrier();
  tile[2u * lane] = seen.largest;
  tile[2u * lane + 1u] = seen.total;
  workgroupBarrier();
  if (id.x == 0u) {
    for (var i = 1u; i < SIDE; i++) { seen = merge(seen, Seen(tile[2u * (lane + i)], tile[2u * (lane + i) + 1u])); }
    store(m + 4u * id.y, group.y, seen);
  }
}
