/** PDF → blocks, page by page, through pdf.js (unpdf's build of it, which needs no second worker). */
import type { PDFDocumentProxy, PDFPageProxy } from "unpdf/pdfjs";
import { LabError } from "../../../core/errors.ts";
import { type Block, block, type ReadDocument, type ReadWatch } from "../../blocks.ts";
import { ranges } from "../ranges.ts";
import { findFurniture } from "./furniture.ts";
import { type Line, pageLines, type Run } from "./lines.ts";
import { paragraphs } from "./paragraphs.ts";

const MOST_PAGES = 2000;
const MOST_TEXT = 20_000_000; // characters
const FEW_LETTERS = 20; // on a page: fewer beside a picture make it a scan
const LOST_SHARE = 0.02; // of a page's characters without a meaning
const RTL_SHARE = 0.3;

/**
 * @param bytes are copied: pdf.js takes what it is given away
 * @throws LabError bad-data naming the file: protected, damaged, mostly pictures, or too long
 */
export async function readPdf(bytes: Uint8Array, name: string, watch: ReadWatch): Promise<ReadDocument> {
  const { getDocumentProxy } = await import("unpdf");
  const pdf = await open(() => getDocumentProxy(bytes.slice(), { verbosity: 0 }), name);
  try {
    if (pdf.numPages > MOST_PAGES)
      throw new LabError(
        "bad-data",
        `${name} has ${pdf.numPages} pages, ${MOST_PAGES} can be read: split it`,
      );
    return await readPages(pdf, name, watch);
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function open(opening: () => Promise<PDFDocumentProxy>, name: string): Promise<PDFDocumentProxy> {
  try {
    return await opening();
  } catch (cause) {
    const kind = cause instanceof Error ? cause.name : "";
    const why =
      kind === "PasswordException"
        ? "is protected by a password: open it in a PDF reader and save a copy without one"
        : "is damaged or cut off, so that no PDF reader finds its pages: fetch or save it again";
    throw new LabError("bad-data", `${name} ${why}`, { cause });
  }
}

async function readPages(pdf: PDFDocumentProxy, name: string, watch: ReadWatch): Promise<ReadDocument> {
  const pages: Line[][] = [];
  const heights: number[] = [];
  const found = {
    scans: [] as number[],
    broken: [] as number[],
    lost: [] as number[],
    rtl: 0,
    letters: 0,
    text: 0,
  };
  for (let n = 1; n <= pdf.numPages; n++) {
    watch.signal.throwIfAborted();
    const lines = await readPage(pdf, n, heights).catch((cause: unknown) => {
      if (watch.signal.aborted) throw cause;
      found.broken.push(n);
      return { lines: [], picture: false };
    });
    pages.push(lines.lines);
    const text = lines.lines.map((line) => line.text).join("\n");
    const letters = count(text, /\p{L}/gu);
    if (letters < FEW_LETTERS && lines.picture) found.scans.push(n);
    if (count(text, /[\uFFFD\p{Co}\p{Cc}]/gu) - count(text, /\n/g) > LOST_SHARE * text.length)
      found.lost.push(n);
    found.letters += letters;
    found.rtl += count(text, /[\p{Script=Hebrew}\p{Script=Arabic}]/gu);
    found.text += text.length;
    if (found.text > MOST_TEXT)
      throw new LabError(
        "bad-data",
        `${name} has more than ${MOST_TEXT / 1e6} million characters by page ${n}: split it`,
      );
    watch.onProgress(n, pdf.numPages);
  }
  const of = pdf.numPages;
  if (found.scans.length > of / 2) {
    throw new LabError(
      "bad-data",
      `${name} has ${found.scans.length} of ${of} pages that are pictures without text (${ranges(found.scans)}): run it through a text recogniser (OCR) first`,
    );
  }
  if (found.letters === 0)
    throw new LabError("bad-data", `${name} has no text on its ${of} ${of === 1 ? "page" : "pages"}`);
  const doubts: string[] = [];
  if (found.scans.length > 0)
    doubts.push(`Pictures without text on ${pagesOf(found.scans)}: what stands there is not read.`);
  if (found.broken.length > 0) doubts.push(`Damaged: ${pagesOf(found.broken)} could not be read.`);
  if (found.lost.length > 0)
    doubts.push(`Letters are missing on ${pagesOf(found.lost)}: the file does not say what they are.`);
  if (found.rtl > RTL_SHARE * found.letters)
    doubts.push("Written from right to left: look at the text, its order may be wrong.");
  return { title: await titleOf(pdf), blocks: toBlocks(pages, heights), pages: of, encoding: null, doubts };
}

async function readPage(
  pdf: PDFDocumentProxy,
  n: number,
  heights: number[],
): Promise<{ lines: Line[]; picture: boolean }> {
  const page = await pdf.getPage(n);
  try {
    heights[n - 1] = page.getViewport({ scale: 1 }).height;
    const { items } = await page.getTextContent();
    const runs = items.flatMap((item): Run[] => {
      if (!("str" in item) || item.str.trim() === "") return [];
      const [a, b, , d, x, y] = item.transform as number[];
      const size = Math.hypot(a!, b!) || Math.abs(d!) || item.height;
      if (![x, y, size, item.width].every(Number.isFinite) || size <= 0) return [];
      return [{ text: item.str, x: x!, y: y!, width: item.width, size, font: item.fontName }];
    });
    const lines = pageLines(runs, n);
    const few = lines.reduce((sum, line) => sum + line.text.length, 0) < 2 * FEW_LETTERS;
    return { lines, picture: few && (await hasPicture(page)) };
  } finally {
    page.cleanup();
  }
}

async function hasPicture(page: PDFPageProxy): Promise<boolean> {
  const { getResolvedPDFJS } = await import("unpdf");
  const { OPS } = await getResolvedPDFJS();
  const { fnArray } = await page.getOperatorList();
  const pictures: number[] = [OPS.paintImageXObject, OPS.paintInlineImageXObject, OPS.paintImageMaskXObject];
  return fnArray.some((op) => pictures.includes(op));
}

async function titleOf(pdf: PDFDocumentProxy): Promise<string | null> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} }));
  const title = (info as { Title?: unknown }).Title;
  // Programs that are given none write these.
  return typeof title === "string" &&
    title.trim() !== "" &&
    !/^(?:\(anonymous\)|untitled)$/i.test(title.trim())
    ? title.trim()
    : null;
}

/** Text without furniture; the furniture stays in the list, before its page's first text, marked as left out. */
function toBlocks(pages: readonly Line[][], heights: readonly number[]): Block[] {
  const furniture = findFurniture(pages, heights);
  const text = paragraphs(pages.flat().filter((line) => !furniture.has(line)));
  const left = pages.flat().flatMap((line) => {
    const why = furniture.get(line);
    return why === undefined
      ? []
      : [block("text", line.text.normalize("NFKC"), { page: line.page, left: why })];
  });
  const blocks: Block[] = [];
  let next = 0;
  for (const part of text) {
    while (next < left.length && left[next]!.page! <= part.page!) blocks.push(left[next++]!);
    blocks.push(part);
  }
  return [...blocks, ...left.slice(next)];
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;
const pagesOf = (pages: readonly number[]): string =>
  `${pages.length === 1 ? "page" : "pages"} ${ranges(pages)}`;
