// attentionBackwardKvShuffle: attentionBackwardKv (see there) in the form of attentionShuffle: one workgroup is one subgroup, a
// lane keeps ROWS keys of one key head with their gradients in registers, rows of q and dout are handed round by shuffles.
enable subgroups;
diagnostic(off, subgroup_uniformity); // the loops' bounds come out of subgroupMax: equal in all lanes
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;     // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;     // (T, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;     // (T, ldkv)
@group(0) @binding(3) var<storage, read_write> dout: array<vec4<f32>>;  // (T, NH·hs)
@group(0) @binding(4) var<storage, read_write> stats: array<vec2<f32>>; // (T, NH) log-sum-exp, delta
@group(0) @binding(5) var<storage, read_write> reach: array<u32>;       // (T)
@group(0) @binding(6) var<storage, read_write> dk: array<vec4<f32>>;    // (T, ldkv)
@group(0) @binding(7) var<storage, read_write> dv: array<vec4<f32>>;    // (T, ldkv)
@group(0) @binding(8) var<uniform> params: Params;

// region size
const HS4 = 8u; // hs / 4
const WG = 8u; // the subgroup size
const ROWS = 1u; // keys a lane
// end
const PIECES = (HS4 + WG - 1u) / WG; // vec4 of a row that a lane loads

alias Row = array<vec4<f32>, HS4>;
alias Share = array<vec4<f32>, PIECES>; // lane l has columns l, l + WG, … of a row

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
  if (tile >= params.T) { return; }
  let group = params.NH / params.NKV;
  let rows = min(WG * ROWS, params.T - tile); // a bound the compiler cannot unroll: that would take it seconds

  var ks: array<Row, ROWS>;
  var vs: array<Row, ROWS>;
  var dks: array<Row, ROWS>;
  var dvs: array<Row, ROWS>;
  var share: Share;
  var other: Share;
  for (var r = 0u; r < rows; r++) {
    let row = ((tile + r) * params.ldkv + head * params.hs) / 4u;
    for (var p = 0u; p < PIECES; p++) {
      share[p] = params.scale * k[row + min(p * WG + lane, HS4 - 1u)];
      other[p] = v[row + min(p * WG + lane, HS4 - 1u)];
    }
    for (var i = 0u; i < ROWS; i++) {
      let mine = lane * ROWS + i == r;
      for (var c = 0u; c < HS4; c++) {
        ks[i][c] = select(ks[i][c], subgroupShuffle(share[c / WG], c % WG), mine);
        vs[i][c] = select(vs[i][c], subgroupShuffle(other[c / WG], c % WG), mine);
      }
    }
  }
  var end: array<u32, ROWS>;
  var stop = 0u;
  for (var i = 0u; i < ROWS; i++) {
    if (lane * ROWS + i < rows) { end[i] = reach[tile + lane * ROWS + i]; }
    stop = max(stop, end[i]);
  }
  stop = subgroupMax(stop);

  for (var h = head * group; h < (head + 1u) * group; h++) {
    for (var start = tile; start < stop; start += WG) {
      let many = min(WG, stop - start);
      let stat = stats[(start + min(lane, many - 1u)) * params.NH + h]; // a lane a query
      for (var n = 0u; n < many; n++) {
        let t = start + n;
        let row = (t * params.ldq + h * params.hs) / 4u;
        let out = (t * params.NH + h) * HS4;
        for (var p = 0u; p < PIECES; p++) {
          share[p] = q[row + min(p * WG + lane, HS4 - 1u)];
          other[p] = dout[out + min(p * WG + lane, HS4 - 1u)];
        }
        var s = array<vec4<f32>, ROWS>();
        var dp = array<vec4<f32>, ROWS>();
        for (var c = 0u; c < HS4; c++) {
          let qc = subgroupShuffle(share[c / WG], c % WG);
          let dc = subgroupShuffle(other[c / WG], c % WG);
          for (var i = 0u; i < ROWS; i++) {
            s[i] = fma(ks[i][c], qc, s[i]);
            dp[i] = fma(vs[i][c], dc, dp[i]);
          }
        }
        let lseDelta = subgroupShuffle(stat, n);
        var weight: array<f32, ROWS>;
        var factor: array<f32, ROWS>;
        for (var i = 0u; i < ROWS; i++) {
          let seen = t >= tile + lane * ROWS + i && t < end[i];
          weight[i] = select(0.0, exp(min(total(s[i]) - lseDelta.x, 0.0)), seen);
          factor[i] = weight[i] * (total(dp[i]) - lseDelta.y);
        }
        for (var c = 0u; c < HS4; c++) {
          let qc = subgroupShuffle(share[c / WG], c % WG);
          let dc = subgroupShuffle(other[c / WG], c % WG);
          for (var i = 0u; i < ROWS; i++) {
            dks[i][c] = fma(vec4(factor[i]), qc, dks[i][c]);
            dvs[i][c] = fma(vec4(weight[i]), dc, dvs[i][c]);
          }
        }
      }
    }
  }

  for (var r = 0u; r < rows; r++) {
    for (var c = 0u; c < HS4; c++) {
      var a = subgroupShuffle(dks[0][c], r / ROWS);
      var b = subgroupShuffle(dvs[0][c], r / ROWS);
      for (var i = 1u; i < ROWS; i++) {
        a = select(a, subgroupShuffle(dks[i][c], r / ROWS), r % ROWS == i);
        b = select(b, subgroupShuffle(dvs[i][c], r / ROWS), r % ROWS == i);
      }
      share[c / WG] = select(share[c / WG], a, lane == c % WG);
      other[c / WG] = select(other[c / WG], b, lane == c % WG);
    }
    let row = ((tile + r) * params.ldkv + head * params.hs) / 4u;
    for (var p = 0u; p < PIECES; p++) {
      if (p * WG + lane < HS4) {
        dk[row + p * WG + lane] = params.scale * share[p];
        dv[row + p * WG + lane] = other[p];
      }
    }
  }
}
