/** Damage of every kind that a file may come with: by chance, and by somebody who knows the format. */
import fc from "fast-check";

type Bytes = Uint8Array<ArrayBuffer>;
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Mutation = (bytes: Bytes) => Bytes;

/** Lengths, counts and offsets that would be felt if they were believed. */
const ABSURD = [
  0n,
  1n,
  31n,
  255n,
  2n ** 16n,
  2n ** 31n,
  2n ** 32n,
  2n ** 40n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];
/** JSON in place of what was there. */
const ODD: Json[] = [
  ...[
    null,
    true,
    false,
    -1,
    0,
    1,
    1.5,
    7,
    1e9,
    2 ** 31,
    2 ** 53,
    1e308,
    "",
    "x",
    "F64",
    "I8",
    "Q4_0",
    "linear",
  ],
  ...[[], {}, [1, 2], [[1]], [-1, 4], [0, 1e15], { a: 1 }, "x".repeat(1000), Array(1000).fill(1)],
];

/** A place in the file; every second time in its first `header` bytes, where the meaning is. */
const place = (length: number, header: number): fc.Arbitrary<number> =>
  fc.oneof(fc.nat(Math.max(0, Math.min(header, length) - 1)), fc.nat(Math.max(0, length - 1)));

/** Changes of bytes, whatever the format; `length` and `header` of the whole file. */
export function byteMutations(length: number, header: number): fc.Arbitrary<Mutation> {
  const at = place(length, header);
  const some = fc.nat(64);
  const edits = fc.array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 8 });
  const more = fc.uint8Array({ minLength: 1, maxLength: 64 });
  const word = fc.oneof(fc.nat(60), fc.nat(2 ** 31 - 1));
  return fc.oneof(
    fc
      .tuple(at, fc.nat(7))
      .map(([i, bit]) => edited(`bit ${bit} of ${i}`, (b) => b.set([b[i]! ^ (1 << bit)], i))),
    edits.map((list) =>
      edited(`bytes ${JSON.stringify(list)}`, (b) => {
        for (const [i, value] of list) b[i] = value;
      }),
    ),
    fc.nat(length).map((end) => mutation(`cut at ${end}`, (bytes) => bytes.slice(0, end))),
    fc
      .tuple(at, some)
      .map(([i, count]) =>
        mutation(`without ${count} from ${i}`, (b) => joined(b.subarray(0, i), b.subarray(i + count))),
      ),
    fc
      .tuple(at, more)
      .map(([i, put]) => mutation(`${put} before ${i}`, (b) => joined(b.subarray(0, i), put, b.subarray(i)))),
    fc
      .tuple(at, at, some)
      .map(([from, to, count]) =>
        edited(`${count} from ${from} to ${to}`, (b) => b.copyWithin(to, from, from + count)),
      ),
    fc.tuple(at, fc.constantFrom(...ABSURD)).map(([i, value]) =>
      edited(`64 bits of ${value} at ${i}`, (b) => {
        if (i + 8 <= b.length) new DataView(b.buffer).setBigUint64(i, value, true);
      }),
    ),
    fc.tuple(at, word).map(([i, value]) =>
      edited(`32 bits of ${value} at ${i}`, (b) => {
        if (i + 4 <= b.length) new DataView(b.buffer).setUint32(i, value, true);
      }),
    ),
  );
}

const joined = (...parts: Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));

/** A change that says what it is when fast-check shows it. */
const mutation = (what: string, change: Mutation): Mutation =>
  Object.assign((bytes: Bytes) => change(bytes), { [fc.toStringMethod]: () => what });

const edited = (what: string, change: (bytes: Bytes) => unknown): Mutation =>
  mutation(what, (bytes) => {
    const out = bytes.slice();
    change(out);
    return out;
  });

/** Changes of a file that is JSON, by what it says; `json` has the places that are changed. */
export const jsonMutations = (json: Json): fc.Arbitrary<Mutation> =>
  changesOf(json).map((changes) =>
    mutation(showChanges(changes), (bytes) => utf8(applied(json, changes, JSON.parse(textOf(bytes))))),
  );

/** Changes of a safetensors file's header, whose length is right again. */
export const headerMutations = (header: Json): fc.Arbitrary<Mutation> =>
  changesOf(header).map((changes) =>
    mutation(showChanges(changes), (bytes) => {
      const end = 8 + headerBytes(bytes);
      const text = utf8(applied(header, changes, JSON.parse(textOf(bytes.subarray(8, end)))));
      const length = new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer);
      return joined(length, text, bytes.subarray(end));
    }),
  );

/** The length of a whole safetensors file's header. */
export const headerBytes = (bytes: Bytes): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));

const utf8 = (value: Json): Bytes => new TextEncoder().encode(JSON.stringify(value));
const textOf = (bytes: Bytes): string => new TextDecoder().decode(bytes);

/** What is put in which place: something odd, what stands elsewhere, or nothing. */
type Change = [place: Path, put: Json | Path | undefined];

function changesOf(json: Json): fc.Arbitrary<Change[]> {
  const place = fc.constantFrom(...placesOf(json));
  const odd = fc.oneof(fc.constantFrom(...ODD), fc.constantFrom<Json>(...ABSURD.map(Number)));
  const change = fc.tuple(place, fc.oneof(odd, fc.constant(undefined), place));
  return fc.array(change, { minLength: 1, maxLength: 3 });
}

const showChanges = (changes: Change[]): string => JSON.stringify(changes);

const applied = (json: Json, changes: Change[], value: Json): Json =>
  changes.reduce((now, [at, put]) => replaced(now, at, put instanceof Path ? found(json, put) : put), value);

/** Where something stands, from the outside in. */
class Path {
  readonly keys: readonly string[];
  constructor(keys: readonly string[]) {
    this.keys = keys;
  }
}

const placesOf = (json: Json, keys: string[] = []): Path[] => [
  new Path(keys),
  ...(typeof json === "object" && json !== null
    ? Object.entries(json).flatMap(([key, value]) => placesOf(value, [...keys, key]))
    : []),
];

const found = (json: Json, { keys }: Path): Json =>
  keys.reduce<Json>((value, key) => (value as Record<string, Json>)[key]!, json);

/** The same with another value in a place; without it for undefined. */
function replaced(json: Json, path: Path, put: Json | undefined): Json {
  const [key, ...rest] = path.keys;
  if (key === undefined) return put ?? null;
  if (typeof json !== "object" || json === null) return json; // an earlier change has taken the place away
  const copy = (Array.isArray(json) ? [...json] : { ...json }) as Record<string, Json>;
  if (rest.length > 0) {
    if (key in copy) copy[key] = replaced(copy[key]!, new Path(rest), put);
  } else if (put === undefined) delete copy[key];
  else copy[key] = put;
  return copy as Json;
}
