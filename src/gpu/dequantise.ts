/** What the weights of a file mean, one by one: the truth that the shaders' `weight4` is tested against (GGML's `dequantize_row_*`). */
import { WEIGHT_BLOCKS, type WeightType } from "./kernels/weightTypes.ts";

/**
 * The values of whole blocks, bit for bit those that GGML computes in float32: every one is exact in float64 and rounded once.
 */
export function dequantise(type: WeightType, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (type === "F32") return new Float32Array(bytes.slice().buffer);
  if (type === "F16" || type === "BF16") {
    const halves = new Uint16Array(bytes.slice().buffer); // a view of a file may start at any byte
    if (type === "F16") return Float32Array.from(halves, halfToNumber);
    return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
  }
  const size = WEIGHT_BLOCKS[type];
  const blocks = bytes.length / size.bytes;
  const out = new Float32Array(blocks * size.values);
  const read = READERS[type];
  for (let b = 0; b < blocks; b++)
    read(
      new DataView(bytes.buffer, bytes.byteOffset + b * size.bytes, size.bytes),
      out.subarray(b * size.values, (b + 1) * size.values),
    );
  return out;
}

/** IEEE 754 binary16. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

type Reader = (block: DataView<ArrayBuffer>, out: Float32Array<ArrayBuffer>) => void;

const READERS: Readonly<Record<Exclude<WeightType, "F32" | "F16" | "BF16">, Reader>> = {
  Q8_0(block, out) {
    const d = halfAt(block, 0);
    for (let i = 0; i < 32; i++) out[i] = d * block.getInt8(2 + i);
  },
  Q4_0(block, out) {
    const d = halfAt(block, 0);
    for (let i = 0; i < 32; i++) out[i] = d * (nibble(block, 2, i) - 8);
  },
  Q4_1(block, out) {
    const [d, m] = [halfAt(block, 0), halfAt(block, 2)];
    for (let i = 0; i < 32; i++) out[i] = d * nibble(block, 4, i) + m;
  },
  Q5_0(block, out) {
    const d = halfAt(block, 0);
    for (let i = 0; i < 32; i++) out[i] = d * (nibble(block, 6, i) + 16 * bit(block, 2, i) - 16);
  },
  Q5_1(block, out) {
    const [d, m] = [halfAt(block, 0), halfAt(block, 2)];
    for (let i = 0; i < 32; i++) out[i] = d * (nibble(block, 8, i) + 16 * bit(block, 4, i)) + m;
  },
  Q4_K(block, out) {
    for (let part = 0; part < 8; part++) {
      const { scale, min } = sixBits(block, part);
      for (let i = 0; i < 32; i++) {
        const q = (block.getUint8(16 + (part >> 1) * 32 + i) >> (4 * (part & 1))) & 15;
        out[32 * part + i] = scale * q - min;
      }
    }
  },
  Q5_K(block, out) {
    for (let part = 0; part < 8; part++) {
      const { scale, min } = sixBits(block, part);
      for (let i = 0; i < 32; i++) {
        const low = (block.getUint8(48 + (part >> 1) * 32 + i) >> (4 * (part & 1))) & 15;
        const high = (block.getUint8(16 + i) >> part) & 1;
        out[32 * part + i] = scale * (low + 16 * high) - min;
      }
    }
  },
  Q6_K(block, out) {
    const d = halfAt(block, 208);
    for (let i = 0; i < 256; i++) {
      const [side, part, at] = [i >> 7, (i >> 5) & 3, i & 31];
      const low = (block.getUint8(64 * side + 32 * (part & 1) + at) >> (4 * (part >> 1))) & 15;
      const high = (block.getUint8(128 + 32 * side + at) >> (2 * part)) & 3;
      out[i] = d * block.getInt8(192 + (i >> 4)) * (low + 16 * high - 32);
    }
  },
};

const halfAt = (block: DataView, at: number): number => halfToNumber(block.getUint16(at, true));

/** The lower half of byte i for the first sixteen, the upper half of byte i − 16 for the others. */
const nibble = (block: DataView, at: number, i: number): number =>
  (block.getUint8(at + (i & 15)) >> (i & 16 ? 4 : 0)) & 15;

const bit = (block: DataView, at: number, i: number): number => (block.getUint32(at, true) >>> i) & 1;

/** d·scale and dmin·min of a K block's 32 values number `part`: GGML's `get_scale_min_k4` on the 12 bytes behind d and dmin. */
function sixBits(block: DataView, part: number): { scale: number; min: number } {
  const byte = (i: number) => block.getUint8(4 + i);
  const late = part >= 4; // lower four bits in bytes 8 … 11, upper two on top of the first four's
  const scale = late ? (byte(part + 4) & 15) | ((byte(part - 4) >> 6) << 4) : byte(part) & 63;
  const min = late ? (byte(part + 4) >> 4) | ((byte(part) >> 6) << 4) : byte(part + 4) & 63;
  return { scale: halfAt(block, 0) * scale, min: halfAt(block, 2) * min };
}
