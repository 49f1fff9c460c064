/** What is to be said of a document in its row. */
import type { Block } from "../core/blocks.ts";
import type { SourceDocument } from "../core/messages.ts";
import { documentText } from "../documents/documents.ts";
import { integer, plural } from "./format.ts";

const KINDS: Readonly<Record<string, string>> = {
  pdf: "PDF",
  docx: "Word",
  pptx: "slides",
  odt: "OpenDocument",
  epub: "e-book",
  html: "web page",
  markdown: "Markdown",
  table: "table",
  text: "plain text",
};

/** Runs of letters and digits; where a script has no spaces, its characters. */
export const countWords = (text: string): number =>
  text.match(/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]|[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu)?.length ?? 0;

/** "notes.pdf · PDF · 2 pages · 874 words · windows-1252" */
export function documentFacts(document: SourceDocument): string {
  const { file = null, passages } = document;
  const words = countWords(documentText(document));
  return [
    file === null || isNamedSo(document) ? null : file.name,
    file === null ? null : (KINDS[file.kind] ?? file.kind),
    file?.pages
      ? `${integer(file.pages)} ${plural(file.pages, file.kind === "pptx" ? "slide" : "page")}`
      : null,
    passages ? `${integer(passages.length)} ${plural(passages.length, "passage")}` : null,
    `${integer(words)} ${plural(words, "word")}`,
    file?.encoding ?? null,
  ]
    .filter((fact) => fact !== null)
    .join(" · ");
}

/** Whether the title says the file's name already. */
const isNamedSo = ({ title, file }: SourceDocument): boolean =>
  file?.name.replace(/^.*\//, "").replace(/\.\w+$/, "") === title;

/** How many blocks are left out for each reason, the most first. */
export function leftOut(blocks: readonly Block[]): [reason: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { left } of blocks) if (left !== null) counts.set(left, (counts.get(left) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
