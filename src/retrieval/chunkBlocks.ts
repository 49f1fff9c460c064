/** Blocks → passages: by section, so that a passage never runs from one heading into the next (docs/lab.md §2a, "chunking"). */
import type { Block } from "../core/blocks.ts";
import {
  divide,
  divideLines,
  fits,
  joined,
  minus,
  type Piece,
  type Ruler,
  type Size,
  sentencePieces,
  sumOf,
  times,
} from "./pieces.ts";

export interface BlockPassage {
  text: string;
  heading: string | null; // its first line
  page: number | null; // where it begins
}

interface Line {
  pieces: Piece[]; // of one block
  page: number | null;
}

const WHOLE_ROW = 2; // times the budget, up to which a table's row stays whole
const HEADING_SHARE = 0.5; // of the budget: what is longer is no heading

/**
 * Passages within the budget, cut at sentence ends. A heading begins a new passage and is the first line of each that
 * stands under it; headings without text between them are one. A row of a table stays whole, code is a passage of its own.
 * What is left out is not cut. Between two blocks the work can be left for a while. No passage repeats another one's text: facts are counted once.
 */
export function* cutBlocks(
  blocks: readonly Block[],
  budget: Size,
  measure: Ruler,
): Generator<void, BlockPassage[]> {
  const longest = times(HEADING_SHARE, budget);
  const passages: BlockPassage[] = [];
  let section: Section = { heading: null, page: null, empty: false };
  let room = budget; // below the heading
  let held: Line[] = [];
  const put = (body: string | null, page: number | null) => {
    const { heading } = section;
    const text = [heading, body].filter((part) => part !== null).join("\n");
    passages.push({ text, heading, page });
    section.empty = false;
  };
  const flush = () => {
    if (held.length > 0) put(held.map(({ pieces }) => joined(pieces)).join("\n"), held[0]!.page);
    held = [];
  };
  const begin = (text: string, page: number | null) => {
    flush();
    const above = section.empty ? `${section.heading} · ${text}` : text;
    const together = fits(measure(above), longest);
    if (section.empty && !together) put(null, section.page);
    const heading = together ? above : text;
    section = { heading, page: section.empty ? section.page : page, empty: true };
    room = minus(budget, measure(heading));
  };
  for (const { kind, text, page, left } of blocks) {
    yield;
    if (left !== null || text.trim() === "") continue;
    if (kind === "heading" && fits(measure(text), longest)) begin(text, page);
    else if (kind === "code") {
      flush();
      for (const part of divideLines(measure(text), room, measure)) put(part.text, page);
    } else {
      let line: Line = { pieces: [], page };
      for (const piece of piecesOf(kind, text, room, measure)) {
        const before = held.flatMap(({ pieces }) => pieces);
        if (before.length > 0 && !fits(sumOf([...before, piece]), room)) {
          flush();
          line = { pieces: [], page };
        }
        if (line.pieces.length === 0) held.push(line);
        line.pieces.push(piece);
      }
    }
  }
  flush();
  if (section.empty) put(null, section.page);
  return passages;
}

interface Section {
  heading: string | null;
  page: number | null;
  empty: boolean; // nothing has been put below the heading yet
}

const piecesOf = (kind: Block["kind"], text: string, room: Size, measure: Ruler): Piece[] =>
  kind === "row"
    ? divide(measure(text), times(WHOLE_ROW, room), measure)
    : sentencePieces(text, room, measure);
