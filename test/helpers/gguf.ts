/** GGUF files made by hand, part by part, for what no writer would write. */

export const TYPE = { u8: 0, u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9, u64: 10 } as const;

const bytes = (length: number, set: (view: DataView) => void): number[] => {
  const view = new DataView(new ArrayBuffer(length));
  set(view);
  return [...new Uint8Array(view.buffer)];
};
export const u32 = (value: number): number[] => bytes(4, (v) => v.setUint32(0, value, true));
export const u64 = (value: number | bigint): number[] =>
  bytes(8, (v) => v.setBigUint64(0, BigInt(value), true));
export const text = (value: string): number[] => {
  const utf8 = [...new TextEncoder().encode(value)];
  return [...u64(utf8.length), ...utf8];
};
/** A key-value pair; `value` as the file has it. */
export const pair = (key: string, type: number, value: number[]): number[] => [
  ...text(key),
  ...u32(type),
  ...value,
];
/** A tensor's info: dimensions innermost first, the offset from where the data begin. */
export const info = (
  name: string,
  dimensions: (number | bigint)[],
  type: number,
  offset: number | bigint,
): number[] => [
  ...text(name),
  ...u32(dimensions.length),
  ...dimensions.flatMap(u64),
  ...u32(type),
  ...u64(offset),
];

export interface GgufParts {
  magic?: string;
  version?: number;
  counts?: readonly [tensors: number | bigint, pairs: number | bigint]; // where they are not what is there
  pairs?: number[][];
  infos?: number[][];
  data?: number; // bytes of zeros after the padded header
}

/** The file of these parts. */
export function ggufOfParts({
  magic = "GGUF",
  version = 3,
  counts,
  pairs = [],
  infos = [],
  data = 0,
}: GgufParts) {
  const [tensors, keys] = counts ?? [infos.length, pairs.length];
  const header = [
    ...new TextEncoder().encode(magic),
    ...u32(version),
    ...u64(tensors),
    ...u64(keys),
    ...pairs.flat(),
    ...infos.flat(),
  ];
  const out = new Uint8Array(Math.ceil(header.length / 32) * 32 + data);
  out.set(header);
  return out;
}
