/** Packing: every query sees what it would see in a sequence of its own, and reach says the same from the keys' side. */
import { expect, test } from "vitest";
import { mayShare, packedLength, packRequests, splitIntoPacks } from "../../src/model/pack.ts";

const requests = [
  { context: [10, 11, 12], completions: [[1, 2, 3], [4], [5, 6]] },
  {
    context: [],
    completions: [
      [7, 8, 9],
      [7, 8],
    ],
  },
  { context: [20], completions: [[1, 2]] },
];

test("rows predict each completion's tokens from the token before", () => {
  const pack = packRequests(requests, null);
  expect(pack.T).toBe(requests.reduce((n, r) => n + packedLength(r), 0));
  const predicted = pack.sequences.map(({ offset, length }) => [
    ...pack.targets.slice(offset, offset + length),
  ]);
  expect(predicted).toEqual([[1, 2, 3], [4], [5, 6], [8, 9], [8], [1, 2]]);
  const from = pack.sequences.map(({ offset, length }) =>
    [...pack.rows.slice(offset, offset + length)].map((t) => pack.ids[t]),
  );
  expect(from).toEqual([[12, 1, 2], [12], [12, 5], [7, 8], [7], [20, 1]]);
});

test("spans give each query its own sequence, positions included", () => {
  const pack = packRequests(requests, null);
  const seen = (t: number) => {
    const [p0, p1, s0, s1] = pack.spans.slice(4 * t, 4 * t + 4);
    return [...pack.ids.slice(p0, p1), ...pack.ids.slice(s0, s1)];
  };
  // the last input token of every completion sees context and completion, without the completion's last token
  expect(seen(pack.rows[2]!)).toEqual([10, 11, 12, 1, 2]);
  expect(seen(pack.rows[5]!)).toEqual([10, 11, 12, 5]);
  expect(seen(pack.rows[7]!)).toEqual([7, 8]);
  for (let t = 0; t < pack.T; t++) expect(seen(t).length - 1).toBe(pack.positions[t]);
});

const sees = (spans: Uint32Array, q: number, k: number): boolean =>
  (k >= spans[4 * q]! && k < spans[4 * q + 1]!) || (k >= spans[4 * q + 2]! && k < spans[4 * q + 3]!);

test("reach is the transpose of the spans", () => {
  const { T, spans, reach } = packRequests(requests, null);
  for (let q = 0; q < T; q++) {
    for (let k = 0; k < T; k++) {
      expect(sees(spans, q, k)).toBe(q >= k && q < reach[k]!);
    }
  }
});

test.each([1, 2, 3, 4, 5])("a window of %i: each query sees as many positions, and no more", (window) => {
  const { T, positions, spans, local } = packRequests(requests, window);
  for (let q = 0; q < T; q++) {
    for (let k = 0; k < T; k++) {
      const near = sees(spans, q, k) && positions[q]! - positions[k]! < window;
      expect(sees((local ?? { spans }).spans, q, k)).toBe(near);
    }
  }
  expect(local === null).toBe(window === 5); // the longest sequence has five tokens
});

test.each([3, 4])(
  "a window of %i: reach is the transpose where contexts are shared as mayShare says",
  (window) => {
    const apart = requests.flatMap(({ context, completions }) => {
      const fits = (completion: number[]) => mayShare({ context, completion }, window);
      const alone = completions.filter((c) => !fits(c)).map((c) => ({ context, completions: [c] }));
      return [{ context, completions: completions.filter(fits) }, ...alone];
    });
    const { T, local } = packRequests(apart, window);
    expect(local).not.toBeNull();
    for (let q = 0; q < T; q++)
      for (let k = 0; k < T; k++) expect(sees(local!.spans, q, k)).toBe(q >= k && q < local!.reach[k]!);
  },
);

test("packs keep the order and the limit; one that is longer stands alone", () => {
  const long = { context: new Array<number>(50).fill(1), completions: [[2, 3]] };
  const parts = splitIntoPacks([requests[0]!, requests[1]!, long, requests[2]!], 12);
  expect(parts).toEqual([[requests[0], requests[1]], [long], [requests[2]]]);
});

test("nothing at all is refused", () => {
  expect(() => packRequests([{ context: [], completions: [[1]] }], null)).toThrow(/nothing to score/);
});
