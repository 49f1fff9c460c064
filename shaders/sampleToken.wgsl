// sampleToken: the next token of each batch row b. Temperature 0: the largest logit, ties to the lowest id. Else, in this
// order, p = softmax(logits / temperature), the top_k largest (0 = all), of those the fewest largest with mass >= top_p
// (of equal ones the lowest ids), and from the kept, in order of ids, the inverse of their distribution at a uniform number.
// One workgroup a row. In the order "larger logit first, of equal ones the lower id" every kept set is a beginning, and its
// last member is found by bisection, first on the logit's bits, then on the id; so is the token in the order of ids.
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
@group(0) @binding(0) var<storage, read_write> logits: array<vec4<f32>>;  // (B, ld/4)
@group(0) @binding(1) var<storage, read_write> settings: array<Settings>; // (B)
@group(0) @binding(2) var<storage, read_write> state: array<State>;       // (B)
@group(0) @binding(3) var<storage, read_write> stops: array<u32>;         // token ids, row after row
@group(0) @binding(4) var<storage, read_write> output: array<u32>;        // (B, outStride)
@group(0) @binding(5) var<uniform> params: Params;

struct Row {
  start: u32, // of its logits, in fours
  top: f32, // the largest
  temperature: f32,
}
// The beginning that holds the logits whose `order` is above `least`, and those equal to it of an id below `end`.
struct Kept { least: u32, end: u32, count: f32, mass: f32 }

var<workgroup> done: u32;
var<workgroup> how: Settings;
var<workgroup> partial: array<vec2<f32>, WG>;

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

fn ids(q: u32) -> vec4<u32> { return vec4(4u * q) + vec4(0u, 1u, 2u, 3u); }

// numbers as integers of the same order; −0 is 0
fn order(x: vec4<f32>) -> vec4<u32> {
  let bits = select(bitcast<vec4<u32>>(x), vec4(0u), x == vec4(0.0));
  return bits ^ select(vec4(0x80000000u), vec4(0xffffffffu), bits >= vec4(0x80000000u));
}

// of two (logit, id) the one that comes first
fn first(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y < a.y));
}

// the row's largest logit and its id
fn largest(lane: u32, start: u32) -> vec2<f32> {
  var top = vec4(-3e38);
  var at = vec4(0u);
  for (var q = lane; 4u * q < params.V; q += WG) {
    let x = logits[start + q];
    let better = (x > top) & (ids(q) < vec4(params.V));
    top = select(top, x, better);
    at = select(at, ids(q), better);
  }
  let id = vec4<f32>(at);
  partial[lane] = first(first(vec2(top.x, id.x), vec2(top.y, id.y)), first(vec2(top.z, id.z), vec2(top.w, id.w)));
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] = first(partial[lane], partial[lane + half]); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&partial[0]);
}

// How many of the beginning (least, end) have an id below `below`, and their mass Σ e^((x − top) / temperature).
fn measure(least: u32, end: u32, below: u32, lane: u32, row: Row) -> vec2<f32> {
  var count = vec4(0.0);
  var mass = vec4(0.0);
  let last = min(below, params.V);
  for (var q = lane; 4u * q < last; q += WG) {
    let x = logits[row.start + q];
    let v = ids(q);
    let key = order(x);
    let inside = (v < vec4(last)) & ((key > vec4(least)) | ((key == vec4(least)) & (v < vec4(end))));
    count += select(vec4(0.0), vec4(1.0), inside);
    mass += select(vec4(0.0), exp(min((x - row.top) / row.temperature, vec4(0.0))), inside);
  }
  partial[lane] = vec2(dot(count, vec4(1.0)), dot(mass, vec4(1.0)));
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&partial[0]);
}

// The shortest beginning of `kept` with at least the wanted (count, mass).
fn shorten(kept: Kept, wanted: vec2<f32>, lane: u32, row: Row) -> Kept {
  var shortest = kept;
  var least = 0u; // the largest that was enough
  var end = 0u; // the largest that was not
  var tooFew = 0.0; // members of the longest that was not
  let idBits = firstLeadingBit(params.V) + 1u;
  for (var i = 0u; i < 32u + idBits && shortest.count - tooFew > 1.0; i++) {
    let onId = i >= 32u;
    let tryLeast = select(least | (0x80000000u >> i), least, onId);
    let tryEnd = select(params.V, end | (1u << (31u + idBits - i)), onId);
    let got = measure(tryLeast, tryEnd, params.V, lane, row);
    if (got.x >= wanted.x && got.y >= wanted.y) {
      least = tryLeast;
      if (got.x < shortest.count) { shortest = Kept(tryLeast, tryEnd, got.x, got.y); }
    } else {
      tooFew = max(tooFew, got.x);
      end = select(0u, tryEnd, onId);
    }
  }
  return shortest;
}

// The first id at which the kept of the ids up to it have more than `share` of all their mass.
fn draw(kept: Kept, share: f32, lane: u32, row: Row) -> u32 {
  var id = 0u; // the largest known below which there is no more
  for (var bit = 1u << firstLeadingBit(params.V); bit > 0u; bit >>= 1u) {
    if (measure(kept.least, kept.end, id | bit, lane, row).y <= share * kept.mass) { id |= bit; }
  }
  return id;
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
  let start = b * (params.ld / 4u);
  let best = largest(lane, start);
  var token = u32(best.y);
  if (asked.temperature > 0.0) {
    let row = Row(start, best.x, asked.temperature);
    let all = measure(0u, 0u, params.V, lane, row); // a number's order is never 0
    var kept = Kept(0u, 0u, all.x, all.y);
    if (asked.top_k > 0u) { kept = shorten(kept, vec2(min(f32(asked.top_k), kept.count), 0.0), lane, row); }
    if (asked.top_p < 1.0) { kept = shorten(kept, vec2(1.0, asked.top_p * kept.mass), lane, row); }
    let uniformNumber = f32(hash3(asked.seed, 3u, state[b].generated) >> 8u) / 16777216.0; // 3: the stream "sampling"
    token = draw(kept, uniformNumber, lane, row);
  }
  if (lane == 0u) { emit(b, token); }
}
