/** Principal components, for a map: the two directions in which vectors spread most. */

const ITERATIONS = 60;

/**
 * The vectors' places on their first two principal components, by power iteration with deflation; the same vectors give the
 * same places. A component's sign is chosen so that its largest entry is positive. What has no spread lies at 0.
 * @param vectors (count, dimension), row by row
 */
export const twoComponents = (vectors: Float32Array, dimension: number): Places =>
  placedTogether(vectors, new Float32Array(0), dimension).places;

export interface Places {
  x: Float64Array;
  y: Float64Array;
}

/** The same, and where others lie on the components of `vectors`, which they have no part in. */
export function placedTogether(
  vectors: Float32Array,
  others: Float32Array,
  dimension: number,
): { places: Places; others: Places } {
  const count = Math.floor(vectors.length / dimension);
  const mean = new Float64Array(dimension);
  for (let i = 0; i < count * dimension; i++) mean[i % dimension]! += vectors[i]! / count;
  const centred = Float64Array.from(vectors, (value, i) => value - mean[i % dimension]!);
  const first = component(centred, count, dimension, []);
  const second = component(centred, count, dimension, [first]);
  const place = (all: Float64Array): Places => {
    const n = Math.floor(all.length / dimension);
    return { x: along(all, n, first), y: along(all, n, second) };
  };
  return {
    places: place(centred),
    others: place(Float64Array.from(others, (value, i) => value - mean[i % dimension]!)),
  };
}

function component(
  centred: Float64Array<ArrayBuffer>,
  count: number,
  dimension: number,
  before: readonly Float64Array[],
): Float64Array<ArrayBuffer> {
  // The row furthest from what was found already is a start that is not orthogonal to what is sought.
  let direction = unit(orthogonal(furthest(centred, count, dimension, before), before));
  for (let step = 0; step < ITERATIONS; step++) {
    const places = along(centred, count, direction);
    const next = new Float64Array(dimension);
    for (let i = 0; i < count; i++)
      for (let d = 0; d < dimension; d++) next[d]! += places[i]! * centred[i * dimension + d]!;
    direction = unit(orthogonal(next, before));
  }
  const largest = direction.reduce((best, v) => (Math.abs(v) > Math.abs(best) ? v : best), 0);
  return largest < 0 ? direction.map((v) => -v) : direction;
}

function furthest(
  centred: Float64Array<ArrayBuffer>,
  count: number,
  dimension: number,
  before: readonly Float64Array[],
): Float64Array<ArrayBuffer> {
  let best = new Float64Array(dimension);
  let most = 0;
  for (let i = 0; i < count; i++) {
    const row = orthogonal(Float64Array.from(centred.subarray(i * dimension, (i + 1) * dimension)), before);
    const size = dot(row, row);
    if (size > most) [best, most] = [row, size];
  }
  return best;
}

const along = (centred: Float64Array, count: number, direction: Float64Array): Float64Array =>
  Float64Array.from({ length: count }, (_, i) =>
    dot(centred.subarray(i * direction.length, (i + 1) * direction.length), direction),
  );

function orthogonal(
  vector: Float64Array<ArrayBuffer>,
  before: readonly Float64Array[],
): Float64Array<ArrayBuffer> {
  const out = vector.slice();
  for (const other of before) {
    const share = dot(out, other);
    for (let d = 0; d < out.length; d++) out[d]! -= share * other[d]!;
  }
  return out;
}

function unit(vector: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const size = Math.sqrt(dot(vector, vector));
  return size < 1e-12 ? new Float64Array(vector.length) : vector.map((v) => v / size);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
