// peakFma: y[i] = Σ of eight x_c after `rounds` times x_c ← x_c·a + b, x_c = start[i] + c at first. Four columns each.
// What an adapter can multiply and add at most: nothing is loaded in the loop, and eight chains hide one another's latency.
override WG: u32 = 64;
struct Params { n: u32, rounds: u32, a: f32, b: f32 }
@group(0) @binding(0) var<storage, read_write> start: array<vec4<f32>>; // (n)
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;     // (n)
@group(0) @binding(2) var<uniform> params: Params;

struct Chains { a: mat4x4<f32>, b: mat4x4<f32> }

fn step(x: mat4x4<f32>, a: vec4<f32>, b: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(fma(x[0], a, b), fma(x[1], a, b), fma(x[2], a, b), fma(x[3], a, b));
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (id.y * groups.x + id.x) * WG + lane;
  if (index >= params.n / 4u) { return; }
  let a = vec4(params.a);
  let b = vec4(params.b);
  let x = start[index];
  var chains = Chains(mat4x4(x, x + 1.0, x + 2.0, x + 3.0), mat4x4(x + 4.0, x + 5.0, x + 6.0, x + 7.0));
  for (var round = 0u; round < params.rounds; round++) {
    chains = Chains(step(chains.a, a, b), step(chains.b, a, b));
  }
  let sum = chains.a + chains.b;
  y[index] = sum[0] + sum[1] + sum[2] + sum[3];
}
