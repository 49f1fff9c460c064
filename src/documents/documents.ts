/** Documents as people bring them, and the passages they are cut into. */
import type { Block, BlockKind, SourceFile } from "../core/blocks.ts";
import { LabError } from "../core/errors.ts";
import { parseJson } from "../core/files.ts";
import type { SourceDocument } from "../core/messages.ts";
import { blocksText } from "./blocks.ts";
import { markdownBlocks } from "./readers/markdown.ts";

/** A piece of a document that retrieval finds as a whole. */
export interface Passage {
  documentId: string;
  title: string | null;
  text: string;
  tokens: number; // of the embedder, without special ones: what a search's token budget counts
  heading?: string | null; // the first line of `text`, where that is the heading it stands under
  page?: number | null; // where it begins; absent, as the heading, in passages that are not cut from blocks
}

/** A dropped or bundled file, read as text. */
export interface TextFile {
  name: string;
  text: string;
}

/**
 * Documents of .txt and .md files (one each, titled by its Markdown (readers/markdown.ts) or its name) and of .json files in
 * the form of documents.json: `[{id, title?, passages: [text, …]}` or `{id, title?, text}` or, as the lab itself writes
 * them, `{id, title, blocks, file}, …]`.
 * @throws LabError bad-data naming the file, and the document by its number, when one has another form or a used id
 */
export function parseDocuments(files: readonly TextFile[]): SourceDocument[] {
  const documents = files.flatMap((file) => parseFile(file));
  const seen = new Set<string>();
  for (const { id } of documents) {
    if (seen.has(id)) throw new LabError("bad-data", `two documents have the id "${id}": rename one of them`);
    seen.add(id);
  }
  return documents;
}

function parseFile({ name, text }: TextFile): SourceDocument[] {
  if (/\.json$/i.test(name)) return parseDocumentsJson(text, name);
  if (!/\.(txt|md|markdown)$/i.test(name)) {
    throw new LabError(
      "bad-data",
      `${name}: only .txt, .md and .json files can be read; save it as text first`,
    );
  }
  const heading = /\.txt$/i.test(name) ? null : markdownBlocks(text).title;
  return [{ id: name, title: heading ?? name.replace(/\.\w+$/, ""), text, passages: null }];
}

function parseDocumentsJson(text: string, name: string): SourceDocument[] {
  const raw = parseJson(text, name);
  if (!Array.isArray(raw)) {
    throw new LabError("bad-data", `${name} must be a list of documents, [{"id", "title", "passages"}, …]`);
  }
  return raw.map((entry: unknown, i) => {
    const bad = (need: string) => new LabError("bad-data", `${name}, document ${i + 1}: ${need}`);
    if (typeof entry !== "object" || entry === null) throw bad("must be an object");
    const {
      id,
      title = null,
      text = null,
      passages = null,
      blocks = null,
      file = null,
    } = entry as Record<string, unknown>;
    if (typeof id !== "string" || id === "") throw bad("`id` must be a non-empty string");
    if (title !== null && typeof title !== "string") throw bad(`(${id}) \`title\` must be a string`);
    const document = { id, title: title ?? id, text: null, passages: null };
    if (isTexts(passages) && text === null && blocks === null) return { ...document, passages };
    if (typeof text === "string" && passages === null && blocks === null) return { ...document, text };
    if (isBlocks(blocks) && text === null && passages === null)
      return { ...document, blocks: blocks.map(toBlock), file: toFile(file) };
    throw bad(`(${id}) must have either \`passages\`, a list of strings, or \`text\`, a string`);
  });
}

/** The text of a document in whichever form it has it, without what is left out. */
export const documentText = ({ text, passages, blocks }: SourceDocument): string =>
  blocks ? blocksText(blocks) : (passages?.join("\n") ?? text ?? "");

const KINDS: readonly unknown[] = ["heading", "text", "row", "code"] satisfies BlockKind[];
const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isBlocks = (value: unknown): value is (Pick<Block, "kind" | "text"> & Record<string, unknown>)[] =>
  Array.isArray(value) &&
  value.every((part: unknown) => isObject(part) && KINDS.includes(part.kind) && isText(part.text));

const toBlock = ({
  kind,
  text,
  page,
  level,
  left,
}: Pick<Block, "kind" | "text"> & Record<string, unknown>): Block => ({
  kind,
  text,
  page: isCount(page) ? page : null,
  level: isCount(level) ? level : null,
  left: isText(left) ? left : null,
});

/** What a collection says of a document's file; null where it does not say all of it. */
function toFile(value: unknown): SourceFile | null {
  if (!isObject(value)) return null;
  const { name, kind, size, hash, pages, encoding, doubts } = value;
  if (!isText(name) || !isText(kind) || !isCount(size) || !isText(hash)) return null;
  return {
    name,
    kind,
    size,
    hash,
    pages: isCount(pages) ? pages : null,
    encoding: isText(encoding) ? encoding : null,
    doubts: isTexts(doubts) ? doubts : [],
  };
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
