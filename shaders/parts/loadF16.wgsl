alias WeightWords = vec2<u32>; // four f16
fn unpackWeight4(words: WeightWords) -> vec4<f32> {
  return vec4(unpack2x16float(words.x), unpack2x16float(words.y));
}
