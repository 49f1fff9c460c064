/** The merges that follow from SentencePiece's scores. They are looked up, not listed: Gemma 3 has half a million. */
import { type PairRanks, remembered } from "./tokens/pairRanks.ts";
import { BASE, power, type TokenTable } from "./tokens/tokenTable.ts";

export interface ScoredMerges extends PairRanks {
  /** All of them in the order of their rank, left and right, by id. */
  list(): [number, number][];
}

/**
 * Every way to put a piece together from two, the best piece first: SentencePiece joins the neighbours whose joint piece
 * scores highest. Equal scores by the longer left part, then the longer right one, as Transformers orders them
 * (`generate_merges`), then by the piece's place. Of equal texts only the one that the table finds joins or is a part.
 * What is asked for must be ids that the table finds.
 * @param table the pieces, whose entries are their ids
 * @param joinable by id: 1 for a piece that may be joined or be a part
 * @param scores by id
 */
export function scoredMerges(
  table: TokenTable,
  joinable: Uint8Array,
  scores: ArrayLike<number>,
): ScoredMerges {
  const { byPlace, places, starts, sizes } = inOrderOf(joinable, scores);
  let longest = 1;
  for (const id of byPlace) longest = Math.max(longest, table.lengthAt(id));
  // A group is the pieces of one score. Its ranks begin at its first place times CUTS, each cut has one for every piece of the group.
  const CUTS = longest * longest;

  const rankOf = (id: number, left: number, right: number): number => {
    const place = places[id]!;
    const start = starts[place]!;
    const cut = (longest - left) * longest + (longest - right); // the longer left part first
    return start * CUTS + cut * sizes[place]! + (place - start);
  };

  return {
    rank: remembered((left, right) => {
      if (joinable[left] !== 1 || joinable[right] !== 1) return -1;
      const id = table.entryOfBoth(left, right);
      if (id < 0 || joinable[id] !== 1) return -1;
      const [a, b] = [table.lengthAt(left), table.lengthAt(right)];
      return a === 0 || b === 0 ? -1 : rankOf(id, a, b);
    }),
    joined(rank) {
      const place = Math.floor(rank / CUTS); // of some piece of the group
      const start = starts[place]!;
      return byPlace[start + ((rank - start * CUTS) % sizes[place]!)]!;
    },
    list() {
      const pairs: [number, number][] = [];
      const ranks: number[] = [];
      for (const id of byPlace)
        for (const { left, right, a, b } of cutsOf(table, id, joinable)) {
          ranks.push(rankOf(id, a, b));
          pairs.push([left, right]);
        }
      const order = pairs.map((_, i) => i).sort((x, y) => ranks[x]! - ranks[y]!);
      return order.map((i) => pairs[i]!);
    },
  };
}

/** The pieces in the order of their scores; by place, where those of one score start and how many they are. */
function inOrderOf(joinable: Uint8Array, scores: ArrayLike<number>) {
  const byPlace: number[] = [];
  for (let id = 0; id < joinable.length; id++) if (joinable[id] === 1) byPlace.push(id);
  byPlace.sort((a, b) => Number(scores[b]! > scores[a]!) - Number(scores[b]! < scores[a]!)); // infinities are equal to themselves
  const places = new Int32Array(joinable.length);
  const starts = new Int32Array(byPlace.length);
  const sizes = new Int32Array(byPlace.length);
  let start = 0;
  for (let place = 0; place < byPlace.length; place++) {
    places[byPlace[place]!] = place;
    if (place + 1 < byPlace.length && scores[byPlace[place + 1]!] === scores[byPlace[start]!]) continue;
    starts.fill(start, start, place + 1);
    sizes.fill(place + 1 - start, start, place + 1);
    start = place + 1;
  }
  return { byPlace, places, starts, sizes };
}

/** Each way to cut a piece into two others, `a` and `b` units long. */
function cutsOf(table: TokenTable, id: number, joinable: Uint8Array) {
  const { units, ends } = table;
  const [from, to] = [id === 0 ? 0 : ends[id - 1]!, ends[id]!];
  const n = to - from;
  const prefix = new Int32Array(n + 1); // hashes of the first n units
  for (let i = 0; i < n; i++) prefix[i + 1] = (Math.imul(prefix[i]!, BASE) + units[from + i]! + 1) | 0;
  const found: { left: number; right: number; a: number; b: number }[] = [];
  if (table.entryWithin(from, to, prefix[n]!) !== id) return found; // a later one has the same text
  for (let cut = n - 1; cut > 0; cut--) {
    const left = table.entryWithin(from, from + cut, prefix[cut]!);
    if (left < 0 || joinable[left] !== 1) continue;
    const rest = (prefix[n]! - Math.imul(prefix[cut]!, power(n - cut))) | 0;
    const right = table.entryWithin(from + cut, to, rest);
    if (right >= 0 && joinable[right] === 1) found.push({ left, right, a: cut, b: n - cut });
  }
  return found;
}
