// attentionBackwardKvTile: attentionBackwardKv (see there) for GPUs. LANES invocations share a key of one key head, each with
// its part of the columns of k, v, dk and dv in registers; the workgroup walks the query heads and the queries from its first
// key to the last query that any of its keys reaches, STEP at a time, rows of q and dout in workgroup memory.
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
const LANES = 1u; // invocations a key
const STEP = 16u; // queries at a time
// end
const WG = 64u;
const COLS = HS4 / LANES; // vec4 of a row that an invocation has

var<workgroup> qTile: array<vec4<f32>, STEP * HS4>;
var<workgroup> dTile: array<vec4<f32>, STEP * HS4>; // dout
var<workgroup> parts: array<vec2<f32>, STEP * WG>; // every invocation's part of q·k and dout·v
var<workgroup> last: atomic<u32>;
var<workgroup> range: u32;

// q·k and dout·v of the n-th query: sums over the invocations of the key.
fn whole(n: u32, lane: u32) -> vec2<f32> {
  var s = vec2(0.0);
  for (var l = 0u; l < LANES; l++) { s += parts[n * WG + lane / LANES * LANES + l]; }
  return s;
}

fn total(x: vec4<f32>) -> f32 { return x.x + x.y + x.z + x.w; }

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = id.y * groups.x + id.x;
  let head = index % params.NKV;
  let tile = index / params.NKV * (WG / LANES);
  if (tile >= params.T) { return; }
  let group = params.NH / params.NKV;
  let j = tile + lane / LANES;
  let column = lane % LANES * COLS;
  let row = (j * params.ldkv + head * params.hs) / 4u + column;

  var ks: array<vec4<f32>, COLS>;
  var vs: array<vec4<f32>, COLS>;
  var dks: array<vec4<f32>, COLS>;
  var dvs: array<vec4<f32>, COLS>;
  var end = 0u;
  if (j < params.T) {
    end = reach[j];
    for (var c = 0u; c < COLS; c++) {
      ks[c] = params.scale * k[row + c];
      vs[c] = v[row + c];
    }
    atomicMax(&last, end);
  }
  workgroupBarrier();
  if (lane == 0u) { range = atomicLoad(&last); }
  let stop = workgroupUniformLoad(&range);

  for (var h = head * group; h < (head + 1u) * group; h++) {
    for (var start = tile; start < stop; start += STEP) {
      let count = min(STEP, stop - start);
      for (var i = lane; i < count * HS4; i += WG) {
        let t = start + i / HS4;
        qTile[i] = q[(t * params.ldq + h * params.hs) / 4u + i % HS4];
        dTile[i] = dout[(t * params.NH + h) * HS4 + i % HS4];
      }
      workgroupBarrier();
      for (var n = 0u; n < count; n++) {
        var s = vec4(0.0);
        var dp = vec4(0.0);
        for (var c = 0u; c < COLS; c++) {
          s = fma(ks[c], qTile[n * HS4 + column + c], s);
          dp = fma(vs[c], dTile[n * HS4 + column + c], dp);
        }
        parts[n * WG + lane] = vec2(total(s), total(dp));
      }
      workgroupBarrier();
      for (var n = 0u; n < count; n++) {
        let t = start + n;
        let stat = stats[t * params.NH + h];
        let sdp = whole(n, lane);
        let p = select(0.0, exp(min(sdp.x - stat.x, 0.0)), t >= j && t < end);
        let factor = p * (sdp.y - stat.y);
        for (var c = 0u; c < COLS; c++) {
          dks[c] = fma(vec4(factor), qTile[n * HS4 + column + c], dks[c]);
          dvs[c] = fma(vec4(p), dTile[n * HS4 + column + c], dvs[c]);
        }
      }
      workgroupBarrier();
    }
  }

  if (j >= params.T) { return; }
  for (var c = 0u; c < COLS; c++) {
    dk[row + c] = params.scale * dks[c];
    dv[row + c] = dvs[c];
  }
}
