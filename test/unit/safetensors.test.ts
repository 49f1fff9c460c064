/** The file reader against what may be wrong with a file. */
import { describe, expect, test } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import { ofBytes } from "../../src/core/files.ts";
import { readSafetensors, writeSafetensors } from "../../src/model/safetensors.ts";
import { type OtherTensor, type Tensor, tensorAt, toFloat32 } from "../../src/model/tensor.ts";
import { publicFile } from "../helpers/fixtures.ts";

const small = () =>
  writeSafetensors(
    new Map([
      ["b", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ["a", { shape: [3], data: Float32Array.of(-1, 0.5, 7) }],
    ]),
  );

/** A file with this header and `data` bytes behind it. */
function fileOf(header: unknown, dataBytes: number): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + dataBytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  return out;
}

const refusal = async (bytes: Uint8Array<ArrayBuffer>): Promise<LabError> => {
  try {
    await readSafetensors(ofBytes(bytes), "model.safetensors");
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  throw new Error("the file was accepted");
};

test("what is written is read again, names in order, rows by themselves", async () => {
  const read = await readSafetensors(ofBytes(small()), "x");
  expect([...read.keys()]).toEqual(["a", "b"]);
  expect([...(await toFloat32(read.get("b")!))]).toEqual([1, 2, 3, 4]);
  const row = (await read.get("b")!.read(1, 1)).slice();
  expect([...new Float32Array(row.buffer)]).toEqual([3, 4]);
});

test("what no weight is stored in lies apart, with its bytes", async () => {
  const bytes = fileOf(
    {
      ids: { dtype: "I64", shape: [1], data_offsets: [0, 8] },
      w: { dtype: "F32", shape: [1], data_offsets: [8, 12] },
      mask: { dtype: "BOOL", shape: [2, 2], data_offsets: [12, 16] },
      none: { dtype: "U8", shape: [0], data_offsets: [16, 16] },
    },
    16,
  );
  bytes.set([7], bytes.length - 16);
  const others = new Map<string, OtherTensor>();
  expect([...(await readSafetensors(ofBytes(bytes), "x", others)).keys()]).toEqual(["w"]);
  expect([...others].map(([name, { dtype, bytes }]) => [name, dtype, bytes])).toEqual([
    ["ids", "I64", 8],
    ["mask", "BOOL", 4],
    ["none", "U8", 0],
  ]);
  expect((await others.get("ids")!.read(0, 8))[0]).toBe(7);
});

/** A vector of these bytes. */
const tensorOf = (dtype: "F16" | "BF16", halves: Uint16Array<ArrayBuffer>): Tensor =>
  tensorAt(ofBytes(new Uint8Array(halves.buffer)), 0, dtype, [halves.length]);

test("halves of every kind", async () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000);
  const f16 = await toFloat32(tensorOf("F16", halves));
  expect([...f16]).toEqual([1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0]);
  const bf16 = await toFloat32(tensorOf("BF16", Uint16Array.of(0x3f80, 0xc2c8)));
  expect([...bf16]).toEqual([1, -100]);
});

describe("refused, with the name and the numbers", () => {
  test("a truncated model", async () => {
    const whole = await publicFile("models/pocket/model.safetensors");
    const error = await refusal(whole.slice(0, 1_000_000));
    expect(error.code).toBe("bad-model");
    expect(error.message).toMatch(
      /model\.safetensors: .* ends at byte \d+, the file has \d+: it is truncated/,
    );
  });

  test.each([
    ["empty", new Uint8Array(0), /0 bytes are too few/],
    [
      "header longer than the file",
      new Uint8Array([255, 0, 0, 0, 0, 0, 0, 0, 123]),
      /the header says 255 bytes/,
    ],
    ["absurd header length", new Uint8Array(16).fill(255), /the header says/],
    [
      "not JSON",
      fileOf("x", 0).map((b, i) => (i === 8 ? 33 : b)) as Uint8Array<ArrayBuffer>,
      /the header of model\.safetensors is not valid JSON/,
    ],
    ["no dtype", fileOf({ a: { shape: [1], data_offsets: [0, 8] } }, 8), /a has dtype undefined/],
    [
      "shape against offsets",
      fileOf({ a: { dtype: "F32", shape: [3], data_offsets: [0, 8] } }, 8),
      /needs 12 bytes, its offsets hold 8/,
    ],
    ["negative size", fileOf({ a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, 8), /malformed/],
    [
      "overlap",
      fileOf(
        {
          a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
          b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
        },
        12,
      ),
      /overlap/,
    ],
    [
      "a hole",
      fileOf({ a: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, 8),
      /bytes 0 … 4 before a belong to no tensor/,
    ],
    [
      "more than the header says",
      fileOf({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, 7),
      /3 bytes at its end belong to no tensor/,
    ],
  ] as const)("%s", async (_, bytes, message) => {
    expect((await refusal(bytes as Uint8Array<ArrayBuffer>)).message).toMatch(message);
  });
});
