/** PPTX → blocks: slide by slide in the order of presentation.xml, then the slide's notes (ECMA-376, part 1, §19). */
import { LabError } from "../../core/errors.ts";
import { type Block, block, type ReadDocument, type ReadWatch, rowSentence } from "../blocks.ts";
import { elements, openParts, type Parts, resolvePath } from "./parts.ts";

const PRESENTATION = "ppt/presentation.xml";

/** @throws LabError bad-data naming the file that is damaged or has no slides */
export async function readPptx(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  watch: ReadWatch,
): Promise<ReadDocument> {
  const parts = await openParts(bytes, name);
  const targets = await relations(parts, PRESENTATION);
  const slides = elements(await parts.xml(PRESENTATION), "p:sldId").flatMap((slide) => {
    const path = targets.get(slide.getAttribute("r:id") ?? "")?.path;
    return path === undefined ? [] : [path];
  });
  if (slides.length === 0) throw new LabError("bad-data", `${name} has no slides`);
  const blocks: Block[] = [];
  const doubts: string[] = [];
  for (const [i, path] of slides.entries()) {
    watch.signal.throwIfAborted();
    if (parts.paths.includes(path)) blocks.push(...(await readSlide(parts, path, i + 1)));
    else doubts.push(`Slide ${i + 1} is missing in the file.`);
    watch.onProgress(i + 1, slides.length);
  }
  const title = parts.paths.includes("docProps/core.xml")
    ? elements(await parts.xml("docProps/core.xml"), "dc:title")[0]?.textContent?.trim()
    : undefined;
  return { title: title || null, blocks, pages: slides.length, encoding: null, doubts };
}

async function readSlide(parts: Parts, path: string, page: number): Promise<Block[]> {
  const slide = await parts.xml(path);
  const blocks = elements(slide, "p:sp").flatMap((shape) => shapeBlocks(shape, page));
  for (const table of elements(slide, "a:tbl")) blocks.push(...tableBlocks(table, page));
  for (const { path: notes, type } of (await relations(parts, path)).values()) {
    if (!type.endsWith("/notesSlide") || !parts.paths.includes(notes)) continue;
    for (const shape of elements(await parts.xml(notes), "p:sp")) {
      if (kindOf(shape) === "body") blocks.push(...shapeBlocks(shape, page));
    }
  }
  return blocks;
}

const kindOf = (shape: Element): string => elements(shape, "p:ph")[0]?.getAttribute("type") ?? "";

function shapeBlocks(shape: Element, page: number): Block[] {
  const kind = kindOf(shape);
  const left = /^(?:sldNum|ftr|dt|hdr)$/.test(kind) ? "running head" : null;
  const lines = elements(shape, "a:p")
    .map(textOf)
    .filter((text) => text !== "");
  if (/title$/i.test(kind) && lines.length > 0)
    return [block("heading", lines.join(" "), { page, level: 1, left })];
  return lines.map((text) => block("text", text, { page, left }));
}

function tableBlocks(table: Element, page: number): Block[] {
  const rows = elements(table, "a:tr").map((row) => elements(row, "a:tc").map(textOf));
  const headed = elements(table, "a:tblPr")[0]?.getAttribute("firstRow") === "1" && rows.length > 1;
  return rows.slice(headed ? 1 : 0).flatMap((cells) => {
    const text = rowSentence(headed ? rows[0]! : null, cells);
    return text === "" ? [] : [block("row", text, { page })];
  });
}

/** The relations of a part by their ids. */
async function relations(parts: Parts, path: string): Promise<Map<string, { path: string; type: string }>> {
  const at = path.replace(/([^/]+)$/, "_rels/$1.rels");
  if (!parts.paths.includes(at)) return new Map();
  return new Map(
    elements(await parts.xml(at), "Relationship").map((relation) => [
      relation.getAttribute("Id") ?? "",
      {
        path: resolvePath(path, relation.getAttribute("Target") ?? ""),
        type: relation.getAttribute("Type") ?? "",
      },
    ]),
  );
}

/** The runs of a paragraph; a line break inside one is a space. */
function textOf(element: Element): string {
  return [...element.querySelectorAll("*")]
    .flatMap((part) => {
      if (part.tagName === "a:t") return [part.textContent ?? ""];
      return part.tagName === "a:br" || part.tagName === "a:p" ? [" "] : [];
    })
    .join("")
    .normalize("NFKC")
    .replace(/\s+/g, " ")
    .trim();
}
