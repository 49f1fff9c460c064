@group(0) @binding(1) var<storage, read> w: array<u32>;
// Words of a block of 256 values: 128 bytes of lower fours, 64 of upper pairs, 16 signed scales, d (f16) and padding.
const SCALED = 8u; // vectors of four that share a Scale
const APART = 16u; // vectors of four from one to the other that has the same Words, and another Scale
alias Scale = vec2<f32>; // of 16 values each
fn scaleOf(at: u32) -> Scale {
  let block = at / 64u * 53u;
  let part = at % 64u / 8u; // 32 values
  let bytes = vec2(w[block + 48u + part / 2u]) << (vec2(24u, 16u) - vec2(part % 2u * 16u));
  return half(w[block + 52u]) * vec2<f32>(bitcast<vec2<i32>>(bytes) >> vec2(24u));
}
alias Words = vec2<u32>; // of lower and of upper bits
fn wordsOf(at: u32) -> Words {
  let block = at / 64u * 53u;
  let side = at % 64u / 32u; // of the block: 128 values; its four parts of 32 share bytes
  return vec2(w[block + 16u * side + at % 16u], w[block + 32u + 8u * side + at % 8u]);
}
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> {
  let part = at / 8u % 4u;
  let low = (vec4(words.x >> ((part & 2u) * 2u)) >> vec4(0u, 8u, 16u, 24u)) & vec4(15u);
  let high = ((vec4(words.y >> (2u * part)) >> vec4(0u, 8u, 16u, 24u)) & vec4(3u)) << vec4(4u);
  return select(scale.x, scale.y, at % 8u >= 4u) * (vec4<f32>(low | high) - 32.0);
}
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weightFrom(scale, wordsOf(at), at); }
fn weight4(at: u32) -> vec4<f32> { return weightOf(scaleOf(at), at); }

// An f16 by integer arithmetic: drivers may flush subnormal ones, which scales often are.
fn half(bits: u32) -> f32 {
  let size = bits & 0x7fffu;
  let value = select(f32(size) * 0x1p-24, bitcast<f32>((size << 13u) + 0x38000000u), size >= 0x400u);
  return select(value, -value, (bits & 0x8000u) != 0u);
}
