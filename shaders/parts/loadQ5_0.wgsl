@group(0) @binding(1) var<storage, read> w: array<u32>;
// Words of a block of 32 values: d (f16) and padding; 32 fifth bits; 16 bytes, byte i has the lower bits of values i and i + 16.
const SCALED = 8u; // vectors of four that share a Scale
const APART = 4u; // vectors of four from one to the other that has the same Words
alias Scale = f32;
fn scaleOf(at: u32) -> Scale { return half(w[at / 8u * 6u]); }
alias Words = vec2<u32>; // of lower and of fifth bits
fn wordsOf(at: u32) -> Words { return vec2(w[at / 8u * 6u + 2u + at % 4u], w[at / 8u * 6u + 1u]); }
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> {
  let low = (vec4(words.x >> (at & 4u)) >> vec4(0u, 8u, 16u, 24u)) & vec4(15u);
  let high = (vec4(words.y >> (at % 8u * 4u)) << vec4(4u, 3u, 2u, 1u)) & vec4(16u);
  return scale * (vec4<f32>(low | high) - 16.0);
}
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weightFrom(scale, wordsOf(at), at); }
fn weight4(at: u32) -> vec4<f32> { return weightOf(scaleOf(at), at); }

// An f16 by integer arithmetic: drivers may flush subnormal ones, which scales often are.
fn half(bits: u32) -> f32 {
  let size = bits & 0x7fffu;
  let value = select(f32(size) * 0x1p-24, bitcast<f32>((size << 13u) + 0x38000000u), size >= 0x400u);
  return select(value, -value, (bits & 0x8000u) != 0u);
}
