/** A document's text as it was read from a file: blocks in reading order, and what is known of the file. */

export type BlockKind = "heading" | "text" | "row" | "code";

export interface Block {
  kind: BlockKind; // row: one of a table, as a sentence that names its columns
  text: string; // one line, but for code
  page: number | null; // from 1; null where the format has no pages
  level: number | null; // of a heading, from 1
  left: string | null; // why it is left out ("running head", "contents", …); null: it is part of the text
}

/** Where a document came from. */
export interface SourceFile {
  name: string; // with the folders it was dropped in
  kind: string; // what a reader took it for: "pdf", "docx", "text", …
  size: number; // bytes
  hash: string; // SHA-256 of its bytes, hex
  pages: number | null; // null where the format has none
  encoding: string | null; // of a plain text, where it had to be guessed
  doubts: string[]; // what may be wrong with the text, as sentences for a person
}
