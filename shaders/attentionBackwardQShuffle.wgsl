// attentionBackwardQShuffle: attentionBackwardQ (see there) in the form of attentionShuffle: one workgroup is one subgroup, a
// lane keeps ROWS (query, head) pairs of one key head in registers, rows of k and v are handed round by shuffles.
enable subgroups;
diagnostic(off, subgroup_uniformity); // the loops' bounds come out of subgroupMin and subgroupMax: equal in all lanes
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;     // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(3) var<storage, read_write> o: array<vec4<f32>>;     // (T, NH·hs)
@group(0) @binding(4) var<storage, read_write> dout: array<vec4<f32>>;  // (T, NH·hs)
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;       // (T, NH, 2) log-sum-exp, delta (written here)
@group(0) @binding(6) var<storage, read_write> spans: array<vec4<u32>>; // (T)
@group(0) @binding(7) var<storage, read_write> dq: array<vec4<f32>>;    // (T, ldq)
@group(0) @binding(8) var<uniform> params: Params;

// region size
const HS4 = 8u; // hs / 4
const WG = 8u; // the subgroup size
const ROWS = 1u; // pairs a lane
// end
const PIECES = (HS4 + WG - 1u) / WG; // vec4 of a row that a lane loads
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

fn total(x: vec4<f32>) -> f32 { return x.x + x.y + x.z + x.w; }

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
  var ds: array<Row, ROWS>; // dout
  var dqs: array<Row, ROWS>;
  var delta: array<f32, ROWS>;
  var share: Share;
  var other: Share;
  for (var r = 0u; r < rows; r++) {
    let th = pair(tile + r, head);
    let row = (th.x * params.ldq + th.y * params.hs) / 4u;
    let out = (th.x * params.NH + th.y) * HS4;
    for (var p = 0u; p < PIECES; p++) { share[p] = params.scale * q[row + min(p * WG + lane, HS4 - 1u)]; }
    for (var i = 0u; i < ROWS; i++) {
      let mine = lane * ROWS + i == r;
      for (var c = 0u; c < HS4; c++) {
        qs[i][c] = select(qs[i][c], subgroupShuffle(share[c / WG], c % WG), mine);
      }
    }
    for (var p = 0u; p < PIECES; p++) {
      share[p] = dout[out + min(p * WG + lane, HS4 - 1u)];
      other[p] = o[out + min(p * WG + lane, HS4 - 1u)];
    }
    var products = vec4(0.0);
    for (var c = 0u; c < HS4; c++) {
      let part = subgroupShuffle(share[c / WG], c % WG);
      products = fma(part, subgroupShuffle(other[c / WG], c % WG), products);
      for (var i = 0u; i < ROWS; i++) { ds[i][c] = select(ds[i][c], part, lane * ROWS + i == r); }
    }
    for (var i = 0u; i < ROWS; i++) { delta[i] = select(delta[i], total(products), lane * ROWS + i == r); }
  }
  var span: array<vec4<u32>, ROWS>;
  var lse: array<f32, ROWS>;
  var next = NONE;
  var stop = 0u;
  for (var i = 0u; i < ROWS; i++) {
    let r = lane * ROWS + i;
    if (r >= rows) { continue; }
    let th = pair(tile + r, head);
    let at = 2u * (th.x * params.NH + th.y);
    lse[i] = stats[at];
    stats[at + 1u] = delta[i];
    span[i] = spans[th.x];
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
      for (var p = 0u; p < PIECES; p++) {
        share[p] = k[row + min(p * WG + lane, HS4 - 1u)];
        other[p] = v[row + min(p * WG + lane, HS4 - 1u)];
      }
      var s = array<vec4<f32>, ROWS>();
      var dp = array<vec4<f32>, ROWS>();
      for (var c = 0u; c < HS4; c++) {
        let kc = subgroupShuffle(share[c / WG], c % WG);
        let vc = subgroupShuffle(other[c / WG], c % WG);
        for (var i = 0u; i < ROWS; i++) {
          s[i] = fma(qs[i][c], kc, s[i]);
          dp[i] = fma(ds[i][c], vc, dp[i]);
        }
      }
      var factor: array<f32, ROWS>;
      for (var i = 0u; i < ROWS; i++) {
        let p = select(0.0, exp(min(total(s[i]) - lse[i], 0.0)), sees(span[i], j));
        factor[i] = p * (total(dp[i]) - delta[i]);
      }
      for (var c = 0u; c < HS4; c++) {
        let kc = subgroupShuffle(share[c / WG], c % WG);
        for (var i = 0u; i < ROWS; i++) { dqs[i][c] = fma(vec4(factor[i]), kc, dqs[i][c]); }
      }
    }
    var after = NONE;
    for (var i = 0u; i < ROWS; i++) { after = min(after, nextKey(span[i], end)); }
    next = subgroupMin(after);
  }

  for (var r = 0u; r < rows; r++) {
    for (var c = 0u; c < HS4; c++) {
      var part = subgroupShuffle(dqs[0][c], r / ROWS);
      for (var i = 1u; i < ROWS; i++) { part = select(part, subgroupShuffle(dqs[i][c], r / ROWS), r % ROWS == i); }
      share[c / WG] = select(share[c / WG], part, lane == c % WG);
    }
    let th = pair(tile + r, head);
    let row = (th.x * params.ldq + th.y * params.hs) / 4u;
    for (var p = 0u; p < PIECES; p++) {
      if (p * WG + lane < HS4) { dq[row + p * WG + lane] = params.scale * share[p]; }
    }
  }
}
