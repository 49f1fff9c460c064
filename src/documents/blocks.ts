/** What every reader makes of a file: its text as blocks in reading order, with where they stand and what was left out. */

import type { Block, BlockKind } from "../core/blocks.ts";

export type { Block, BlockKind };

export type FileKind =
  | "pdf"
  | "docx"
  | "pptx"
  | "odt"
  | "epub"
  | "zip"
  | "html"
  | "markdown"
  | "table"
  | "text";

/** A file as read: one document, before it is cut into passages. */
export interface ReadDocument {
  title: string | null; // as the file itself has it
  blocks: Block[];
  pages: number | null;
  encoding: string | null; // of a plain text; null where the format says it
  doubts: string[]; // what may be wrong, as sentences for a person
}

/** How a reader tells where it is and hears that it should stop. */
export interface ReadWatch {
  onProgress(done: number, of: number): void; // pages, chapters or slides
  signal: AbortSignal;
}

export const block = (
  kind: BlockKind,
  text: string,
  { page = null, level = null, left = null }: Partial<Pick<Block, "page" | "level" | "left">> = {},
): Block => ({ kind, text, page, level, left });

/** The text of the blocks that are not left out, headings and paragraphs on lines of their own. */
export const blocksText = (blocks: readonly Block[]): string =>
  blocks
    .filter(({ left }) => left === null)
    .map(({ text }) => text)
    .join("\n\n");

/** A row of a table as a sentence: "Town: Quoahaven; River: Teelmere; Founded: 1412." so that it is a fact by itself. */
export function rowSentence(header: readonly string[] | null, cells: readonly string[]): string {
  const parts = cells.flatMap((cell, i) => {
    const name = header?.[i]?.replace(/[:\s]+$/, "") ?? "";
    return cell === "" ? [] : [name === "" ? cell : `${name}: ${cell}`];
  });
  const text = parts.join("; ");
  return text === "" || /[.!?。！？]$/u.test(text) ? text : `${text}.`;
}
