// attentionBackwardQTile: attentionBackwardQ (see there) in the form of attentionTile: LANES invocations share a (query, head)
// pair, each with its part of the columns of q, dout and dq in registers; rows of k and v in workgroup memory, STEP at a time.
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
const LANES = 1u; // invocations a pair
const STEP = 16u; // keys at a time
// end
const WG = 64u;
const COLS = HS4 / LANES; // vec4 of a row that an invocation has

var<workgroup> kTile: array<vec4<f32>, STEP * HS4>;
var<workgroup> vTile: array<vec4<f32>, STEP * HS4>;
var<workgroup> parts: array<vec2<f32>, STEP * WG>; // every invocation's part of q·k and dout·v
var<workgroup> first: atomic<u32>;
var<workgroup> last: atomic<u32>;
var<workgroup> range: vec2<u32>;

fn sees(span: vec4<u32>, j: u32) -> bool { return (j >= span.x && j < span.y) || (j >= span.z && j < span.w); }

// q·k and dout·v of the n-th key: sums over the invocations of the pair.
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
  let group = params.NH / params.NKV;
  let tile = index / params.NKV * (WG / LANES);
  if (tile >= params.T * group) { return; }
  let r = tile + lane / LANES;
  let t = r / group;
  let h = head * group + r % group;
  let column = lane % LANES * COLS;
  let row = (t * params.ldq + h * params.hs) / 4u + column;
  let stat = 2u * (t * params.NH + h);

  var qs: array<vec4<f32>, COLS>;
  var ds: array<vec4<f32>, COLS>; // dout
  var dqs: array<vec4<f32>, COLS>;
  var span = vec4(0u);
  var lse = 0.0;
  if (lane == 0u) { atomicStore(&first, 0xffffffffu); }
  workgroupBarrier();
  if (t < params.T) {
    span = spans[t];
    lse = stats[stat];
    var products = vec4(0.0);
    for (var c = 0u; c < COLS; c++) {
      let at = (t * params.NH + h) * HS4 + column + c;
      qs[c] = params.scale * q[row + c];
      ds[c] = dout[at];
      products = fma(ds[c], o[at], products);
    }
    parts[lane] = vec2(total(products));
    if (span.x < span.y) {
      atomicMin(&first, span.x);
      atomicMax(&last, span.y);
    }
    if (span.z < span.w) {
      atomicMin(&first, span.z);
      atomicMax(&last, span.w);
    }
  }
  workgroupBarrier();
  let delta = whole(0u, lane).x;
  if (t < params.T && column == 0u) { stats[stat + 1u] = delta; }
  if (lane == 0u) { range = vec2(atomicLoad(&first), atomicLoad(&last)); }
  let keys = workgroupUniformLoad(&range);

  for (var start = keys.x; start < keys.y; start += STEP) {
    let count = min(STEP, keys.y - start);
    for (var i = lane; i < count * HS4; i += WG) {
      let at = ((start + i / HS4) * params.ldkv + head * params.hs) / 4u + i % HS4;
      kTile[i] = k[at];
      vTile[i] = v[at];
    }
    workgroupBarrier();
    for (var n = 0u; n < count; n++) {
      var s = vec4(0.0);
      var dp = vec4(0.0);
      for (var c = 0u; c < COLS; c++) {
        s = fma(qs[c], kTile[n * HS4 + column + c], s);
        dp = fma(ds[c], vTile[n * HS4 + column + c], dp);
      }
      parts[n * WG + lane] = vec2(total(s), total(dp));
    }
    workgroupBarrier();
    for (var n = 0u; n < count; n++) {
      let sdp = whole(n, lane);
      let p = select(0.0, exp(min(sdp.x - lse, 0.0)), sees(span, start + n));
      let factor = vec4(p * (sdp.y - delta));
      for (var c = 0u; c < COLS; c++) { dqs[c] = fma(factor, kTile[n * HS4 + column + c], dqs[c]); }
    }
    workgroupBarrier();
  }

  if (t >= params.T) { return; }
  for (var c = 0u; c < COLS; c++) { dq[row + c] = params.scale * dqs[c]; }
}
