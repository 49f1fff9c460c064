@group(0) @binding(1) var<storage, read> w: array<u32>;
// Words of a block of 32 values: d and m (f16); 16 bytes, byte i has values i and i + 16.
const SCALED = 8u; // vectors of four that share a Scale
const APART = 4u; // vectors of four from one to the other that has the same Words
alias Scale = vec2<f32>;
fn scaleOf(at: u32) -> Scale { return halves(w[at / 8u * 5u]); }
alias Words = u32;
fn wordsOf(at: u32) -> Words { return w[at / 8u * 5u + 1u + at % 4u]; }
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> {
  let q = (vec4(words >> (at & 4u)) >> vec4(0u, 8u, 16u, 24u)) & vec4(15u);
  return fma(vec4(scale.x), vec4<f32>(q), vec4(scale.y));
}
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weightFrom(scale, wordsOf(at), at); }
fn weight4(at: u32) -> vec4<f32> { return weightOf(scaleOf(at), at); }

// Two f16 by integer arithmetic: drivers may flush subnormal ones, which scales often are.
fn halves(word: u32) -> vec2<f32> {
  let bits = vec2(word & 0xffffu, word >> 16u);
  let size = bits & vec2(0x7fffu);
  let normal = bitcast<vec2<f32>>((size << vec2(13u)) + vec2(0x38000000u));
  let value = select(vec2<f32>(size) * 0x1p-24, normal, size >= vec2(0x400u));
  return select(value, -value, bits >= vec2(0x8000u));
}
