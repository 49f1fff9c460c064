// topTokens: the `count` likeliest columns of each row, best first, of equals the lower one; with n = rowOffset + r:
//   ids[n·count + k] = v_k,   logprobs[n·count + k] = logits[r,v_k] − log Σ_v exp(logits[r,v])   over the first V columns
// A row without numbers has no columns: 0xffffffff. One workgroup a row. Each of `count` passes takes the best column behind the last one taken; count <= V.
override WG: u32 = 64;
struct Params { R: u32, V: u32, ld: u32, count: u32, rowOffset: u32 }
@group(0) @binding(0) var<storage, read_write> logits: array<vec4<f32>>; // (R, ld/4)
@group(0) @binding(1) var<storage, read_write> ids: array<u32>;          // (rows, count)
@group(0) @binding(2) var<storage, read_write> logprobs: array<f32>;     // (rows, count)
@group(0) @binding(3) var<uniform> params: Params;

const LEAST = -1e30;
const NONE = 0xffffffffu;
var<workgroup> values: array<f32, WG>;
var<workgroup> columns: array<u32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = id.y * groups.x + id.x;
  if (r >= params.R) { return; }
  let quads = params.ld / 4u;
  let row = r * quads;
  let first = (params.rowOffset + r) * params.count;

  var lastValue = -LEAST;
  var lastColumn = NONE;
  var top = 0.0;
  var lse = 0.0;
  for (var k = 0u; k < params.count; k++) {
    var best = LEAST;
    var column = NONE;
    for (var q = lane; q < quads; q += WG) {
      let x = logits[row + q];
      for (var i = 0u; i < 4u; i++) {
        let v = 4u * q + i;
        let behind = x[i] < lastValue || (x[i] == lastValue && v > lastColumn);
        if (v < params.V && behind && x[i] > best) {
          best = x[i];
          column = v;
        }
      }
    }
    values[lane] = best;
    columns[lane] = column;
    workgroupBarrier();
    for (var half = WG / 2u; half > 0u; half /= 2u) {
      if (lane < half) {
        let other = values[lane + half];
        if (other > values[lane] || (other == values[lane] && columns[lane + half] < columns[lane])) {
          values[lane] = other;
          columns[lane] = columns[lane + half];
        }
      }
      workgroupBarrier();
    }
    lastValue = values[0];
    lastColumn = columns[0];
    workgroupBarrier();

    if (k == 0u) {
      top = lastValue;
      var sum = vec4(0.0);
      for (var q = lane; q < quads; q += WG) {
        let inside = vec4(4u * q) + vec4(0u, 1u, 2u, 3u) < vec4(params.V);
        sum += select(vec4(0.0), exp(min(logits[row + q] - top, vec4(0.0))), inside);
      }
      values[lane] = dot(sum, vec4(1.0));
      workgroupBarrier();
      for (var half = WG / 2u; half > 0u; half /= 2u) {
        if (lane < half) { values[lane] += values[lane + half]; }
        workgroupBarrier();
      }
      lse = top + log(values[0]);
      workgroupBarrier();
    }
    if (lane == 0u) {
      ids[first + k] = lastColumn;
      logprobs[first + k] = lastValue - lse;
    }
  }
}
