/** Markdown and plain text → blocks. Of Markdown what matters here: headings, fences, tables, lists; marks are taken off. */
import { type Block, block, rowSentence } from "../blocks.ts";

const FENCE = /^(?:\s*(?:[-*+]|\p{Nd}{1,9}[.)]|>)\s+)*\s{0,3}(`{3,}(?!.*`)|~{3,})/u; // in a list or a quotation too
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:(?:^|[ \t]+)#+)?[ \t]*$/; // C# keeps its sign
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const ITEM = /^ {0,3}(?:[-*+]|\p{Nd}{1,9}[.)])[ \t]+/u;
const DIVIDER = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** CommonMark 0.31 as far as passages need it, with GitHub's tables and a front matter's title. */
export function markdownBlocks(text: string): { title: string | null; blocks: Block[] } {
  const lines = text.split(/\r\n|\r|\n/);
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    const whole = plain(paragraph.map((line) => line.trim()).join(" "));
    if (whole !== "") blocks.push(block("text", whole));
    paragraph = [];
  };
  const { title, next } = frontMatter(lines);
  for (let i = next; i < lines.length; i++) {
    const line = lines[i]!;
    if (/^ {0,3}<!--/.test(line)) {
      while (i < lines.length && !lines[i]!.includes("-->")) i++;
      flush();
      continue;
    }
    const fence = FENCE.exec(line)?.[1];
    const heading = HEADING.exec(line);
    const underline = UNDERLINE.exec(line)?.[1];
    if (fence !== undefined) {
      flush();
      const end = lines.findIndex(
        (other, at) =>
          at > i && other.trim().startsWith(fence) && other.trim().replaceAll(fence[0]!, "") === "",
      );
      const last = end < 0 ? lines.length : end;
      const code = lines
        .slice(i + 1, last)
        .join("\n")
        .trim();
      if (code !== "") blocks.push(block("code", code));
      i = last;
    } else if (heading) {
      flush();
      if (heading[2] !== "") blocks.push(block("heading", plain(heading[2]!), { level: heading[1]!.length }));
    } else if (underline !== undefined && paragraph.length > 0 && !ITEM.test(lines[i - 1]!)) {
      const text = plain(paragraph.join(" "));
      paragraph = [];
      blocks.push(block("heading", text, { level: underline[0] === "=" ? 1 : 2 }));
    } else if (line.includes("|") && DIVIDER.test(lines[i + 1] ?? "") && (lines[i + 1] ?? "").includes("-")) {
      flush();
      const header = cellsOf(line);
      for (i += 2; i < lines.length && lines[i]!.includes("|"); i++) {
        const sentence = rowSentence(header, cellsOf(lines[i]!));
        if (sentence !== "") blocks.push(block("row", sentence));
      }
      i--;
    } else if (/^(?: {4}|\t)/.test(line) && paragraph.length === 0 && line.trim() !== "") {
      const before = blocks.at(-1);
      if (before?.kind === "code") before.text += `\n${line}`;
      else blocks.push(block("code", line.trim()));
    } else if (line.trim() === "" || /^ {0,3}(?:[-*_][ \t]*){3,}$/.test(line)) flush();
    else {
      if (ITEM.test(line)) flush();
      paragraph.push(line.replace(/^ {0,3}>[ \t]?/, "").replace(ITEM, ""));
    }
  }
  flush();
  return { title: title ?? blocks.find(({ kind }) => kind === "heading")?.text ?? null, blocks };
}

/** A paragraph ends at an empty line; a line of its own that ends a sentence stays one. */
export const textBlocks = (text: string): Block[] =>
  text
    .split(/(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)|\f/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => block("text", part));

function frontMatter(lines: readonly string[]): { title: string | null; next: number } {
  const mark = /^\uFEFF?(---|\+\+\+)[ \t]*$/.exec(lines[0] ?? "")?.[1];
  if (mark === undefined) return { title: null, next: 0 };
  const closes = mark === "---" ? /^(?:---|\.\.\.)[ \t]*$/ : /^\+\+\+[ \t]*$/;
  const end = lines.findIndex((line, i) => i > 0 && closes.test(line));
  if (end < 0 || !lines.slice(1, end).every((line) => /^\s*$|^\s*#|^\s*-|^\s+|^[\w-]+\s*[:=]|^\[/.test(line)))
    return { title: null, next: 0 };
  const title = lines
    .slice(1, end)
    .map((line) => /^title\s*[:=]\s*(.+?)\s*$/i.exec(line)?.[1])
    .find((found) => found !== undefined);
  return { title: title?.replace(/^(["'])(.*)\1$/, "$2") ?? null, next: end + 1 };
}

const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => plain(cell.replaceAll("\\|", "|").trim()));

/** Text without the marks of emphasis, code, links and pictures. */
function plain(text: string): string {
  return text
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .replace(/<((?:https?|mailto):[^>\s]+)>/g, "$1")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/(?<![\w*])(\*\*|__)(?=\S)(.+?)(?<=\S)\1(?![\w*])/g, "$2")
    .replace(/(?<![\w*])([*_])(?=\S)(.+?)(?<=\S)\1(?![\w*])/g, "$2")
    .replace(/(`+)(.+?)\1/g, "$2")
    .replace(/\\([\\`*_{}[\]()#+.!|<>~-])/g, "$1")
    .replace(/[ \t]+/g, " ")
    .trim();
}
