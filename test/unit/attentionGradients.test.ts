import { expect, test } from "vitest";
import { attentionReference } from "../../src/gpu/reference/attention.ts";
import { attentionBackwardKvReference } from "../../src/gpu/reference/attentionBackwardKv.ts";
import { attentionBackwardQReference } from "../../src/gpu/reference/attentionBackwardQ.ts";
import { attentionCase, PACKS, WINDOWS } from "../helpers/attention.ts";
import { expectClose } from "../helpers/close.ts";
import { centralDifferences, inner } from "../helpers/gradient.ts";
import { maskOf, pack } from "../helpers/packing.ts";

test.for(PACKS)("spans and reach describe one mask, pack %j", (groups) => {
  const packed = pack(groups);
  expect(maskOf(packed, "spans")).toEqual(maskOf(packed, "reach"));
});

test.for(WINDOWS)("spans and reach describe one mask, pack %j, window %i", ([groups, window]) => {
  const packed = pack(groups, window);
  const mask = maskOf(packed, "spans");
  expect(mask).toEqual(maskOf(packed, "reach"));
  expect(Math.max(...mask.map((row) => row.split("#").length - 1))).toBeLessThanOrEqual(window);
});

test("an option sees its prompt and its own past, not its neighbour", () => {
  expect(maskOf(pack([[2, 2, 1], [1]]), "spans")).toEqual([
    "#.....",
    "##....",
    "###...",
    "####..",
    "##..#.",
    ".....#",
  ]);
});

test.for([
  [[[4]], [1, 1, 4], undefined],
  [[[3, 2, 1], [2]], [4, 2, 4], undefined],
  [[[2, 1, 2]], [3, 1, 8], undefined],
  [[[6], [3, 2]], [2, 1, 4], 3],
] as const)("attention's gradients equal central differences, pack %j, heads %j, window %s", (given) => {
  const [groups, heads, window] = given;
  const c = attentionCase(groups, heads, 4, window);
  const x = { q: Float64Array.from(c.q), k: Float64Array.from(c.k), v: Float64Array.from(c.v) };
  const loss = () => inner(attentionReference(x.q, x.k, x.v, c.spans, c).o, c.dout);
  const { o, lse } = attentionReference(x.q, x.k, x.v, c.spans, c);
  const { dq, delta } = attentionBackwardQReference({ ...c, o, lse }, c);
  const { dk, dv } = attentionBackwardKvReference({ ...c, lse, delta }, c);
  for (const [name, got] of [
    ["q", dq],
    ["k", dk],
    ["v", dv],
  ] as const) {
    expectClose(got, centralDifferences(loss, x[name]), { rtol: 1e-6, atol: 1e-9, label: `d${name}` });
  }
});
