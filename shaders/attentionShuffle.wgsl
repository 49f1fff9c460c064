// attentionShuffle: attention (see there) for adapters without workgroup memory worth the name: one workgroup is one
// subgroup, and no barrier. The (query, head) pairs that read one key head are numbered, the heads of a query side by side;
// a lane keeps ROWS of them in registers. Rows of k and v are loaded once by all lanes together and handed round by shuffles.
enable subgroups;
diagnostic(off, subgroup_uniformity); // the loops' bounds come out of subgroupMin and subgroupMax: equal in all lanes
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;     // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(3) var<storage, read_write> spans: array<vec4<u32>>; // (T)
@group(0) @binding(4) var<storage, read_write> o: array<vec4<f32>>;     // (T, NH·hs)
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;       // (T, NH, 2)
@group(0) @binding(6) var<uniform> params: Params;

// region size
const HS4 = 8u; // hs / 4
const WG = 8u; // the subgroup size
const ROWS = 2u; // pairs a lane
// end
const PIECES = (HS4 + WG - 1u) / WG; // vec4 of a row that a lane loads
const FLOOR = -1e30;
const NONE = 0xffffffffu;
const BLOCK = 32u; // keys between two looks for a gap

alias Row = array<vec4<f32>, HS4>;
alias Share = array<vec4<f32>, PIECES>; // lane l has columns l, l + WG, … of a row

// The first key ≥ j that a span sees.
fn nextKey(span: vec4<u32>, j: u32) -> u32 {
  let a = max(span.x, j);
  let b = max(span.z, j);
  return min(select(NONE, a, a < span.y), select(NONE, b, b < span.w));
}

fn sees(span: vec4<u32>, j: u32) -> bool { return (j >= span.x && j < span.y) || (j >= span.z && j < span.w); }

// Row r of the pairs that read `head`: its query and its head.
fn pair(r: u32, head: u32) -> vec2<u32> {
  let group = params.NH / params.NKV;
  return vec2(r / group, head * group + r % group);
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = id.y * groups.x + id.x;
  let head = index % params.NKV;
  let tile = index / params.NKV * WG * ROWS;
  let pairs = params.T * (params.NH / params.NKV);
  if (tile >= pairs) { return; }
  let rows = min(WG * ROWS, pairs - tile); // a bound the compiler cannot unroll: that would take it seconds

  var qs: array<Row, ROWS>;
  var os: array<Row, ROWS>;
  var span: array<vec4<u32>, ROWS>;
  var top: array<f32, ROWS>;
  var sum: array<f32, ROWS>;
  var share: Share;
  for (var r = 0u; r < rows; r++) {
    let th = pair(tile + r, head);
    let row = (th.x * params.ldq + th.y * params.hs) / 4u;
    for (var p = 0u; p < PIECES; p++) { share[p] = params.scale * q[row + min(p * WG + lane, HS4 - 1u)]; }
    for (var i = 0u; i < ROWS; i++) {
      let mine = lane * ROWS + i == r;
      for (var c = 0u; c < HS4; c++) {
        qs[i][c] = select(qs[i][c], subgroupShuffle(share[c / WG], c % WG), mine);
      }
    }
  }
  var next = NONE;
  var stop = 0u;
  for (var i = 0u; i < ROWS; i++) {
    top[i] = FLOOR;
    let r = lane * ROWS + i;
    if (r >= rows) { continue; }
    span[i] = spans[pair(tile + r, head).x];
    next = min(next, nextKey(span[i], 0u));
    if (span[i].x < span[i].y) { stop = max(stop, span[i].y); }
    if (span[i].z < span[i].w) { stop = max(stop, span[i].w); }
  }
  next = subgroupMin(next);
  stop = subgroupMax(stop);

  while (next < stop) {
    let end = min(next + BLOCK, stop);
    for (var j = next; j < end; j++) {
      let row = (j * params.ldkv + head * params.hs) / 4u;
      for (var p = 0u; p < PIECES; p++) { share[p] = k[row + min(p * WG + lane, HS4 - 1u)]; }
      var products = array<vec4<f32>, ROWS>();
      for (var c = 0u; c < HS4; c++) {
        let part = subgroupShuffle(share[c / WG], c % WG);
        for (var i = 0u; i < ROWS; i++) { products[i] = fma(qs[i][c], part, products[i]); }
      }
      for (var p = 0u; p < PIECES; p++) { share[p] = v[row + min(p * WG + lane, HS4 - 1u)]; }
      var s: array<f32, ROWS>;
      var higher = false;
      for (var i = 0u; i < ROWS; i++) {
        let x = products[i];
        s[i] = select(FLOOR, x.x + x.y + x.z + x.w, sees(span[i], j));
        higher = higher || s[i] > top[i];
      }
      if (subgroupAny(higher)) {
        for (var i = 0u; i < ROWS; i++) {
          let shrink = exp(min(top[i] - s[i], 0.0));
          top[i] = max(top[i], s[i]);
          sum[i] *= shrink;
          for (var c = 0u; c < HS4; c++) { os[i][c] *= shrink; }
        }
      }
      for (var i = 0u; i < ROWS; i++) {
        s[i] = select(0.0, exp(s[i] - top[i]), sees(span[i], j));
        sum[i] += s[i];
      }
      for (var c = 0u; c < HS4; c++) {
        let part = subgroupShuffle(share[c / WG], c % WG);
        for (var i = 0u; i < ROWS; i++) { os[i][c] = fma(vec4(s[i]), part, os[i][c]); }
      }
    }
    var after = NONE;
    for (var i = 0u; i < ROWS; i++) { after = min(after, nextKey(span[i], end)); }
    next = subgroupMin(after);
  }

  for (var i = 0u; i < ROWS; i++) {
    let seen = sum[i] > 0.0;
    let scale = select(0.0, 1.0 / sum[i], seen);
    for (var c = 0u; c < HS4; c++) { os[i][c] *= scale; }
    let r = lane * ROWS + i;
    if (r >= rows) { continue; }
    let th = pair(tile + r, head);
    stats[2u * (th.x * params.NH + th.y)] = select(FLOOR, top[i] + log(sum[i]), seen);
  }
  for (var r = 0u; r < rows; r++) {
    for (var c = 0u; c < HS4; c++) {
      var part = subgroupShuffle(os[0][c], r / ROWS);
      for (var i = 1u; i < ROWS; i++) { part = select(part, subgroupShuffle(os[i][c], r / ROWS), r % ROWS == i); }
      share[c / WG] = select(share[c / WG], part, lane == c % WG);
    }
    let th = pair(tile + r, head);
    let row = (th.x * params.NH + th.y) * HS4;
    for (var p = 0u; p < PIECES; p++) {
      if (p * WG + lane < HS4) { o[row + p * WG + lane] = share[p]; }
    }
  }
}
