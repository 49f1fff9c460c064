// matmulTnShuffle: partials[s,i,j] = Σ_{m of block s} P[m,pOffset+i]·Q[m,qOffset+j], blocks of ROWS rows; sumPartials adds them.
// For software adapters, where a load costs more than eight products: a workgroup is one subgroup and owns 16 i; a lane owns 4 j,
// loads 16/WG of a row's P and gets the others by shuffle.
enable subgroups;
override WG: u32 = 8; // the adapter's subgroup size: 4 or more
override ROWS: u32 = 128;
struct Params { M: u32, I: u32, J: u32, ldp: u32, pOffset: u32, ldq: u32, qOffset: u32 }
@group(0) @binding(0) var<storage, read_write> p: array<f32>;              // (M, ldp)
@group(0) @binding(1) var<storage, read_write> q: array<vec4<f32>>;        // (M, ldq)
@group(0) @binding(2) var<storage, read_write> partials: array<vec4<f32>>; // (ceil(M / ROWS), I, J)
@group(0) @binding(3) var<uniform> params: Params;

// i of row m, beyond I the last
fn loadP(m: u32, i: u32) -> f32 { return p[m * params.ldp + params.pOffset + min(i, params.I - 1u)]; }

fn loadPLanes(m: u32, i: u32) -> vec4<f32> {
  var values = vec4<f32>();
  values[0] = loadP(m, i);
  if (WG < 16u) { values[1] = loadP(m, i + WG); }
  if (WG < 8u) { values[2] = loadP(m, i + 2u * WG); values[3] = loadP(m, i + 3u * WG); }
  return values;
}

// Sixteen i of four j, four i to a matrix.
struct Rows { a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32> }

// The lanes' values: lane l has i = l, l + WG, … below 16; four of them from i on.
fn valueOf(p: vec4<f32>, i: u32) -> f32 { return subgroupShuffle(p[i / WG], i % WG); }
fn fourOf(p: vec4<f32>, i: u32) -> vec4<f32> {
  var four: vec4<f32>;
  if (WG == 4u) { // one quad: its broadcasts cost SwiftShader less than shuffles
    let v = p[i / 4u];
    four = vec4(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
  } else {
    four = vec4(valueOf(p, i), valueOf(p, i + 1u), valueOf(p, i + 2u), valueOf(p, i + 3u));
  }
  return four;
}

fn addFour(sum: mat4x4<f32>, p: vec4<f32>, q: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(fma(vec4(p.x), q, sum[0]), fma(vec4(p.y), q, sum[1]), fma(vec4(p.z), q, sum[2]), fma(vec4(p.w), q, sum[3]));
}

fn add(sum: Rows, p: vec4<f32>, q: vec4<f32>) -> Rows {
  return Rows(addFour(sum.a, fourOf(p, 0u), q), addFour(sum.b, fourOf(p, 4u), q),
              addFour(sum.c, fourOf(p, 8u), q), addFour(sum.d, fourOf(p, 12u), q));
}

// Every row one place up, so that a loop can take the first: compilers of software adapters are slow where stores are many.
fn up(r: Rows) -> Rows {
  return Rows(mat4x4(r.a[1], r.a[2], r.a[3], r.b[0]), mat4x4(r.b[1], r.b[2], r.b[3], r.c[0]),
              mat4x4(r.c[1], r.c[2], r.c[3], r.d[0]), mat4x4(r.d[1], r.d[2], r.d[3], vec4(0.0)));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let j = (group.x * WG + lane) * 4u;
  let i = group.z * 16u;
  let column = params.qOffset + min(j, params.J - 4u);
  let end = min((group.y + 1u) * ROWS, params.M);
  var sum = Rows();
  for (var m = group.y * ROWS; m < end; m++) {
    sum = add(sum, loadPLanes(m, i + lane), q[(m * params.ldq + column) / 4u]);
  }
  let last = min(i + 16u, params.I);
  for (var at = i; at < last; at++) {
    if (j < params.J) { partials[((group.y * params.I + at) * params.J + j) / 4u] = sum.a[0]; }
    sum = up(sum);
  }
}
