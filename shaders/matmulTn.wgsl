// matmulTn: partials[s,i,j] = Σ_{m of block s} P[m,pOffset+i]·Q[m,qOffset+j], blocks of ROWS rows; sumPartials adds them.
// Every invocation owns 4×4 sums of one block.
override ROWS: u32 = 128;
struct Params { M: u32, I: u32, J: u32, ldp: u32, pOffset: u32, ldq: u32, qOffset: u32 }
@group(0) @binding(0) var<storage, read_write> p: array<vec4<f32>>;        // (M, ldp)
@group(0) @binding(1) var<storage, read_write> q: array<vec4<f32>>;        // (M, ldq)
@group(0) @binding(2) var<storage, read_write> partials: array<vec4<f32>>; // (ceil(M / ROWS), I, J)
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let J = params.J / 4u;
  let i = id.x / J;
  let j = id.x % J;
  if (i >= params.I / 4u) { return; }
  var acc0 = vec4(0.0);
  var acc1 = vec4(0.0);
  var acc2 = vec4(0.0);
  var acc3 = vec4(0.0);
  let first = group.y * ROWS;
  for (var m = first; m < min(first + ROWS, params.M); m++) {
    let pi = p[(m * params.ldp + params.pOffset) / 4u + i];
    let qj = q[(m * params.ldq + params.qOffset) / 4u + j];
    acc0 = fma(vec4(pi.x), qj, acc0);
    acc1 = fma(vec4(pi.y), qj, acc1);
    acc2 = fma(vec4(pi.z), qj, acc2);
    acc3 = fma(vec4(pi.w), qj, acc3);
  }
  let at = (group.y * params.I + 4u * i) * J + j;
  partials[at] = acc0;
  partials[at + J] = acc1;
  partials[at + 2u * J] = acc2;
  partials[at + 3u * J] = acc3;
}
