// attentionBackwardQ: delta = Σ_c dout·o to stats[t,h,1], and with p_j = exp(scale·q·k_j − stats[t,h,0])
//   dq = scale · Σ_j p_j (dout·v_j − delta) k_j over the keys j of the query's two ranges (see attention).
// One workgroup a (t, h): blocks of WG keys, first a lane a key (the factor of k_j), then a lane a few columns (dq).
override WG: u32 = 64;
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;     // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;     // (S, ldkv)
@group(0) @binding(3) var<storage, read_write> o: array<vec4<f32>>;     // (T, NH·hs)
@group(0) @binding(4) var<storage, read_write> dout: array<vec4<f32>>;  // (T, NH·hs)
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;       // (T, NH, 2) log-sum-exp, delta (written here)
@group(0) @binding(6) var<storage, read_write> spans: array<vec4<u32>>; // (T)
@group(0) @binding(7) var<storage, read_write> dq: array<f32>;          // (T, ldq)
@group(0) @binding(8) var<uniform> params: Params;

var<workgroup> factors: array<f32, WG>; // scale · dS of the block's keys
var<workgroup> range: vec4<u32>; // the span, so that loops round barriers are seen to be uniform

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = id.y * groups.x + id.x;
  let t = index / params.NH;
  if (t >= params.T) { return; }
  let h = index % params.NH;
  let column = h / (params.NH / params.NKV) * params.hs;
  let query = t * params.ldq + h * params.hs;
  let out = index * params.hs / 4u;
  if (lane == 0u) { range = spans[t]; }
  let span = workgroupUniformLoad(&range);
  let prefix = span.y - span.x;
  let keys = prefix + span.w - span.z;

  let lse = stats[2u * index];
  var products = vec4(0.0);
  for (var c = 0u; c < params.hs / 4u; c++) { products = fma(dout[out + c], o[out + c], products); }
  let delta = products.x + products.y + products.z + products.w;
  if (lane == 0u) { stats[2u * index + 1u] = delta; }

  for (var c = lane; c < params.hs; c += WG) { dq[query + c] = 0.0; }
  for (var start = 0u; start < keys; start += WG) {
    let n = min(WG, keys - start);
    if (lane < n) {
      let i = start + lane;
      let row = (select(span.z + i - prefix, span.x + i, i < prefix) * params.ldkv + column) / 4u;
      var s = vec4(0.0);
      var dp = vec4(0.0);
      for (var c = 0u; c < params.hs / 4u; c++) {
        s = fma(q[query / 4u + c], k[row + c], s);
        dp = fma(dout[out + c], v[row + c], dp);
      }
      let p = exp(min(params.scale * (s.x + s.y + s.z + s.w) - lse, 0.0));
      factors[lane] = params.scale * p * (dp.x + dp.y + dp.z + dp.w - delta);
    }
    workgroupBarrier();
    for (var c = lane; c < params.hs; c += WG) {
      var acc = dq[query + c];
      for (var i = 0u; i < n; i++) {
        let j = select(span.z + start + i - prefix, span.x + start + i, start + i < prefix);
        acc = fma(factors[i], k[(j * params.ldkv + column + c) / 4u][c % 4u], acc);
      }
      dq[query + c] = acc;
    }
    workgroupBarrier();
  }
}
