@group(0) @binding(1) var<storage, read> w: array<u32>;
// Words of a block of 32 values: d (f16) and padding; 32 signed bytes.
const SCALED = 8u; // vectors of four that share a Scale
const APART = 0u; // no two vectors of four have the same Words
alias Scale = f32;
fn scaleOf(at: u32) -> Scale { return half(w[at / 8u * 9u]); }
alias Words = u32;
fn wordsOf(at: u32) -> Words { return w[at / 8u * 9u + 1u + at % 8u]; }
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> {
  let q = bitcast<vec4<i32>>(vec4(words) << vec4(24u, 16u, 8u, 0u)) >> vec4(24u);
  return scale * vec4<f32>(q);
}
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weightFrom(scale, wordsOf(at), at); }
fn weight4(at: u32) -> vec4<f32> { return weightOf(scaleOf(at), at); }

// An f16 by integer arithmetic: drivers may flush subnormal ones, which scales often are.
fn half(bits: u32) -> f32 {
  let size = bits & 0x7fffu;
  let value = select(f32(size) * 0x1p-24, bitcast<f32>((size << 13u) + 0x38000000u), size >= 0x400u);
  return select(value, -value, (bits & 0x8000u) != 0u);
}
