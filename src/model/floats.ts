/** float32 rounded to the 16-bit floats of model files, to nearest and ties to even, as PyTorch's casts do. */

export type FloatType = "F32" | "F16" | "BF16";

/** The little-endian bytes of values as `type`. What exceeds the type becomes infinite; NaN stays NaN. */
export function encodeFloats(values: Float32Array<ArrayBuffer>, type: FloatType): Uint8Array<ArrayBuffer> {
  if (type === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = Uint16Array.from(bits, type === "F16" ? toHalf : toBfloat16);
  return new Uint8Array(out.buffer);
}

/** The upper 16 of a float32's bits, rounded. */
function toBfloat16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // NaN, made quiet
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** IEEE 754 binary16 of a float32's bits. */
function toHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 2^16 and beyond
  const exponent = (magnitude >>> 23) - 127;
  // Below 2^-14 the half is subnormal: its unit is 2^-24 whatever the exponent.
  const drop = exponent < -14 ? -1 - exponent : 13;
  if (drop > 24) return sign; // less than half of the smallest
  const whole = exponent < -14 ? (magnitude & 0x7fffff) | 0x800000 : magnitude - (112 << 23);
  const half = whole >>> drop;
  const rest = whole - half * 2 ** drop;
  const middle = 2 ** (drop - 1);
  return sign + half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0); // a carry is the next exponent
}
