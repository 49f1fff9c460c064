/** EPUB → blocks: the chapters in the order of the spine (EPUB 3.3, §3.4 and §5). */
import { LabError } from "../../core/errors.ts";
import { type Block, block, type ReadDocument, type ReadWatch } from "../blocks.ts";
import { markupBlocks } from "./html.ts";
import { elements, openParts, type Parts, resolvePath } from "./parts.ts";

const CONTAINER = "META-INF/container.xml";

/** @throws LabError bad-data naming the file: protected, damaged, or without chapters */
export async function readEpub(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  watch: ReadWatch,
): Promise<ReadDocument> {
  const parts = await openParts(bytes, name);
  await refuseProtected(parts, name);
  const root = elements(await parts.xml(CONTAINER), "rootfile")[0]?.getAttribute("full-path");
  if (!root) throw new LabError("bad-data", `${name}: ${CONTAINER} names no package: it is damaged`);
  const book = await parts.xml(root);
  const chapters = chaptersOf(book, root);
  if (chapters.length === 0) throw new LabError("bad-data", `${name} has no chapters in its spine`);
  const blocks: Block[] = [];
  const doubts: string[] = [];
  for (const [i, { path, contents }] of chapters.entries()) {
    watch.signal.throwIfAborted();
    if (!parts.paths.includes(path)) doubts.push(`The chapter ${path} is missing in the file.`);
    else {
      const chapter = await markupBlocks(await parts.text(path));
      blocks.push(
        ...(contents
          ? chapter.map((part) => block(part.kind, part.text, { ...part, left: "contents" }))
          : chapter),
      );
    }
    watch.onProgress(i + 1, chapters.length);
  }
  const title = elements(book, "dc:title")[0]?.textContent?.trim() || null;
  return { title, blocks, pages: null, encoding: null, doubts };
}

interface Chapter {
  path: string;
  contents: boolean; // the book's own list of contents
}

function chaptersOf(book: Document, root: string): Chapter[] {
  const items = new Map(elements(book, "item").map((item) => [item.getAttribute("id"), item]));
  return elements(book, "itemref").flatMap((ref) => {
    const item = items.get(ref.getAttribute("idref"));
    const href = item?.getAttribute("href");
    if (!item || !href || !/html|xml/.test(item.getAttribute("media-type") ?? "html")) return [];
    const contents = (item.getAttribute("properties") ?? "").split(/\s+/).includes("nav");
    return [{ path: resolvePath(root, decodeURIComponentSafely(href.replace(/#.*$/, ""))), contents }];
  });
}

/** Fonts may be scrambled; chapters that are cannot be read by anyone without the shop's key. */
async function refuseProtected(parts: Parts, name: string): Promise<void> {
  const path = "META-INF/encryption.xml";
  if (!parts.paths.includes(path)) return;
  const uris = elements(await parts.xml(path), "CipherReference").map(
    (part) => part.getAttribute("URI") ?? "",
  );
  const prefixed = elements(await parts.xml(path), "enc:CipherReference").map(
    (part) => part.getAttribute("URI") ?? "",
  );
  if ([...uris, ...prefixed].some((uri) => /\.x?html?$/i.test(uri)))
    throw new LabError("bad-data", `${name} is protected (DRM): only its shop's reader can open it`);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a name with a bare % in it
  }
}
