// crossEntropyBackward: in place, with n = rowOffset + r:
//   logits[r,v] <- weight[n] · (exp(logits[r,v] − lse[n]) − [v = targets[n]])   for v < V;   0 for V <= v < ld
// A workgroup takes WG·PER groups of four columns of one row.
override WG: u32 = 64;
override PER: u32 = 8;
struct Params { R: u32, V: u32, ld: u32, rowOffset: u32 }
@group(0) @binding(0) var<storage, read_write> logits: array<vec4<f32>>; // (R, ld/4)
@group(0) @binding(1) var<storage, read_write> targets: array<u32>;      // (rows)
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;          // (rows)
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;       // (rows) −dL/dlogp
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quads = params.ld / 4u;
  let blocks = (quads + WG * PER - 1u) / (WG * PER);
  let index = id.y * groups.x + id.x;
  let r = index / blocks;
  if (r >= params.R) { return; }
  let n = params.rowOffset + r;
  let w = weight[n];
  let shift = lse[n];
  let goal = vec4(targets[n]);
  let first = (index % blocks) * WG * PER;
  let end = min(first + WG * PER, quads);
  for (var q = first + lane; q < end; q += WG) {
    let v = vec4(4u * q) + vec4(0u, 1u, 2u, 3u);
    let p = exp(min(logits[r * quads + q] - shift, vec4(0.0)));
    let d = w * (p - select(vec4(0.0), vec4(1.0), v == goal));
    logits[r * quads + q] = select(vec4(0.0), d, v < vec4(params.V));
  }
}
