// attentionTile: attention (see there) for GPUs and many queries in a row. The (query, head) pairs that read one key head are
// numbered, the heads of a query side by side; LANES invocations share a pair, each with its part of the columns of q and o
// in registers. The workgroup walks the keys from the first to the last that any of its pairs sees, STEP at a time, rows of
// k and v in workgroup memory.
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
const LANES = 1u; // invocations a pair
const STEP = 16u; // keys at a time
// end
const WG = 64u;
const COLS = HS4 / LANES; // vec4 of a row that an invocation has
const FLOOR = -1e30;

var<workgroup> kTile: array<vec4<f32>, STEP * HS4>;
var<workgroup> vTile: array<vec4<f32>, STEP * HS4>;
var<workgroup> parts: array<f32, STEP * WG>; // every invocation's part of its pair's scores
var<workgroup> first: atomic<u32>;
var<workgroup> last: atomic<u32>;
var<workgroup> range: vec2<u32>;

fn sees(span: vec4<u32>, j: u32) -> bool { return (j >= span.x && j < span.y) || (j >= span.z && j < span.w); }

// The score of the n-th key: the sum over the invocations of the pair.
fn score(n: u32, lane: u32) -> f32 {
  var s = 0.0;
  for (var l = 0u; l < LANES; l++) { s += parts[n * WG + lane / LANES * LANES + l]; }
  return s;
}

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

  var qs: array<vec4<f32>, COLS>;
  var os: array<vec4<f32>, COLS>;
  var span = vec4(0u);
  if (lane == 0u) { atomicStore(&first, 0xffffffffu); }
  workgroupBarrier();
  if (t < params.T) {
    span = spans[t];
    for (var c = 0u; c < COLS; c++) { qs[c] = params.scale * q[(t * params.ldq + h * params.hs) / 4u + column + c]; }
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
  if (lane == 0u) { range = vec2(atomicLoad(&first), atomicLoad(&last)); }
  let keys = workgroupUniformLoad(&range);

  var top = FLOOR;
  var sum = 0.0;
  for (var start = keys.x; start < keys.y; start += STEP) {
    let count = min(STEP, keys.y - start);
    for (var i = lane; i < count * HS4; i += WG) {
      let row = ((start + i / HS4) * params.ldkv + head * params.hs) / 4u + i % HS4;
      kTile[i] = k[row];
      vTile[i] = v[row];
    }
    workgroupBarrier();
    for (var n = 0u; n < count; n++) {
      var products = vec4(0.0);
      for (var c = 0u; c < COLS; c++) { products = fma(qs[c], kTile[n * HS4 + column + c], products); }
      parts[n * WG + lane] = products.x + products.y + products.z + products.w;
    }
    workgroupBarrier();
    var highest = top;
    for (var n = 0u; n < count; n++) {
      if (sees(span, start + n)) { highest = max(highest, score(n, lane)); }
    }
    let shrink = exp(top - highest);
    top = highest;
    sum *= shrink;
    for (var c = 0u; c < COLS; c++) { os[c] *= shrink; }
    for (var n = 0u; n < count; n++) {
      let p = select(0.0, exp(min(score(n, lane) - top, 0.0)), sees(span, start + n));
      sum += p;
      for (var c = 0u; c < COLS; c++) { os[c] = fma(vec4(p), vTile[n * HS4 + column + c], os[c]); }
    }
    workgroupBarrier();
  }

  if (t >= params.T) { return; }
  let seen = sum > 0.0;
  let scale = select(0.0, 1.0 / sum, seen);
  for (var c = 0u; c < COLS; c++) { o[(t * params.NH + h) * HS4 + column + c] = scale * os[c]; }
  if (column == 0u) { stats[2u * (t * params.NH + h)] = select(FLOOR, top + log(sum), seen); }
}
