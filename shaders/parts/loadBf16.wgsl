@group(0) @binding(1) var<storage, read> w: array<vec2<u32>>; // four bf16: the upper halves of f32
const SCALED = 0x40000000u; // vectors of four that share a Scale: all, there is none
const APART = 0u; // no two vectors of four have the same Words
alias Scale = u32;
fn scaleOf(at: u32) -> Scale { return 0u; }
alias Words = vec2<u32>;
fn wordsOf(at: u32) -> Words { return w[at]; }
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weight4(at); }
fn weight4(at: u32) -> vec4<f32> { return weightFrom(0u, wordsOf(at), at); }
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(vec4(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}
