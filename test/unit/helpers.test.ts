import { expect, test } from "vitest";
import { compare, expectClose, peak } from "../helpers/close.ts";
import { fixture, json, publicFile } from "../helpers/fixtures.ts";

test("close values pass, absolutely and relatively", () => {
  expectClose([1, -2, 0], [1.01, -2.02, 0], { rtol: 0.011 });
  expectClose([1, -2, 0], [1.01, -2.01, 0.01], { atol: 0.0101 });
  expectClose(new Float32Array([1, 2]), [1, 2]);
});

test("a difference above the tolerance fails and is shown", () => {
  expect(() => expectClose([1, 5], [1, 2], { atol: 2.9, label: "y" })).toThrow(
    /y: 1 of 2 are off.*max error 3/,
  );
  expect(compare([1, 5], [1, 2], { rtol: 1.4 })).toContain("[1] got 5, want 2, off by 3");
  expect(compare([0], [1e-9])).not.toBeNull();
});

test.for([
  ["got", [Number.NaN, 1], [1, 1]],
  ["the element before another bad one", [Number.NaN, 9], [1, 1]],
  ["the element after another bad one", [9, Number.NaN], [1, 1]],
  ["want", [1, 1], [1, Number.NaN]],
  ["both", [Number.NaN, 1], [Number.NaN, 1]],
] as const)("NaN in %s fails and is the max error", ([, got, want]) => {
  expect(compare(got, want, { rtol: 1e9, atol: 1e9 })).toContain("max error NaN");
});

test("infinity fails on either side, and on both", () => {
  const inf = Number.POSITIVE_INFINITY;
  for (const [got, want] of [
    [inf, 1],
    [1, inf],
    [inf, inf],
    [inf, -inf],
  ] as const)
    expect(compare([got], [want], { rtol: 1, atol: 1 }), `${got} ${want}`).not.toBeNull();
});

test("lengths must agree, and nothing is not close to nothing", () => {
  expect(compare([1, 2], [1], { atol: 9 })).toBe("values: 2 values came out, 1 were wanted");
  expect(compare([], [])).toBe("values: nothing to compare");
});

test("only the first five bad pairs are printed", () => {
  const report = compare(new Float32Array(9), new Float32Array(9).fill(1));
  expect(report?.split("\n")).toHaveLength(6);
  expect(report).toContain("9 of 9 are off");
});

test("peak is the largest magnitude", () => expect(peak([1, -3, 2])).toBe(3));

test("fixtures and public files are read, absent ones refused", async () => {
  const cases = await json<{ sequences: number[][] }>(fixture("llama-tied/cases.json"));
  expect(cases.sequences).toHaveLength(4);
  expect((await publicFile("models/pocket/model.safetensors")).byteLength).toBe(1_841_664);
  await expect(fixture("absent.json")).rejects.toThrow("absent.json");
});
