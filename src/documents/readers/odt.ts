/** ODT → blocks (OpenDocument 1.3, part 3): the body of content.xml. */
import { LabError } from "../../core/errors.ts";
import { type Block, block, type ReadDocument, rowSentence } from "../blocks.ts";
import { elements, openParts } from "./parts.ts";

const SILENT = new Set([
  "text:tracked-changes",
  "office:annotation",
  "text:note-citation",
  "draw:frame",
  "text:sequence-decls",
]);
const DEEPEST = 200;

/** @throws LabError bad-data naming the file that is damaged or protected */
export async function readOdt(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<ReadDocument> {
  const parts = await openParts(bytes, name);
  const manifest = "META-INF/manifest.xml";
  if (parts.paths.includes(manifest) && /encryption-data/.test(await parts.text(manifest)))
    throw new LabError("bad-data", `${name} is protected by a password: save a copy without one`);
  const body = elements(await parts.xml("content.xml"), "office:text")[0];
  if (!body) throw new LabError("bad-data", `${name} is no text document: save it as .odt`);
  const blocks: Block[] = [];
  visit(body, blocks, null, 0);
  const title = parts.paths.includes("meta.xml")
    ? (elements(await parts.xml("meta.xml"), "dc:title")[0]?.textContent?.trim() ?? "")
    : "";
  return { title: title || null, blocks, pages: null, encoding: null, doubts: [] };
}

function visit(element: Element, blocks: Block[], left: string | null, depth: number): void {
  for (const child of element.children) {
    const tag = child.tagName.toLowerCase();
    if (SILENT.has(tag) || depth > DEEPEST) continue;
    if (tag === "text:h")
      push(blocks, "heading", child, left, Number(child.getAttribute("text:outline-level") ?? 1));
    else if (tag === "text:p") push(blocks, "text", child, left, null);
    else if (tag === "table:table") blocks.push(...rows(child, left));
    else visit(child, blocks, tag === "text:table-of-content" ? "contents" : left, depth + 1);
  }
}

function push(
  blocks: Block[],
  kind: "heading" | "text",
  element: Element,
  left: string | null,
  level: number | null,
): void {
  const text = textOf(element);
  if (text !== "") blocks.push(block(kind, text, { left, level }));
}

function rows(table: Element, left: string | null): Block[] {
  const cells = (row: Element): string[] =>
    [...row.children].filter(({ tagName }) => tagName.toLowerCase() === "table:table-cell").map(textOf);
  const head = elements(table, "table:table-header-rows")[0];
  const headRow = head && elements(head, "table:table-row")[0];
  const all = elements(table, "table:table-row").filter((row) => row !== headRow);
  const header = headRow ? cells(headRow) : null;
  return all.flatMap((row) => {
    const text = rowSentence(header, cells(row));
    return text === "" ? [] : [block("row", text, { left })];
  });
}

/** The words of a paragraph; several spaces, tabs and line breaks are elements of their own. */
function textOf(element: Element): string {
  let text = "";
  const gather = (node: Element): void => {
    for (const child of node.childNodes) {
      if (child.nodeType === 3) text += child.textContent ?? "";
      else if (child.nodeType === 1) {
        const tag = (child as Element).tagName.toLowerCase();
        if (/^text:(?:s|tab|line-break|p|h)$/.test(tag)) text += " ";
        if (tag === "text:note-body") {
          text += " (";
          gather(child as Element);
          text = `${text.trimEnd()})`;
        } else if (!SILENT.has(tag)) gather(child as Element);
      }
    }
  };
  gather(element);
  return text.normalize("NFKC").replace(/\s+/g, " ").replace(/\( /g, "(").trim();
}
