alias WeightWords = vec2<u32>; // four bf16: the upper halves of f32
fn unpackWeight4(words: WeightWords) -> vec4<f32> {
  return bitcast<vec4<f32>>(vec4(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}
