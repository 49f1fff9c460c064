/** Unigram: the cut of a text whose pieces' scores have the largest sum (Viterbi), as tokenizers' `encode_optimized`. */
import type { Part } from "./part.ts";
import type { Vocabulary } from "./vocabulary.ts";

const UNKNOWN_PENALTY = 10; // below the lowest score, as SentencePiece has it

interface Node {
  children: Map<number, Node>; // by UTF-16 unit
  id: number; // -1 where no piece ends
}

/** @param pieces of the file's `vocab`, with their scores */
export function openUnigram(
  part: Part,
  pieces: readonly [string, number][],
  { idOf, bytesOf }: Vocabulary,
): (piece: string) => number[] {
  const unk = typeof part.unk_id === "number" ? part.unk_id : undefined;
  const scores = Float64Array.from(pieces, ([, score]) => score);
  const unknownScore = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) - UNKNOWN_PENALTY;
  const root: Node = { children: new Map(), id: -1 };
  for (const [piece] of pieces) {
    const id = idOf(piece);
    if (id !== undefined && piece !== "") insert(root, piece, id);
  }

  /** The ids of what has no piece. */
  const unknown = (text: string): number[] => {
    const bytes = part.byte_fallback === true ? bytesOf(text) : null;
    if (bytes !== null) return bytes;
    if (unk === undefined) throw new Error(`"${text}" has no token, and the vocabulary has no unknown one`);
    return [unk];
  };

  return (text) => {
    const n = text.length;
    const best = new Float64Array(n + 1);
    const from = new Int32Array(n + 1).fill(-1);
    const ids = new Int32Array(n + 1).fill(-1); // -1: unknown
    for (let at = 0; at < n; ) {
      const step = text.codePointAt(at)! > 0xffff ? 2 : 1;
      let single = false;
      const offer = (end: number, score: number, id: number): void => {
        if (from[end] !== -1 && !(best[at]! + score > best[end]!)) return;
        best[end] = best[at]! + score;
        from[end] = at;
        ids[end] = id;
      };
      let node: Node | undefined = root;
      for (let end = at; end < n; ) {
        node = node.children.get(text.charCodeAt(end++));
        if (node === undefined) break;
        if (node.id < 0) continue;
        offer(end, scores[node.id]!, node.id);
        single ||= end - at === step;
      }
      if (!single) offer(at + step, unknownScore, -1);
      at += step;
    }

    const found: number[][] = [];
    for (let end = n; end > 0; ) {
      if (ids[end]! >= 0) {
        found.push([ids[end]!]);
        end = from[end]!;
        continue;
      }
      const last = end; // neighbours without a piece are one unknown
      while (end > 0 && ids[end]! < 0) end = from[end]!;
      found.push(unknown(text.slice(end, last)));
    }
    return found.reverse().flat();
  };
}

function insert(root: Node, piece: string, id: number): void {
  let node = root;
  for (let i = 0; i < piece.length; i++) {
    const unit = piece.charCodeAt(i);
    let child = node.children.get(unit);
    if (child === undefined) {
      child = { children: new Map(), id: -1 };
      node.children.set(unit, child);
    }
    node = child;
  }
  node.id = id;
}
