@group(0) @binding(1) var<storage, read> w: array<u32>;
// Words of a block of 256 values: 128 bytes of lower fours, 64 of upper pairs, 16 signed scales, d (f16) and padding.
fn weight4(at: u32) -> vec4<f32> {
  let block = at / 64u * 53u;
  let i = at % 64u;
  let side = i / 32u; // of the block: 128 values; its four parts of 32 share bytes
  let part = i / 8u % 4u;
  let low = (vec4(w[block + 16u * side + part % 2u * 8u + at % 8u] >> ((part & 2u) * 2u)) >> vec4(0u, 8u, 16u, 24u)) & vec4(15u);
  let high = ((vec4(w[block + 32u + 8u * side + at % 8u] >> (2u * part)) >> vec4(0u, 8u, 16u, 24u)) & vec4(3u)) << vec4(4u);
  let scale = bitcast<i32>(w[block + 48u + i / 16u] << (24u - i / 4u % 4u * 8u)) >> 24u; // of 16 values
  return half(w[block + 52u]) * f32(scale) * (vec4<f32>(low | high) - 32.0);
}

// An f16 by integer arithmetic: drivers may flush subnormal ones, which scales often are.
fn half(bits: u32) -> f32 {
  let size = bits & 0x7fffu;
  let value = select(f32(size) * 0x1p-24, bitcast<f32>((size << 13u) + 0x38000000u), size >= 0x400u);
  return select(value, -value, (bits & 0x8000u) != 0u);
}
