/**
 * UMAP (McInnes, Healy, Melville, arXiv:1802.03426; umap-js): a map on which neighbours stay neighbours. It starts from the
 * principal components and draws from a seeded stream, so that the same vectors give the same picture in the same browser.
 */
import { UMAP } from "umap-js";
import { type Places, placedTogether, twoComponents } from "../core/pca.ts";
import { openRng, type Rng } from "../core/rng.ts";

const NEIGHBOURS = 15; // of a passage, where there are so many; umap's own default
const FEWEST = 5; // vectors that differ; of fewer the components are the map
const START = 10; // the start's largest coordinate, as in umap-learn
const NOISE = 1e-4; // equal vectors would never part
const ROWS = 3; // in which a vector is placed; see `placeOne`

export interface UmapMap {
  places: Places;
  /** Where other vectors lie on it, (count, dimension); each by itself, so that the others of a call move nothing. */
  place(vectors: Float32Array): Places;
}

/**
 * @param vectors (count, dimension), row by row
 * @param onEpoch hears how far it is, and is waited for; what it throws ends the work
 */
export async function umapMap(
  vectors: Float32Array,
  dimension: number,
  seed: number,
  onEpoch: (done: number, of: number) => Promise<void> | void = () => {},
): Promise<UmapMap> {
  const rows = rowsOf(vectors, dimension);
  const start = twoComponents(vectors, dimension);
  if (new Set(rows.map(String)).size < FEWEST) return ofComponents(vectors, dimension, start);
  const rng = openRng(seed, "map");
  const umap = new UMAP({ nNeighbors: Math.min(NEIGHBOURS, rows.length - 1), random: () => rng.next() });
  const epochs = umap.initializeFit(rows);
  const scale = START / Math.max(1e-12, ...[...start.x, ...start.y].map(Math.abs));
  for (const [i, place] of umap.getEmbedding().entries()) {
    place[0] = scale * start.x[i]! + NOISE * rng.next(); // in the embedding itself, which the steps work on
    place[1] = scale * start.y[i]! + NOISE * rng.next();
  }
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    await onEpoch(epoch + 1, epochs);
  }
  const fitted = umap.getEmbedding().map((place) => [...place]);
  return {
    places: placesOf(fitted),
    place: (others) =>
      placesOf(rowsOf(others, dimension).map((row) => placeOne(umap, rng, rows, fitted, row))),
  };
}

/**
 * A vector that is a point's lies at that point, between those that are equal; umap-js divides by how far neighbours are.
 * It also takes row i of what is placed for point i, and leaves that point out of its neighbours; and it moves the map itself
 * where as many are placed as it has points. So a vector is placed as several rows, fewer than points, and the row is taken
 * whose point is furthest away and no neighbour anyway.
 */
function placeOne(
  umap: UMAP,
  rng: Rng,
  points: readonly number[][],
  fitted: readonly number[][],
  row: readonly number[],
): number[] {
  const away = points.map((point) => point.reduce((sum, value, d) => sum + (value - row[d]!) ** 2, 0));
  const equal = fitted.filter((_, i) => away[i] === 0);
  if (equal.length > 0)
    return [0, 1].map((axis) => equal.reduce((sum, place) => sum + place[axis]!, 0) / equal.length);
  const count = Math.min(ROWS, points.length - 1);
  rng.position = 0; // a place hangs on the vector and the map alone
  const placed = umap.transform(Array.from({ length: count }, () => [...row]));
  return placed[away.indexOf(Math.max(...away.slice(0, count)))]!;
}

function ofComponents(vectors: Float32Array, dimension: number, places: Places): UmapMap {
  return { places, place: (others) => placedTogether(vectors, others, dimension).others };
}

const rowsOf = (vectors: Float32Array, dimension: number): number[][] =>
  Array.from({ length: Math.floor(vectors.length / dimension) }, (_, i) => [
    ...vectors.subarray(i * dimension, (i + 1) * dimension),
  ]);

const placesOf = (places: readonly (readonly number[])[]): Places => ({
  x: Float64Array.from(places, ([x]) => x!),
  y: Float64Array.from(places, ([, y]) => y!),
});
