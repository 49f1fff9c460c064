/**
 * GGUF (ggml-org/ggml, docs/gguf.md), versions 2 and 3, little-endian, one file: a header of typed key-value pairs and tensor
 * infos, then the data. Nothing a file says of itself is believed before there are bytes for it.
 */
import { LabError, show } from "../core/errors.ts";
import type { RandomAccess } from "../core/files.ts";
import { roundUp } from "../core/shape.ts";
import { WEIGHT_BLOCKS, weightBytes, weightType } from "../gpu/kernels/weightTypes.ts";
import { countOf, type Tensor, tensorAt } from "./tensor.ts";

type GgufArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** Numbers beyond 2^53 are bigints; arrays of numbers are typed arrays. */
export type GgufValue = number | bigint | boolean | string | GgufArray | readonly GgufValue[];
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

export interface Gguf {
  metadata: GgufMetadata;
  tensors: ReadonlyMap<string, Tensor>; // by GGML's names, shapes outermost first
}

const MAGIC = "GGUF";
const VERSIONS = [2, 3];
const FIRST_BYTES = 1 << 20; // read at once; a header with a vocabulary has some 10 MB
const MAX_HEADER_BYTES = 100_000_000; // as many as safetensors allows
const MAX_ENTRIES = 1 << 16; // key-value pairs, tensors; a published model has less than a thousand
const MAX_LIST = 1 << 22; // texts in an array; a vocabulary has some 300,000
const MAX_NAME_BYTES = 65535; // of a key, says the format
const MAX_DEPTH = 4; // of arrays in arrays
const MAX_DIMENSIONS = 4;
const DEFAULT_ALIGNMENT = 32;

/** ggml_type by number; the ones without a name are retired. */
const GGML_TYPES: Readonly<Record<number, string>> = {
  ...["F32", "F16", "Q4_0", "Q4_1", "Q4_2", "Q4_3", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K"],
  ...{ 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S" },
  ...{ 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64" },
  ...{ 28: "F64", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0" },
};

/** Bytes of a number, and the array that holds many; by gguf_metadata_value_type. */
const NUMBERS = {
  0: Uint8Array,
  1: Int8Array,
  2: Uint16Array,
  3: Int16Array,
  4: Uint32Array,
  5: Int32Array,
  6: Float32Array,
  10: BigUint64Array,
  11: BigInt64Array,
  12: Float64Array,
} as const;
const [BOOL, STRING, ARRAY] = [7, 8, 9];

interface TensorInfo {
  name: string;
  shape: number[]; // outermost first
  type: number;
  offset: number; // from where the data begin
}

interface Header {
  metadata: Map<string, GgufValue>;
  infos: TensorInfo[];
  bytes: number;
}

/**
 * Reads a file's header; the tensors stay in the file until they are read.
 * @throws LabError bad-model naming the file, the entry and both numbers
 */
export async function readGguf(file: RandomAccess, name: string): Promise<Gguf> {
  const { metadata, infos, bytes } = await readHeader(file, name);
  const parts = metadata.get("split.count") ?? 1;
  if (parts !== 1 && parts !== 0)
    throw bad(
      name,
      `it is one of ${showValue(parts)} parts; merge them into one file (llama-gguf-split --merge)`,
    );
  const alignment = metadata.get("general.alignment") ?? DEFAULT_ALIGNMENT;
  if (typeof alignment !== "number" || !(alignment >= 1) || !Number.isInteger(Math.log2(alignment)))
    throw bad(name, `general.alignment is ${showValue(alignment)}; it must be a power of two`);
  return { metadata, tensors: locate(file, name, infos, roundUp(bytes, alignment), alignment) };
}

/** A value as a message shows it. */
export const showValue = (value: GgufValue | undefined): string =>
  typeof value === "object"
    ? `a list of ${value.length}`
    : typeof value === "bigint"
      ? `${value}`
      : show(value);

const bad = (file: string, what: string, cause?: unknown) =>
  new LabError("bad-model", `${file}: ${what}`, { cause });

/** Reads ever more of the file until its header is whole. */
async function readHeader(file: RandomAccess, name: string): Promise<Header> {
  for (let length = FIRST_BYTES; ; ) {
    const have = Math.min(length, file.size);
    const cursor = new Cursor(await file.read(0, have), name);
    try {
      return parseHeader(cursor, name);
    } catch (error) {
      if (!(error instanceof Short)) throw error;
      if (error.needed > file.size)
        throw bad(
          name,
          `${error.what} ends at byte ${error.needed}, the file has ${file.size}: it is truncated; fetch it again`,
        );
      if (error.needed > MAX_HEADER_BYTES)
        throw bad(
          name,
          `${error.what} ends at byte ${error.needed}; a header has ${MAX_HEADER_BYTES} at most`,
        );
      length = Math.min(Math.max(4 * length, error.needed), MAX_HEADER_BYTES);
    }
  }
}

function parseHeader(c: Cursor, name: string): Header {
  const magic = String.fromCharCode(...c.take(4, "the magic number"));
  if (magic !== MAGIC) throw bad(name, `it begins with ${show(magic)}, not "${MAGIC}": it is no GGUF file`);
  const version = c.u32("the version");
  if (version !== 0 && (version & 0xffff) === 0)
    throw bad(name, "it is big-endian; take or make a little-endian file");
  if (!VERSIONS.includes(version))
    throw bad(
      name,
      `it is GGUF version ${version}; this lab reads ${VERSIONS.join(" and ")}: convert the model again`,
    );
  const tensorCount = c.count("the number of tensors", MAX_ENTRIES);
  const pairCount = c.count("the number of key-value pairs", MAX_ENTRIES);

  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < pairCount; i++) {
    const key = c.string(`key ${i + 1} of ${pairCount}`, MAX_NAME_BYTES);
    if (metadata.has(key)) throw bad(name, `the key ${key} is there twice`);
    metadata.set(key, c.value(c.u32(`the type of ${key}`), key, 0));
  }
  const infos: TensorInfo[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const tensor = c.string(`the name of tensor ${i + 1} of ${tensorCount}`, MAX_NAME_BYTES);
    const dimensions = c.u32(`the shape of ${tensor}`);
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS)
      throw bad(name, `${tensor} has ${dimensions} dimensions, 1 to ${MAX_DIMENSIONS} are possible`);
    const shape = Array.from({ length: dimensions }, () => c.count(`the shape of ${tensor}`)).reverse();
    const type = c.u32(`the type of ${tensor}`);
    infos.push({ name: tensor, shape, type, offset: c.count(`the offset of ${tensor}`) });
  }
  return { metadata, infos, bytes: c.at };
}

/** Tensors at their places, which are checked: inside the file, aligned, apart. */
function locate(
  file: RandomAccess,
  name: string,
  infos: TensorInfo[],
  data: number,
  alignment: number,
): Map<string, Tensor> {
  const out = new Map<string, Tensor>();
  const places: { from: number; to: number; tensor: string }[] = [];
  for (const { name: tensor, shape, type, offset } of infos) {
    if (out.has(tensor)) throw bad(name, `the tensor ${tensor} is there twice`);
    const dtype = weightType(GGML_TYPES[type] ?? `number ${type}`, `${name}: ${tensor}`);
    const values = countOf(shape);
    if (!(values >= 1 && Number.isSafeInteger(values)))
      throw bad(name, `${tensor} of shape [${shape}] has ${values} values`);
    const row = shape.at(-1)!; // at least one dimension
    const block = WEIGHT_BLOCKS[dtype].values;
    if (row % block !== 0)
      throw bad(name, `${tensor} has rows of ${row} values; ${dtype} needs a multiple of ${block}`);
    if (offset % alignment !== 0)
      throw bad(name, `${tensor} begins at ${offset}, which is no multiple of the alignment ${alignment}`);
    const to = data + offset + weightBytes(dtype, values);
    if (!(to <= file.size))
      throw bad(
        name,
        `${tensor} ends at byte ${to}, the file has ${file.size}: it is truncated; fetch it again`,
      );
    places.push({ from: data + offset, to, tensor });
    out.set(tensor, tensorAt(file, data + offset, dtype, shape));
  }
  places.sort((a, b) => a.from - b.from);
  for (const [i, { from, tensor }] of places.entries()) {
    const before = places[i - 1];
    if (before && from < before.to) throw bad(name, `${tensor} and ${before.tensor} overlap`);
  }
  return out;
}

/** What is asked for lies beyond the bytes at hand. */
class Short extends Error {
  readonly needed: number; // bytes from the file's beginning
  readonly what: string;

  constructor(needed: number, what: string) {
    super();
    this.needed = needed;
    this.what = what;
  }
}

/** Reads a header from its beginning. `what` names the thing in errors. @throws Short, LabError */
class Cursor {
  at = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #file: string;

  constructor(bytes: Uint8Array<ArrayBuffer>, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  take(length: number, what: string): Uint8Array<ArrayBuffer> {
    if (this.at + length > this.#bytes.length) throw new Short(this.at + length, what);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  u32(what: string): number {
    this.take(4, what);
    return this.#view.getUint32(this.at - 4, true);
  }

  /** 64 bits of a length, a number of things or a place. */
  count(what: string, most = Number.MAX_SAFE_INTEGER): number {
    this.take(8, what);
    const value = this.#view.getBigUint64(this.at - 8, true);
    if (value > BigInt(most)) throw bad(this.#file, `${what} is ${value}; it can be ${most} at most`);
    return Number(value);
  }

  string(what: string, most = MAX_HEADER_BYTES): string {
    const bytes = this.take(this.count(`the length of ${what}`, most), what);
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw bad(this.#file, `${what} is not text in UTF-8`, cause);
    }
  }

  /** The text of a key. What tells about a model may be in an older encoding; what a model computes with may not. */
  #text(key: string): string {
    const begin = this.at;
    try {
      return this.string(key);
    } catch (error) {
      if (!(error instanceof LabError) || key.startsWith("tokenizer.ggml.")) throw error;
      this.at = begin;
      return windows1252.decode(this.take(this.count(`the length of ${key}`, MAX_HEADER_BYTES), key));
    }
  }

  value(type: number, key: string, depth: number): GgufValue {
    switch (type) {
      case BOOL:
        return this.take(1, key)[0] !== 0;
      case STRING:
        return this.#text(key);
      case ARRAY:
        return this.#array(key, depth);
    }
    const value = this.#numbers(type, 1, key)[0]!; // there is one
    return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #array(key: string, depth: number): GgufValue {
    if (depth === MAX_DEPTH) throw bad(this.#file, `${key} has arrays in arrays, ${MAX_DEPTH} deep and more`);
    const type = this.u32(`the type of ${key}`);
    if (type !== BOOL && type !== STRING && type !== ARRAY)
      return this.#numbers(type, this.count(`the length of ${key}`), key);
    const count = this.count(`the length of ${key}`, MAX_LIST);
    if (type === STRING) {
      const texts = this.#texts(key, count);
      if (texts !== null) return texts;
    }
    const out: GgufValue[] = []; // grows with what is really there
    for (let i = 0; i < count; i++) out.push(this.value(type, key, depth + 1));
    return out;
  }

  /** Many texts in UTF-8, decoded at once: Gemma 3 has 262,144. Null where one by one must be told what is wrong. */
  #texts(key: string, count: number): string[] | null {
    const begin = this.at;
    const source = this.#bytes;
    if (count * 8 > source.length - begin) throw new Short(begin + count * 8, key); // each has a length
    const ends = new Int32Array(count); // in UTF-16 units
    const bytes = new Uint8Array(source.length - begin);
    let [at, to, units, isApart] = [begin, 0, 0, true];
    for (let i = 0; i < count; i++) {
      if (at + 8 > source.length) throw new Short(at + 8, `the length of ${key}`);
      const length = this.#view.getUint32(at, true);
      if (length > MAX_HEADER_BYTES || this.#view.getUint32(at + 4, true) !== 0) return null;
      at += 8;
      const end = at + length;
      if (end > source.length) throw new Short(end, key);
      if (at < end && isInside(source[at]!)) isApart = false;
      while (at < end) {
        const byte = source[at++]!;
        bytes[to++] = byte;
        if (!isInside(byte)) units += byte < 0xf0 ? 1 : 2;
      }
      ends[i] = units;
    }
    if (!isApart) return null;
    try {
      const whole = utf8.decode(bytes.subarray(0, to));
      const texts: string[] = [];
      for (let i = 0; i < count; i++) texts.push(whole.substring(i === 0 ? 0 : ends[i - 1]!, ends[i]!));
      this.at = at;
      return texts;
    } catch {
      return null;
    }
  }

  #numbers(type: number, count: number, key: string): GgufArray {
    if (!Object.hasOwn(NUMBERS, type))
      throw bad(this.#file, `${key} is of type ${type}, which GGUF does not know`);
    const Numbers = NUMBERS[type as keyof typeof NUMBERS];
    return new Numbers(this.take(count * Numbers.BYTES_PER_ELEMENT, key).slice().buffer);
  }
}

/** Whether a byte of UTF-8 goes on with a character. */
const isInside = (byte: number): boolean => (byte & 0xc0) === 0x80;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }); // a token may be a byte order mark
const windows1252 = new TextDecoder("windows-1252");
