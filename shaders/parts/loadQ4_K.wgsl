@group(0) @binding(1) var<storage, read> w: array<u32>;
// Words of a block of 256 values: d and dmin (f16); 12 bytes of scales; 128 bytes, two values each.
const SCALED = 8u; // vectors of four that share a Scale
const APART = 8u; // vectors of four from one to the other that has the same Words, and another Scale
alias Scale = vec2<f32>;
fn scaleOf(at: u32) -> Scale { return scales(at / 64u * 36u, at % 64u / 8u); }
alias Words = u32;
fn wordsOf(at: u32) -> Words { return w[at / 64u * 36u + 4u + at % 64u / 16u * 8u + at % 8u]; } // 64 values lie in 32 bytes
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> {
  let q = (vec4(words >> ((at & 8u) / 2u)) >> vec4(0u, 8u, 16u, 24u)) & vec4(15u);
  return fma(vec4(scale.x), vec4<f32>(q), vec4(scale.y));
}
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weightFrom(scale, wordsOf(at), at); }
fn weight4(at: u32) -> vec4<f32> { return weightOf(scaleOf(at), at); }

// d · scale and −dmin · min of 32 values. The 12 bytes behind d and dmin hold six bits of each: those of the first four in
// bytes 0 … 3 and 4 … 7, of the others the lower four in bytes 8 … 11 and the upper two on top of the first ones.
fn scales(block: u32, part: u32) -> vec2<f32> {
  let shift = part % 4u * 8u;
  let early = vec2(w[block + 1u], w[block + 2u]) >> vec2(shift);
  let late = (vec2(w[block + 3u]) >> vec2(shift, shift + 4u)) & vec2(15u);
  let six = select(late | ((early >> vec2(2u)) & vec2(48u)), early & vec2(63u), part < 4u);
  return halves(w[block]) * vec2<f32>(six) * vec2(1.0, -1.0);
}

// Two f16 by integer arithmetic: drivers may flush subnormal ones, which scales often are.
fn halves(word: u32) -> vec2<f32> {
  let bits = vec2(word & 0xffffu, word >> 16u);
  let size = bits & vec2(0x7fffu);
  let normal = bitcast<vec2<f32>>((size << vec2(13u)) + vec2(0x38000000u));
  let value = select(vec2<f32>(size) * 0x1p-24, normal, size >= vec2(0x400u));
  return select(value, -value, bits >= vec2(0x8000u));
}
