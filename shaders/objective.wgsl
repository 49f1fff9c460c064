// objective: per question, with the means s of its sequences (src/model/policy.ts, QuestionTerms):
//   x    = beta_z·s_z + beta·(min(s_c, clip_chosen) − max(s_l, clip_rejected)) − gamma
//   loss = −pair·log σ(x) − anchor·s_w − z_weight·s_z,   gradients = scale·dloss/d(s_z, s_c, s_l, s_w)
// A clipped mean has no gradient, at equality it has; an absent term (0xffffffff) adds nothing. One invocation a question.
override WG: u32 = 64;
struct Params { Q: u32, scale: f32 }
struct Terms { c: u32, l: u32, w: u32, zStart: u32, zEnd: u32, spare5: u32, spare6: u32, spare7: u32 }
struct Weights {
  pair: f32, beta_z: f32, beta: f32, gamma: f32, clip_chosen: f32, clip_rejected: f32, anchor: f32, z_weight: f32,
}
@group(0) @binding(0) var<storage, read_write> means: array<f32>;           // (sequences)
@group(0) @binding(1) var<storage, read_write> terms: array<Terms>;         // (Q)
@group(0) @binding(2) var<storage, read_write> zList: array<u32>;           // sequences of zStart..zEnd
@group(0) @binding(3) var<storage, read_write> weights: array<Weights>;     // (Q)
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;          // (Q)
@group(0) @binding(5) var<storage, read_write> gradients: array<vec4<f32>>; // (Q) by s_z, s_c, s_l, s_w
@group(0) @binding(6) var<storage, read_write> parts: array<vec4<f32>>;     // (Q) s_z, s_c, s_l, s_w; 0 where absent
@group(0) @binding(7) var<uniform> params: Params;

const ABSENT = 0xffffffffu;

fn meanOf(sequence: u32) -> f32 {
  if (sequence == ABSENT) { return 0.0; }
  return means[sequence];
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let q = id.x;
  if (q >= params.Q) { return; }
  let t = terms[q];
  let k = weights[q];
  var sum = 0.0;
  for (var i = t.zStart; i < t.zEnd; i++) { sum += means[zList[i]]; }
  let passages = t.zEnd - t.zStart;
  let z = sum / f32(max(1u, passages));
  let c = meanOf(t.c);
  let l = meanOf(t.l);
  let w = meanOf(t.w);

  let chosen = select(min(c, k.clip_chosen), 0.0, t.c == ABSENT);
  let rejected = select(max(l, k.clip_rejected), 0.0, t.l == ABSENT);
  let x = fma(k.beta_z, z, fma(k.beta, chosen - rejected, -k.gamma));
  let e = exp(-abs(x));
  let lossOfPair = max(-x, 0.0) + log(1.0 + e); // −log σ(x), safe at both ends
  let dx = -k.pair * select(1.0, e, x > 0.0) / (1.0 + e); // −σ(−x)

  losses[q] = k.pair * lossOfPair - k.anchor * w - k.z_weight * z;
  parts[q] = vec4(z, c, l, w);
  gradients[q] = params.scale * vec4(
    select(dx * k.beta_z - k.z_weight, 0.0, passages == 0u),
    select(0.0, dx * k.beta, t.c != ABSENT && c <= k.clip_chosen),
    select(0.0, -dx * k.beta, t.l != ABSENT && l >= k.clip_rejected),
    select(-k.anchor, 0.0, t.w == ABSENT),
  );
}
