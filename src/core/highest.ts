/** The best of many scores, without sorting all of them. */

export interface Hit {
  index: number;
  score: number;
}

/** The `n` highest of `scores` that are above `floor`, by falling score, ties by index. A score that is no number is not ranked. */
export function highest(scores: ArrayLike<number>, n: number, floor = Number.NEGATIVE_INFINITY): Hit[] {
  if (n < 1 || n > scores.length / SPARSE) return sorted(scores, floor).slice(0, Math.max(0, n));
  const best: Hit[] = []; // sorted; few scores get in once it is full
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!;
    const bar = best.length === n ? best[n - 1]!.score : floor; // who only equals the last comes after it by index
    if (!(score > bar)) continue;
    if (best.length === n) best.pop();
    let at = best.length;
    while (at > 0 && best[at - 1]!.score < score) at--;
    best.splice(at, 0, { index, score });
  }
  return best;
}

const SPARSE = 50; // from a fiftieth of all on, sorting is as fast

function sorted(scores: ArrayLike<number>, floor: number): Hit[] {
  const hits: Hit[] = [];
  for (let index = 0; index < scores.length; index++)
    if (scores[index]! > floor) hits.push({ index, score: scores[index]! });
  return hits.sort((a, b) => b.score - a.score || a.index - b.index);
}
