@group(0) @binding(1) var<storage, read> w: array<vec2<u32>>; // four bf16: the upper halves of f32
const SCALED = 0x40000000u; // vectors of four that share a Scale: all, there is none
alias Scale = u32;
fn scaleOf(at: u32) -> Scale { return 0u; }
fn weightOf(scale: Scale, at: u32) -> vec4<f32> { return weight4(at); }
fn weight4(at: u32) -> vec4<f32> {
  let words = w[at];
  return bitcast<vec4<f32>>(vec4(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}
