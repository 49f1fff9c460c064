@group(0) @binding(1) var<storage, read> w: array<vec2<u32>>; // four f16
const SCALED = 0x40000000u; // vectors of four that share a Scale: all, there is none
const APART = 0u; // no two vectors of four have the same Words
alias Scale = u32;
fn scaleOf(at: u32) -> Scale { return 0u; }
alias Words = vec2<u32>;
fn wordsOf(at: u32) -> Words { return w[at]; }
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weight4(at); }
fn weight4(at: u32) -> vec4<f32> { return weightFrom(0u, wordsOf(at), at); }
// By integer arithmetic: drivers may flush subnormal f16.
fn weightFrom(scale: Scale, words: Words, at: u32) -> vec4<f32> {
  let halves = words.xxyy >> vec4(0u, 16u, 0u, 16u);
  let size = halves & vec4(0x7fffu);
  let normal = bitcast<vec4<f32>>((size << vec4(13u)) + vec4(0x38000000u));
  let value = select(vec4<f32>(size) * 0x1p-24, normal, size >= vec4(0x400u));
  return select(value, -value, (halves & vec4(0x8000u)) != vec4(0u));
}
