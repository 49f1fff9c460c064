/** The map by UMAP: the same picture for the same seed, any number of points, and neighbours that stay neighbours. */
import { expect, test } from "vitest";
import { twoComponents } from "../../src/core/pca.ts";
import { openRng } from "../../src/core/rng.ts";
import { umapMap } from "../../src/retrieval/umap.ts";

const D = 8;
const random = (count: number, seed = 1): Float32Array => {
  const rng = openRng(seed, "data");
  return Float32Array.from({ length: count * D }, () => rng.next() - 0.5);
};

/** Three heaps of points, far from one another; the heap of point i is i % 3. */
function heaps(count: number): Float32Array {
  const rng = openRng(2, "data");
  return Float32Array.from({ length: count * D }, (_, at) => {
    const [i, d] = [Math.floor(at / D), at % D];
    return (d === i % 3 ? 5 : 0) + 0.2 * (rng.next() - 0.5);
  });
}

test("the same seed gives the same picture to the bit, another seed another one", async () => {
  const vectors = random(16);
  const one = await umapMap(vectors, D, 0);
  const two = await umapMap(vectors, D, 0);
  expect(two.places).toEqual(one.places);
  expect((await umapMap(vectors, D, 1)).places).not.toEqual(one.places);
});

test.each(Array.from({ length: 20 }, (_, i) => i + 1))(
  "%i points, and a question among them, have finite places",
  async (count) => {
    const map = await umapMap(random(count), D, 0);
    const asked = map.place(random(3, 9));
    for (const { x, y } of [map.places, asked]) {
      expect([...x, ...y].every(Number.isFinite)).toBe(true);
      expect(x.length).toBe(y.length);
    }
    expect([map.places.x.length, asked.x.length]).toEqual([count, 3]);
    if (count < 5) expect(map.places).toEqual(twoComponents(random(count), D)); // too few to have neighbours
  },
);

test("equal vectors, and vectors that are all one, break nothing", async () => {
  const one = random(1);
  const some = await umapMap(
    Float32Array.from([...random(6), ...Array.from({ length: 20 }, () => [...one]).flat()]),
    D,
    0,
  );
  const at = some.place(one);
  expect([...some.places.x, ...some.places.y, ...at.x, ...at.y].every(Number.isFinite)).toBe(true);
  for (const count of [2, 6, 30]) {
    const map = await umapMap(
      Float32Array.from({ length: count * D }, (_, i) => one[i % D]!),
      D,
      0,
    );
    const { x, y } = map.place(one);
    expect([...map.places.x, ...map.places.y, ...x, ...y].every(Number.isFinite)).toBe(true);
  }
});

const middle = (of: Float64Array, heap: number) => {
  const mine = [...of].filter((_, i) => i % 3 === heap);
  return mine.reduce((sum, at) => sum + at, 0) / mine.length;
};

test("heaps stay heaps, and a question comes to lie in its own: also one that is like the first points", async () => {
  const vectors = heaps(60);
  const map = await umapMap(vectors, D, 0);
  const { x, y } = map.places;
  const centres = [0, 1, 2].map((heap) => [middle(x, heap), middle(y, heap)] as const);
  const nearest = (px: number, py: number) =>
    centres
      .map(([cx, cy]) => Math.hypot(px - cx, py - cy))
      .reduce((best, away, i, all) => (away < all[best]! ? i : best), 0);
  expect([...x].map((px, i) => nearest(px, y[i]!))).toEqual([...x].map((_, i) => i % 3));
  const asked = map.place(vectors.subarray(0, 6 * D));
  expect([...asked.x].map((px, i) => nearest(px, asked.y[i]!))).toEqual([0, 1, 2, 0, 1, 2]);
});

test("a question lies where it lies, whatever else is asked, and moves no passage", async () => {
  const vectors = random(20);
  const map = await umapMap(vectors, D, 0);
  const before = structuredClone(map.places);
  const others = random(20, 5); // as many as there are points
  const together = map.place(others);
  const alone = map.place(others.slice(7 * D, 8 * D));
  expect([alone.x[0], alone.y[0]]).toEqual([together.x[7], together.y[7]]);
  expect(map.places).toEqual(before);
  const again = map.place(others);
  expect(again).toEqual(together); // the map under it is what it was
});

test("it says how far it is, and ends where it is told to", async () => {
  const heard: [number, number][] = [];
  await umapMap(random(20), D, 0, (done, of) => void heard.push([done, of]));
  expect(heard.length).toBeGreaterThan(50);
  expect(heard.at(-1)![0]).toBe(heard.at(-1)![1]);
  const stop = () => {
    throw new Error("enough");
  };
  await expect(umapMap(random(20), D, 0, stop)).rejects.toThrow("enough");
});
