/** The file types of weights, as safetensors and GGML name them, and the words in which kernels read them. */
import loadBf16 from "../../../shaders/parts/loadBf16.wgsl?raw";
import loadF16 from "../../../shaders/parts/loadF16.wgsl?raw";
import loadQ4_0 from "../../../shaders/parts/loadQ4_0.wgsl?raw";
import loadQ4_1 from "../../../shaders/parts/loadQ4_1.wgsl?raw";
import loadQ4_K from "../../../shaders/parts/loadQ4_K.wgsl?raw";
import loadQ5_0 from "../../../shaders/parts/loadQ5_0.wgsl?raw";
import loadQ5_1 from "../../../shaders/parts/loadQ5_1.wgsl?raw";
import loadQ5_K from "../../../shaders/parts/loadQ5_K.wgsl?raw";
import loadQ6_K from "../../../shaders/parts/loadQ6_K.wgsl?raw";
import loadQ8_0 from "../../../shaders/parts/loadQ8_0.wgsl?raw";
import { LabError } from "../../core/errors.ts";
import { ceilDiv } from "../../core/shape.ts";
import { type Kernel, specialise } from "../kernel.ts";

/** A block: so many neighbouring values of a row in so many bytes of the file and 32-bit words on the GPU. */
export interface WeightBlock {
  values: number;
  bytes: number;
  words: number;
}

/** By type; blocks whose bytes are no multiple of 4 are padded to whole words. */
export const WEIGHT_BLOCKS = {
  F32: { values: 1, bytes: 4, words: 1 },
  F16: { values: 1, bytes: 2, words: 1 / 2 },
  BF16: { values: 1, bytes: 2, words: 1 / 2 },
  Q8_0: { values: 32, bytes: 34, words: 9 },
  Q4_0: { values: 32, bytes: 18, words: 5 },
  Q4_1: { values: 32, bytes: 20, words: 5 },
  Q5_0: { values: 32, bytes: 22, words: 6 },
  Q5_1: { values: 32, bytes: 24, words: 6 },
  Q4_K: { values: 256, bytes: 144, words: 36 },
  Q5_K: { values: 256, bytes: 176, words: 44 },
  Q6_K: { values: 256, bytes: 210, words: 53 },
} as const satisfies Record<string, WeightBlock>;

export type WeightType = keyof typeof WEIGHT_BLOCKS;
export const WEIGHT_TYPES = Object.keys(WEIGHT_BLOCKS) as readonly WeightType[];

/** @throws LabError bad-model naming the tensor, its type and those that are known */
export function weightType(name: string, tensor: string): WeightType {
  if (Object.hasOwn(WEIGHT_BLOCKS, name)) return name as WeightType;
  throw new LabError(
    "bad-model",
    `${tensor} has weights of type ${name}, which is not supported; take a file with ${WEIGHT_TYPES.join(", ")}`,
  );
}

/** What the row length of a matrix must be a multiple of: whole blocks, and the four columns a kernel takes at a time. */
export const rowMultiple = (type: WeightType): number => Math.max(4, WEIGHT_BLOCKS[type].values);

/** Bytes of `values` weights in a file; a row of blocks has whole ones. */
export function weightBytes(type: WeightType, values: number): number {
  const block = WEIGHT_BLOCKS[type];
  return (values / block.values) * block.bytes;
}

/** 32-bit words of `values` weights on the GPU. */
export function weightWords(type: WeightType, values: number): number {
  const block = WEIGHT_BLOCKS[type];
  return Math.ceil((values / block.values) * block.words);
}

/** Where the padding of a block goes, in 16-bit halves from its start: behind d, which in Q6_K is the last. */
const PAD_AT: Partial<Record<WeightType, number>> = { Q8_0: 1, Q4_0: 1, Q5_0: 1, Q6_K: 105 };

/** A file's bytes, whole blocks, as the words that kernels read: a view of them where nothing has to move. */
export function packWeights(type: WeightType, bytes: Uint8Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const pad = PAD_AT[type];
  if (pad === undefined) {
    if (bytes.byteOffset % 4 === 0 && bytes.length % 4 === 0)
      return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const words = new Uint32Array(ceilDiv(bytes.length, 4));
    new Uint8Array(words.buffer).set(bytes);
    return words;
  }
  const block = WEIGHT_BLOCKS[type];
  const from = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const halves = new Uint16Array(from.buffer, from.byteOffset, from.length / 2);
  const words = new Uint32Array((bytes.length / block.bytes) * block.words);
  const to = new Uint16Array(words.buffer);
  const [size, padded] = [block.bytes / 2, 2 * block.words];
  for (let i = 0, o = 0; i < halves.length; i += size, o += padded) {
    for (let h = 0; h < pad; h++) to[o + h] = halves[i + h]!;
    for (let h = pad; h < size; h++) to[o + h + 1] = halves[i + h]!;
  }
  return words;
}

const PARTS: Readonly<Record<Exclude<WeightType, "F32">, string>> = {
  F16: loadF16,
  BF16: loadBf16,
  Q8_0: loadQ8_0,
  Q4_0: loadQ4_0,
  Q4_1: loadQ4_1,
  Q5_0: loadQ5_0,
  Q5_1: loadQ5_1,
  Q4_K: loadQ4_K,
  Q5_K: loadQ5_K,
  Q6_K: loadQ6_K,
};

const specialised = new Map<string, Kernel>(); // by key and type

/** The kernel for weights of this type: its `region load` swapped for the type's; the same object every time. */
export function withWeights<B extends string, P extends string>(
  kernel: Kernel<B, P>,
  type: WeightType,
): Kernel<B, P> {
  if (type === "F32") return kernel;
  const key = `${kernel.key} ${type}`;
  let found = specialised.get(key);
  if (!found) {
    const load = { name: `load${type}`, code: PARTS[type] };
    found = specialise(kernel, { parts: { load } }) as unknown as Kernel;
    specialised.set(key, found);
  }
  return found as unknown as Kernel<B, P>;
}
