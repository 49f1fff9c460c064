// sampleToken: the next token of each batch row b. Temperature 0: the largest logit, ties to the lowest id. Else, in this
// order, p = softmax(logits / temperature), the top_k largest (0 = all), of those the fewest largest with mass >= top_p
// (of equal ones the lowest ids), and from the kept, in order of ids, the inverse of their distribution at a uniform number.
// One workgroup a row. Thresholds are found by bisection on the logits' bits; to draw, a lane takes a stretch of ids.
override WG: u32 = 64;
struct Params { B: u32, V: u32, ld: u32, outStride: u32 }
struct Settings { temperature: f32, top_k: u32, top_p: f32, seed: u32 }
struct State {
  token: u32, // the next token
  position: u32, // of that token
  done: u32,
  generated: u32,
  limit: u32, // new tokens at most
  stopStart: u32, // its stop tokens: stops[stopStart .. stopEnd)
  stopEnd: u32,
  spare: u32,
}
@group(0) @binding(0) var<storage, read_write> logits: array<f32>;        // (B, ld)
@group(0) @binding(1) var<storage, read_write> settings: array<Settings>; // (B)
@group(0) @binding(2) var<storage, read_write> state: array<State>;       // (B)
@group(0) @binding(3) var<storage, read_write> stops: array<u32>;         // token ids, row after row
@group(0) @binding(4) var<storage, read_write> output: array<u32>;        // (B, outStride)
@group(0) @binding(5) var<uniform> params: Params;

// What is kept: logits whose `order` is above `least`, and the first `ties` that equal it.
struct Kept { least: u32, ties: u32, top: f32, temperature: f32 }
struct Walk { mass: f32, id: u32 }

var<workgroup> done: u32;
var<workgroup> how: Settings;
var<workgroup> values: array<f32, WG>;
var<workgroup> counts: array<u32, WG>;

// hash3 of src/core/rng.ts: PCG3D (Jarzynski and Olano, JCGT 2020)
fn hash3(a: u32, b: u32, c: u32) -> u32 {
  var v = vec3(a, b, c) * 1664525u + 1013904223u;
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v ^= v >> vec3(16u);
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  return v.x;
}

// a number's bits, in the order of numbers
fn order(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return bits ^ select(0x80000000u, 0xffffffffu, (bits >> 31u) == 1u);
}

// the inverse
fn numberOf(key: u32) -> f32 {
  return bitcast<f32>(key ^ select(0xffffffffu, 0x80000000u, (key >> 31u) == 1u));
}

// the largest logit's id; of equal ones the lowest
fn largest(lane: u32, row: u32) -> u32 {
  var best = 0u;
  var top = -3e38;
  for (var v = lane; v < params.V; v += WG) {
    let x = logits[row + v];
    if (x > top) {
      top = x;
      best = v;
    }
  }
  values[lane] = top;
  counts[lane] = best;
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = values[lane + half];
      if (other > values[lane] || (other == values[lane] && counts[lane + half] < counts[lane])) {
        values[lane] = other;
        counts[lane] = counts[lane + half];
      }
    }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&counts[0]);
}

// e^((x − top) / temperature)
fn mass(x: f32, kept: Kept) -> f32 { return exp(min((x - kept.top) / kept.temperature, 0.0)); }

// how many logits of the row have an order of `threshold` or more
fn countFrom(threshold: u32, lane: u32, row: u32) -> u32 {
  var n = 0u;
  for (var v = lane; v < params.V; v += WG) { n += select(0u, 1u, order(logits[row + v]) >= threshold); }
  counts[lane] = n;
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) { counts[lane] += counts[lane + half]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&counts[0]);
}

// their mass
fn massFrom(threshold: u32, lane: u32, row: u32, kept: Kept) -> f32 {
  var sum = 0.0;
  for (var v = lane; v < params.V; v += WG) {
    let x = logits[row + v];
    sum += select(0.0, mass(x, kept), order(x) >= threshold);
  }
  values[lane] = sum;
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) { values[lane] += values[lane + half]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&values[0]);
}

fn keepTopK(top_k: u32, lane: u32, row: u32, kept: Kept) -> Kept {
  var least = 0u;
  for (var bit = 0x80000000u; bit > 0u; bit >>= 1u) {
    if (countFrom(least | bit, lane, row) >= top_k) { least |= bit; }
  }
  return Kept(least, top_k - countFrom(least + 1u, lane, row), kept.top, kept.temperature);
}

fn keepTopP(top_p: f32, lane: u32, row: u32, kept: Kept) -> Kept {
  let tied = select(0.0, f32(kept.ties) * mass(numberOf(kept.least), kept), kept.ties > 0u);
  let wanted = max(top_p * (massFrom(kept.least + 1u, lane, row, kept) + tied), 1e-30); // one token at least
  var least = 0u;
  for (var bit = 0x80000000u; bit > 0u; bit >>= 1u) {
    if (massFrom(least | bit, lane, row, kept) >= wanted) { least |= bit; }
  }
  least = max(least, kept.least);
  let missing = wanted - massFrom(least + 1u, lane, row, kept);
  let ties = max(1u, u32(ceil(missing / mass(numberOf(least), kept))));
  return Kept(least, select(ties, min(ties, kept.ties), least == kept.least), kept.top, kept.temperature);
}

// Adds up the kept of the ids [first, end) until their mass exceeds `goal`; `id` is the last one added.
fn walk(first: u32, end: u32, tiesBefore: u32, goal: f32, row: u32, kept: Kept) -> Walk {
  var at = Walk(0.0, first);
  var seen = tiesBefore;
  for (var v = first; v < end && at.mass <= goal; v++) {
    let x = logits[row + v];
    let key = order(x);
    let p = mass(x, kept);
    if (p > 0.0 && (key > kept.least || (key == kept.least && seen < kept.ties))) { at = Walk(at.mass + p, v); }
    seen += select(0u, 1u, key == kept.least);
  }
  return at;
}

// The id at which the distribution of the kept reaches u of [0, 1); right in lane 0.
fn draw(u: f32, lane: u32, row: u32, kept: Kept) -> u32 {
  let stretch = (params.V + WG - 1u) / WG;
  let first = min(lane * stretch, params.V);
  let end = min(first + stretch, params.V);
  var equal = 0u;
  for (var v = first; v < end; v++) { equal += select(0u, 1u, order(logits[row + v]) == kept.least); }
  counts[lane] = equal;
  workgroupBarrier();
  var ties = 0u;
  for (var i = 0u; i < lane; i++) { ties += counts[i]; }
  values[lane] = walk(first, end, ties, 3e38, row, kept).mass;
  workgroupBarrier();
  if (lane > 0u) { return 0u; }

  var total = 0.0;
  for (var i = 0u; i < WG; i++) { total += values[i]; }
  let goal = u * total;
  var chosen = 0u; // the stretch that reaches the goal, or by rounding the last one with any mass
  var massBefore = 0.0; // of the stretches before it
  var tiesBefore = 0u;
  var sum = 0.0;
  ties = 0u;
  for (var i = 0u; i < WG && sum <= goal; i++) {
    if (values[i] > 0.0) {
      chosen = i;
      massBefore = sum;
      tiesBefore = ties;
    }
    sum += values[i];
    ties += counts[i];
  }
  let start = chosen * stretch;
  return walk(start, min(start + stretch, params.V), tiesBefore, goal - massBefore, row, kept).id;
}

// Writes the token down and moves the row's state on.
fn emit(b: u32, token: u32) {
  var s = state[b];
  output[b * params.outStride + s.generated] = token;
  s.token = token;
  s.position++;
  s.generated++;
  s.done = select(0u, 1u, s.generated >= s.limit);
  for (var i = s.stopStart; i < s.stopEnd; i++) { s.done |= select(0u, 1u, stops[i] == token); }
  state[b] = s;
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let b = id.x;
  if (lane == 0u) {
    done = state[b].done;
    how = settings[b];
  }
  if (workgroupUniformLoad(&done) != 0u) { return; }
  let asked = workgroupUniformLoad(&how);
  let row = b * params.ld;
  var token = largest(lane, row);
  if (asked.temperature > 0.0) {
    var kept = Kept(0u, 0u, logits[row + token], asked.temperature); // all
    if (asked.top_k > 0u && asked.top_k < params.V) { kept = keepTopK(asked.top_k, lane, row, kept); }
    if (asked.top_p < 1.0) { kept = keepTopP(asked.top_p, lane, row, kept); }
    let u = f32(hash3(asked.seed, 3u, state[b].generated) >> 8u) / 16777216.0; // 3: the stream "sampling"
    token = draw(u, lane, row, kept);
  }
  if (lane == 0u) { emit(b, token); }
}
