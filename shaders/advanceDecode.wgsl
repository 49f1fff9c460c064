// advanceDecode: what one decoding step needs of each batch row b, from its state (see sampleToken):
//   ids = token, positions = position, spans = (start, start + position + 1, 0, 0), cacheRow = start + position (none when done)
//   local: the spans of the last `window` positions
// One invocation a row.
override WG: u32 = 64;
struct Params { B: u32, window: u32 }
@group(0) @binding(0) var<storage, read_write> state: array<u32>;       // (B, 8)
@group(0) @binding(1) var<storage, read_write> cacheStart: array<u32>;  // (B) first cache row
@group(0) @binding(2) var<storage, read_write> ids: array<u32>;         // (B)
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;   // (B)
@group(0) @binding(4) var<storage, read_write> spans: array<vec4<u32>>; // (B) key ranges: own, prefix
@group(0) @binding(5) var<storage, read_write> local: array<vec4<u32>>; // (B)
@group(0) @binding(6) var<storage, read_write> cacheRow: array<u32>;    // (B) 0xffffffff = write nothing
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let b = id.x;
  if (b >= params.B) { return; }
  let position = state[8u * b + 1u];
  let start = cacheStart[b];
  ids[b] = state[8u * b];
  positions[b] = position;
  let end = start + position + 1u;
  spans[b] = vec4(start, end, 0u, 0u);
  local[b] = vec4(end - min(position + 1u, params.window), end, 0u, 0u);
  cacheRow[b] = select(start + position, 0xffffffffu, state[8u * b + 2u] != 0u);
}
