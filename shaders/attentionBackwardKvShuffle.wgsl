// attentionBackwardKvShuffle: attentionBackwardKv (see there) in the form of attentionShuffle: one workgroup is one subgroup, a
// lane keeps ROWS keys of one key head with their gradients in registers, rows of q and dout are handed round by shuffles.
enable subgroups; // and what follows this file is parts/laneRows.wgsl
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
const ROWS = 1u; // keys a lane: 1 or 2
// end
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

  var ks = Rows();
  var vs = Rows();
  let own = vec2(lane * ROWS, lane * ROWS + 1u); // this lane's keys; the second counts only where it has two
  for (var r = 0u; r < rows; r++) {
    let row = ((tile + r) * params.ldkv + head * params.hs) / 4u;
    ks = taken(ks, times(params.scale, loadRow(&k, row, lane)), own == vec2(r));
    vs = taken(vs, loadRow(&v, row, lane), own == vec2(r));
  }
  var end = vec2(0u);
  if (own.x < rows) { end.x = reach[tile + own.x]; }
  if (ROWS > 1u && own.y < rows) { end.y = reach[tile + own.y]; }
  let stop = subgroupMax(max(end.x, end.y));

  var dks = Rows();
  var dvs = Rows();
  for (var h = head * group; h < (head + 1u) * group; h++) {
    for (var start = tile; start < stop; start += WG) {
      let many = min(WG, stop - start);
      let stat = stats[(start + min(lane, many - 1u)) * params.NH + h]; // a lane a query
      for (var n = 0u; n < many; n++) {
        let t = start + n;
        let query = loadRow(&q, (t * params.ldq + h * params.hs) / 4u, lane);
        let gradient = loadRow(&dout, (t * params.NH + h) * HS4, lane);
        let lseDelta = subgroupShuffle(stat, n);
        let seen = (vec2(t) >= vec2(tile) + own) & (vec2(t) < end);
        let weights = select(vec2(0.0), exp(min(dots(ks, query) - lseDelta.x, vec2(0.0))), seen);
        dks = addTo(dks, weights * (dots(vs, gradient) - lseDelta.y), query);
        dvs = addTo(dvs, weights, gradient);
      }
    }
  }

  for (var r = 0u; r < rows; r++) {
    let row = ((tile + r) * params.ldkv + head * params.hs) / 4u;
    storeRow(&dk, row, params.scale, dks, r, lane);
    storeRow(&dv, row, 1.0, dvs, r, lane);
  }
}
