/**
 * A file of any kind people bring → its text as blocks. The kind is told by the content, the name only where plain text
 * leaves it open. Each reader is a file in readers/, and the heavy ones load their library when they are first needed.
 */
import { LabError } from "../core/errors.ts";
import { openZip } from "../core/unzip.ts";
import type { Block, FileKind, ReadDocument, ReadWatch } from "./blocks.ts";
import { withoutContents } from "./contents.ts";
import { readText } from "./decode.ts";
import { readDocx } from "./readers/docx.ts";
import { readEpub } from "./readers/epub.ts";
import { readHtml } from "./readers/html.ts";
import { markdownBlocks, textBlocks } from "./readers/markdown.ts";
import { readOdt } from "./readers/odt.ts";
import { readPdf } from "./readers/pdf/pdf.ts";
import { readPptx } from "./readers/pptx.ts";
import { tableBlocks } from "./readers/table.ts";

export interface FileBytes {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

export type { FileKind };

/** What cannot be read, by its first bytes, and the way out. */
const REFUSED: readonly { begins: readonly string[]; what: string }[] = [
  {
    begins: ["\xD0\xCF\x11\xE0"],
    what: "is an old Office file (.doc, .ppt, .xls): save it as .docx, .pptx or .csv",
  },
  { begins: ["{\\rtf"], what: "is an RTF file: save it as .docx" },
  {
    begins: ["\x89PNG", "\xFF\xD8\xFF", "GIF8", "RIFF", "II*\0", "MM\0*"],
    what: "is a picture or a recording: only what is written as text can be read",
  },
  {
    begins: ["\x1F\x8B", "7z\xBC\xAF", "Rar!", "\xFD7zXZ", "BZh"],
    what: "is a packed file: unpack it, or pack it as .zip",
  },
  { begins: ["GGUF", "\x7FELF", "MZ\x90"], what: "is no document" },
];

/**
 * Tells what a file is by its first bytes; of a zip by its parts.
 * @throws LabError bad-data naming the file that no reader is for, and what to do
 */
export async function kindOf({ name, bytes }: FileBytes): Promise<FileKind> {
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  if (head.includes("%PDF-")) return "pdf";
  if (head.startsWith("PK\x03\x04") || head.startsWith("PK\x05\x06")) return await zipKind({ name, bytes });
  const refused = REFUSED.find(({ begins }) => begins.some((bytes) => head.startsWith(bytes)))?.what;
  if (refused !== undefined) throw new LabError("bad-data", `${name} ${refused}`);
  if (/\.(?:md|markdown)$/i.test(name)) return "markdown";
  if (/\.(?:csv|tsv)$/i.test(name)) return "table";
  const text = head.replace(/\0/g, "").replace(/^(?:\xEF\xBB\xBF|\xFF\xFE|\xFE\xFF)/, "");
  return /\.x?html?$/i.test(name) ||
    /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype html|html)\b/i.test(text)
    ? "html"
    : "text";
}

async function zipKind({ name, bytes }: FileBytes): Promise<FileKind> {
  const paths = (await openZip(new Blob([bytes]), name)).map(({ path }) => path);
  if (paths.includes("word/document.xml")) return "docx";
  if (paths.includes("ppt/presentation.xml")) return "pptx";
  if (paths.includes("META-INF/container.xml")) return "epub";
  if (paths.includes("content.xml") && paths.includes("META-INF/manifest.xml")) return "odt";
  if (paths.includes("xl/workbook.xml"))
    throw new LabError("bad-data", `${name} is a workbook: save its sheet as .csv`);
  return "zip";
}

/**
 * Reads one document.
 * @throws LabError bad-data naming the file: of no kind we read, protected, damaged, empty; AbortError when told to stop
 */
export async function readDocument(
  file: FileBytes,
  watch: ReadWatch,
): Promise<ReadDocument & { kind: FileKind }> {
  const kind = await kindOf(file);
  const read = await readAs(kind, file, watch);
  const blocks = withoutContents(read.blocks);
  if (!blocks.some(({ left }) => left === null))
    throw new LabError("bad-data", `${file.name} has no text in it`);
  const title = read.title ?? titleOf(blocks);
  const name = file.name.replace(/^.*\//, "").replace(/\.\w+$/, "");
  return { ...read, kind, title: title ?? name, blocks };
}

/** The heading that stands above all others, alone: one of several names a part. */
function titleOf(blocks: readonly Block[]): string | null {
  const headings = blocks.filter(({ kind, left }) => kind === "heading" && left === null);
  const highest = Math.min(...headings.map(({ level }) => level ?? 1));
  const top = headings.filter(({ level }) => (level ?? 1) === highest);
  return top.length === 1 ? top[0]!.text : null;
}

async function readAs(kind: FileKind, { name, bytes }: FileBytes, watch: ReadWatch): Promise<ReadDocument> {
  const plain = (title: string | null, blocks: Block[]): ReadDocument => ({
    title,
    blocks,
    pages: null,
    encoding: null,
    doubts: [],
  });
  /** What a reader made of the file's text, with how that was read. */
  const ofText = async (
    read: (text: string) => ReadDocument | Promise<ReadDocument>,
  ): Promise<ReadDocument> => {
    const { text, encoding, notes } = readText(bytes, name);
    const document = await read(text);
    return { ...document, encoding, doubts: [...document.doubts, ...notes.map((note) => `${note}.`)] };
  };
  switch (kind) {
    case "pdf":
      return await readPdf(bytes, name, watch);
    case "docx":
      return await readDocx(bytes, name);
    case "pptx":
      return await readPptx(bytes, name, watch);
    case "odt":
      return await readOdt(bytes, name);
    case "epub":
      return await readEpub(bytes, name, watch);
    case "zip":
      throw new LabError("bad-data", `${name} is a zip of files: its files are documents, each by itself`);
    case "html":
      return await ofText(readHtml);
    case "markdown":
      return await ofText((text) => {
        const { title, blocks } = markdownBlocks(text);
        return plain(title, blocks);
      });
    case "table":
      return await ofText((text) => {
        const { blocks, doubts } = tableBlocks(text, name);
        return { ...plain(null, blocks), doubts };
      });
    case "text":
      return await ofText((text) => plain(null, textBlocks(text)));
    default:
      return kind satisfies never;
  }
}
