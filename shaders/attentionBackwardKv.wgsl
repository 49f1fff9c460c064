// attentionBackwardKv: key j is seen by the queries t of [j, reach[j]); with p = exp(scale·q·k − stats[t,h,0])
//   dv_j = Σ_h Σ_t p·dout[t,h]  and  dk_j = scale · Σ_h Σ_t p (dout·v_j − stats[t,h,1]) q[t,h],
//   h over the query heads that read this key head. After attentionBackwardQ, which leaves delta in stats.
// One workgroup a (j, key head): blocks of WG queries, first a lane a query (the factors), then a lane a few columns.
override WG: u32 = 64;
struct Params { T: u32, NH: u32, NKV: u32, hs: u32, ldq: u32, ldkv: u32, scale: f32 }
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;    // (T, ldq)
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;    // (T, ldkv)
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;    // (T, ldkv)
@group(0) @binding(3) var<storage, read_write> dout: array<vec4<f32>>; // (T, NH·hs)
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;      // (T, NH, 2) log-sum-exp, delta
@group(0) @binding(5) var<storage, read_write> reach: array<u32>;      // (T)
@group(0) @binding(6) var<storage, read_write> dk: array<f32>;         // (T, ldkv)
@group(0) @binding(7) var<storage, read_write> dv: array<f32>;         // (T, ldkv)
@group(0) @binding(8) var<uniform> params: Params;

var<workgroup> factors: array<vec2<f32>, WG>; // p and scale · dS of the block's queries
var<workgroup> range: u32; // the reach, so that loops round barriers are seen to be uniform

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = id.y * groups.x + id.x;
  let j = index / params.NKV;
  if (j >= params.T) { return; }
  let head = index % params.NKV;
  let group = params.NH / params.NKV;
  let row = j * params.ldkv + head * params.hs;
  if (lane == 0u) { range = reach[j]; }
  let end = workgroupUniformLoad(&range);

  for (var c = lane; c < params.hs; c += WG) {
    dk[row + c] = 0.0;
    dv[row + c] = 0.0;
  }
  for (var h = head * group; h < (head + 1u) * group; h++) {
    for (var start = j; start < end; start += WG) {
      let n = min(WG, end - start);
      if (lane < n) {
        let query = start + lane;
        let qAt = (query * params.ldq + h * params.hs) / 4u;
        let outAt = (query * params.NH + h) * params.hs / 4u;
        var s = vec4(0.0);
        var dp = vec4(0.0);
        for (var c = 0u; c < params.hs / 4u; c++) {
          s = fma(q[qAt + c], k[row / 4u + c], s);
          dp = fma(dout[outAt + c], v[row / 4u + c], dp);
        }
        let lse = stats[2u * (query * params.NH + h)];
        let delta = stats[2u * (query * params.NH + h) + 1u];
        let p = exp(min(params.scale * (s.x + s.y + s.z + s.w) - lse, 0.0));
        factors[lane] = vec2(p, params.scale * p * (dp.x + dp.y + dp.z + dp.w - delta));
      }
      workgroupBarrier();
      for (var c = lane; c < params.hs; c += WG) {
        var gk = dk[row + c];
        var gv = dv[row + c];
        for (var i = 0u; i < n; i++) {
          let f = factors[i];
          gv = fma(f.x, dout[((start + i) * params.NH * params.hs + h * params.hs + c) / 4u][c % 4u], gv);
          gk = fma(f.y, q[((start + i) * params.ldq + h * params.hs + c) / 4u][c % 4u], gk);
        }
        dk[row + c] = gk;
        dv[row + c] = gv;
      }
      workgroupBarrier();
    }
  }
}
