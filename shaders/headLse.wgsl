// headLse: for every row and tile of 64 columns v of logits X·Wᵀ: partials = (max_v, Σ_v exp(logit − max)); and the target's logit.
// W holds the vocabulary's rows vFirst … vFirst+V−1, its tiles are tileFirst … of the row's `tiles`. Nothing else is stored.
// Every invocation owns 4 rows of one tile.
struct Params {
  R: u32, V: u32, C: u32, ldx: u32, ldw: u32, vFirst: u32, tileFirst: u32, tiles: u32,
}
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;        // (R, ldx)
@group(0) @binding(1) var<storage, read> w: array<WeightWords>;            // (V, ldw)
@group(0) @binding(2) var<storage, read> targets: array<u32>;              // (R), 0xffffffff: none
@group(0) @binding(3) var<storage, read_write> partials: array<vec2<f32>>; // (R, tiles)
@group(0) @binding(4) var<storage, read_write> targetLogit: array<f32>;    // (R), written where the target is in this W
@group(0) @binding(5) var<uniform> params: Params;

// region load
alias WeightWords = vec4<u32>; // four f32
fn unpackWeight4(words: WeightWords) -> vec4<f32> { return bitcast<vec4<f32>>(words); }
// end

const TILE = 64u;
var<private> acc: array<vec4<f32>, 4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = id.x * 4u;
  if (m >= params.R) { return; }
  let rows = min(vec4(m) + vec4(0u, 1u, 2u, 3u), vec4(params.R - 1u));
  let xRow = rows * (params.ldx / 4u);
  let last = min((id.y + 1u) * TILE, params.V);
  var largest = vec4(-1e30);
  var total = vec4(0.0);
  for (var n = id.y * TILE; n < last; n += 4u) {
    let columns = vec4(n) + vec4(0u, 1u, 2u, 3u);
    let wRow = min(columns, vec4(params.V - 1u)) * (params.ldw / 4u);
    for (var i = 0u; i < 4u; i++) { acc[i] = vec4(0.0); }
    for (var k = 0u; k < params.C / 4u; k++) {
      let c = transpose(mat4x4(unpackWeight4(w[wRow.x + k]), unpackWeight4(w[wRow.y + k]),
                               unpackWeight4(w[wRow.z + k]), unpackWeight4(w[wRow.w + k])));
      for (var i = 0u; i < 4u; i++) {
        let xk = x[xRow[i] + k];
        acc[i] = fma(vec4(xk.w), c[3], fma(vec4(xk.z), c[2], fma(vec4(xk.y), c[1], fma(vec4(xk.x), c[0], acc[i]))));
      }
    }
    for (var i = 0u; i < 4u; i++) {
      let logits = select(vec4(-1e30), acc[i], columns < vec4(params.V));
      let peak = max(max(max(logits.x, logits.y), max(logits.z, logits.w)), largest[i]);
      let e = exp(logits - peak);
      total[i] = total[i] * exp(largest[i] - peak) + (e.x + e.y + e.z + e.w);
      largest[i] = peak;
      let wanted = targets[rows[i]] - params.vFirst; // wraps far away when below
      if (m + i < params.R && wanted >= n && wanted < min(n + 4u, last)) { targetLogit[m + i] = logits[wanted - n]; }
    }
  }
  for (var i = 0u; i < 4u && m + i < params.R; i++) {
    partials[(m + i) * params.tiles + params.tileFirst + id.y] = vec2(largest[i], total[i]);
  }
}
