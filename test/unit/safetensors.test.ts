/** The file reader against what may be wrong with a file. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import { readSafetensors, toFloat32, writeSafetensors } from "../../src/model/safetensors.ts";
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

const refusal = (bytes: Uint8Array<ArrayBuffer>): LabError => {
  try {
    readSafetensors(bytes, "model.safetensors");
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  throw new Error("the file was accepted");
};

test("what is written is read again, names in order", () => {
  const read = readSafetensors(small(), "x");
  expect([...read.keys()]).toEqual(["a", "b"]);
  expect([...toFloat32(read.get("b")!)]).toEqual([1, 2, 3, 4]);
});

test("halves of every kind", () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000);
  const f16 = toFloat32({ dtype: "F16", shape: [6], bytes: new Uint8Array(halves.buffer) });
  expect([...f16]).toEqual([1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0]);
  const bf16 = toFloat32({
    dtype: "BF16",
    shape: [2],
    bytes: new Uint8Array(Uint16Array.of(0x3f80, 0xc2c8).buffer),
  });
  expect([...bf16]).toEqual([1, -100]);
});

describe("refused, with the name and the numbers", () => {
  test("a truncated model", async () => {
    const whole = await publicFile("models/pocket/model.safetensors");
    const error = refusal(whole.slice(0, 1_000_000));
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
    ["not JSON", fileOf("x", 0).map((b, i) => (i === 8 ? 33 : b)) as Uint8Array<ArrayBuffer>, /not JSON/],
    [
      "unknown dtype",
      fileOf({ a: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8),
      /a has dtype "I64"/,
    ],
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
  ] as const)("%s", (_, bytes, message) => {
    expect(refusal(bytes as Uint8Array<ArrayBuffer>).message).toMatch(message);
  });
});

test("any mutation is read or refused, never anything else", () => {
  const bytes = small();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(bytes.length),
      (edits, cut) => {
        const mutated = bytes.slice(0, cut > bytes.length / 2 ? bytes.length : cut);
        for (const [at, value] of edits) if (at < mutated.length) mutated[at] = value;
        try {
          for (const t of readSafetensors(mutated, "x").values())
            expect(t.bytes.length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        }
      },
    ),
    { seed: 7, numRuns: 2000 },
  );
});
