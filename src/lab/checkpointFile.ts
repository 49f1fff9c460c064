/** A checkpoint as one file: a line of JSON (state and sizes), then the adapter's three arrays, float32 little-endian. */
import { LabError } from "../core/errors.ts";
import type { Checkpoint, CycleState } from "../train/state.ts";

const PARTS = ["weights", "m", "v"] as const;

export function encodeCheckpoint({ state, adapter }: Checkpoint): Uint8Array<ArrayBuffer> {
  const arrays = PARTS.map((part) => adapter[part]);
  const head = new TextEncoder().encode(`${JSON.stringify({ state, sizes: arrays.map((a) => a.length) })}\n`);
  const out = new Uint8Array(head.length + arrays.reduce((n, a) => n + a.byteLength, 0));
  out.set(head);
  let at = head.length;
  for (const array of arrays) {
    out.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return out;
}

/** @throws LabError bad-data naming the file when it is not whole */
export function decodeCheckpoint(bytes: Uint8Array<ArrayBuffer>, file: string): Checkpoint {
  const bad = (what: string): LabError =>
    new LabError("bad-data", `${file} ${what}; delete it, and the run begins anew`);
  const headEnd = bytes.indexOf(10);
  let head: { state: CycleState; sizes: number[] };
  try {
    head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, headEnd)));
  } catch {
    throw bad("is not a checkpoint");
  }
  const { state, sizes } = head;
  const want = headEnd + 1 + 4 * sizes.reduce((a, b) => a + b, 0);
  if (sizes.length !== PARTS.length || want !== bytes.length) {
    throw bad(`has ${bytes.length} bytes, its first line announces ${want}`);
  }
  let at = headEnd + 1;
  const [weights, m, v] = sizes.map((size) => {
    const array = new Float32Array(bytes.slice(at, at + 4 * size).buffer);
    at += 4 * size;
    return array;
  });
  return { state, adapter: { weights: weights!, m: m!, v: v! } };
}
