@group(0) @binding(1) var<storage, read> w: array<u32>;
// Words of a block of 32 values: d (f16) and padding; 16 bytes, byte i has values i and i + 16.
const SCALED = 8u; // vectors of four that share a Scale
const APART = 4u; // vectors of four from one to the other that has the same Words
alias Scale = f32;
fn scaleOf(at: u32) -> Scale { return half(w[at / 8u * 5u]); }
alias Words = u32;
fn wordsOf(at: u32) -> Words { return w[at / 8u * 5u + 1u + at % 4u]; }
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> {
  let q = (vec4(words >> (at & 4u)) >> vec4(0u, 8u, 16u, 24u)) & vec4(15u);
  return scale * (vec4<f32>(q) - 8.0);
}
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weightFrom(scale, wordsOf(at), at); }
fn weight4(at: u32) -> vec4<f32> { return weightOf(scaleOf(at), at); }

// An f16 by integer arithmetic: drivers may flush subnormal ones, which scales often are.
fn half(bits: u32) -> f32 {
  let size = bits & 0x7fffu;
  let value = select(f32(size) * 0x1p-24, bitcast<f32>((size << 13u) + 0x38000000u), size >= 0x400u);
  return select(value, -value, (bits & 0x8000u) != 0u);
}
