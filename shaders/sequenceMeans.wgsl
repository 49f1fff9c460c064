// sequenceMeans: means[s] = mean of logprob[offsets[s] .. offsets[s+1]), 0 of no rows
// One invocation a sequence, summed in row order.
override WG: u32 = 64;
struct Params { S: u32 }
@group(0) @binding(0) var<storage, read_write> logprob: array<f32>; // (rows)
@group(0) @binding(1) var<storage, read_write> offsets: array<u32>; // (S+1)
@group(0) @binding(2) var<storage, read_write> means: array<f32>;   // (S)
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let s = id.x;
  if (s >= params.S) { return; }
  let first = offsets[s];
  let end = offsets[s + 1u];
  var sum = 0.0;
  for (var r = first; r < end; r++) { sum += logprob[r]; }
  means[s] = sum / f32(max(1u, end - first));
}
