/** HTML → blocks. What is not the page's text (menus, footers) stays in the list, marked as left out. */
import { type Block, block, type ReadDocument, rowSentence } from "../blocks.ts";

const HEADING = /^H([1-6])$/;
const SILENT = new Set(
  "SCRIPT STYLE NOSCRIPT TEMPLATE SVG IFRAME OBJECT EMBED CANVAS AUDIO VIDEO MAP HEAD TITLE SELECT BUTTON INPUT TEXTAREA".split(
    " ",
  ),
);
const APART =
  /^(?:ADDRESS|ARTICLE|ASIDE|BLOCKQUOTE|BODY|CAPTION|CENTER|DD|DETAILS|DIALOG|DIV|DL|DT|FIELDSET|FIGCAPTION|FIGURE|FOOTER|FORM|HEADER|HR|LI|MAIN|NAV|OL|P|SECTION|SUMMARY|TABLE|TBODY|TD|TFOOT|TH|THEAD|TR|UL)$/;
const MENU = new Set(["NAV", "ASIDE", "FOOTER"]);
const MENU_ROLES = new Set(["navigation", "complementary", "contentinfo", "search", "banner"]);
const DEEPEST = 400; // nested elements; what lies deeper is taken as one text
const MOST_ELEMENTS = 20_000; // of a page whose article is looked for: Readability visits all of them many times
const KEPT_SHARE = 0.4; // of the page's text, that an article must have to be believed (docs/lab.md 2a)

/** A page of the web: menus are left out, and what stands beside its article. */
export async function readHtml(html: string): Promise<ReadDocument> {
  const document = await parse(html);
  const blocks = elementBlocks(bodyOf(document));
  const doubts: string[] = [];
  const article = await articleTexts(html);
  const length = (list: readonly Block[]) =>
    list.reduce((n, { left, text }) => n + (left === null ? text.length : 0), 0);
  const within = blocks.map((part) =>
    part.left === null && part.kind !== "heading" && !article.has(part.text)
      ? { ...part, left: "beside the text" }
      : part,
  );
  const believed = length(within) >= KEPT_SHARE * length(blocks);
  if (!believed && length(blocks) > 0)
    doubts.push("The page's text could not be told from what stands around it: all of it is kept.");
  const title = document.querySelector("title")?.textContent?.replace(/\s+/g, " ").trim() || null;
  return { title, blocks: believed ? within : blocks, pages: null, encoding: null, doubts };
}

/** A chapter or a converted file, which has no menus but those it names. */
export const markupBlocks = async (html: string): Promise<Block[]> => {
  const document = await parse(html);
  return elementBlocks(bodyOf(document));
};

/** What the page shows; `document.body` would add an empty one where the tag is left out. */
const bodyOf = (document: Document): Element => document.querySelector("body") ?? document.documentElement;

/** No script of it runs: there is no window. */
export async function parse(markup: string): Promise<Document> {
  const { parseHTML } = await import("linkedom/worker");
  const has = (tag: string) => new RegExp(`<${tag}[\\s>]`, "i").test(markup);
  const body = has("body") || has("html") ? markup : `<body>${markup}</body>`;
  const whole = has("html") ? body : `<html>${body}</html>`; // a page may leave these tags out, the parser needs them
  return parseHTML(whole).document as unknown as Document;
}

export async function parseXml(markup: string): Promise<Document> {
  const { DOMParser } = await import("linkedom/worker");
  return new DOMParser().parseFromString(markup, "text/xml") as unknown as Document;
}

/** The texts of what Readability takes for the article, block by block; none where the page is too deep or too large for it. */
async function articleTexts(html: string): Promise<Set<string>> {
  const page = await parse(html);
  const { deepest, count } = extent(page.documentElement);
  if (deepest > DEEPEST || count > MOST_ELEMENTS) return new Set();
  const { Readability } = await import("@mozilla/readability");
  let content: string | null | undefined;
  try {
    content = new Readability(page, { charThreshold: 0 }).parse()?.content;
  } catch {
    content = null; // it stumbles over broken markup; then all of the page is kept, and said to be
  }
  return new Set(content ? (await markupBlocks(content)).map(({ text }) => text) : []);
}

/** How deep elements lie in each other and how many there are, found without recursion. */
function extent(root: Element): { deepest: number; count: number } {
  let [deepest, count, depth] = [1, 1, 1];
  for (let at: Element = root; ; count++) {
    if (at.firstElementChild) {
      at = at.firstElementChild;
      deepest = Math.max(deepest, ++depth);
      continue;
    }
    while (at !== root && !at.nextElementSibling) {
      at = at.parentElement!; // below the root there is one
      depth--;
    }
    if (at === root) return { deepest, count };
    at = at.nextElementSibling!; // the loop above ended there
  }
}

interface Walk {
  blocks: Block[];
  inline: string; // text gathered since the last block ended
  term: string | null; // of a list of definitions, waiting for its first definition
}

function elementBlocks(root: Element | null): Block[] {
  const walk: Walk = { blocks: [], inline: "", term: null };
  if (root) visit(root, walk, { left: null, depth: 0 });
  flush(walk, null);
  return walk.blocks;
}

interface Place {
  left: string | null;
  depth: number;
}

function visit(element: Element, walk: Walk, { left, depth }: Place): void {
  const tag = element.tagName.toUpperCase();
  if (SILENT.has(tag) || isHidden(element)) return;
  const menu = MENU.has(tag) || MENU_ROLES.has(element.getAttribute("role") ?? "");
  const place = { left: menu ? "menu" : left, depth: depth + 1 };
  if (tag === "BR") {
    walk.inline += "\n";
    return;
  }
  if (depth > DEEPEST) {
    walk.inline += ` ${element.textContent ?? ""} `;
    return;
  }
  if (!APART.test(tag) && !HEADING.test(tag) && tag !== "PRE") {
    children(element, walk, place);
    return;
  }
  flush(walk, left);
  const level = HEADING.exec(tag)?.[1];
  if (level) walk.blocks.push(...lineBlock("heading", element, place.left, Number(level)));
  else if (tag === "PRE") {
    const code = (element.textContent ?? "").replace(/^\n+|\s+$/g, "");
    if (code !== "") walk.blocks.push(block("code", code, { left: place.left }));
  } else if (tag === "TABLE" && isData(element)) walk.blocks.push(...tableBlocks(element, place.left));
  else if (tag === "DT") {
    loneTerm(walk, place.left);
    walk.term = oneLine(element.textContent ?? "");
  } else {
    children(element, walk, place);
    if (tag === "DL") loneTerm(walk, place.left);
    if (tag === "DD" && walk.term !== null && walk.inline.trim() !== "") {
      walk.inline = `${walk.term.replace(/[:\s]+$/, "")}: ${walk.inline.trim()}`;
      walk.term = null;
    }
    flush(walk, place.left);
  }
}

function children(element: Element, walk: Walk, place: Place): void {
  for (const child of element.childNodes) {
    if (child.nodeType === 3) walk.inline += (child.textContent ?? "").replace(/\s+/g, " ");
    else if (child.nodeType === 1) visit(child as Element, walk, place);
  }
}

/** A term that no definition followed stands by itself: lists of contents are written so. */
function loneTerm(walk: Walk, left: string | null): void {
  if (walk.term) walk.blocks.push(block("text", walk.term, { left }));
  walk.term = null;
}

/** Ends the paragraph under way. A line of its own inside it (br) begins another one. */
function flush(walk: Walk, left: string | null): void {
  for (const line of walk.inline.split("\n")) {
    const text = oneLine(line);
    if (text !== "") walk.blocks.push(block("text", text, { left }));
  }
  walk.inline = "";
}

const lineBlock = (kind: "heading", element: Element, left: string | null, level: number): Block[] => {
  const text = oneLine(element.textContent ?? "");
  return text === "" ? [] : [block(kind, text, { left, level })];
};

/** A table of facts, not one that only lays a page out. */
const isData = (table: Element): boolean =>
  table.querySelector("table, ul, ol, h1, h2, h3, h4, pre, blockquote") === null &&
  [...table.querySelectorAll("tr")].some((row) => row.children.length > 1);

function tableBlocks(table: Element, left: string | null): Block[] {
  const rows = [...table.querySelectorAll("tr")].map((row) =>
    [...row.children]
      .filter(({ tagName }) => /^T[HD]$/i.test(tagName))
      .map((cell) => ({ text: oneLine(cell.textContent ?? ""), head: cell.tagName.toUpperCase() === "TH" })),
  );
  const caption = oneLine(table.querySelector("caption")?.textContent ?? "");
  const headed = rows.length > 1 && rows[0]!.length > 1 && isHeader(table, rows[0]!);
  const header = headed ? rows[0]!.map((cell) => cell.text) : null;
  return [
    ...(caption === "" ? [] : [block("text", caption, { left })]),
    ...rows.slice(headed ? 1 : 0).flatMap((cells) => {
      const text = rowSentence(
        header,
        cells.map((cell) => cell.text),
      );
      return text === "" ? [] : [block("row", text, { left })];
    }),
  ];
}

/** The first row names the columns: it stands in a thead, or is of head cells, or (as word processors have it) is the only bold one. */
const isHeader = (table: Element, first: readonly { head: boolean }[]): boolean => {
  if (table.querySelector("thead tr") !== null || first.every((cell) => cell.head)) return true;
  const bold = [...table.querySelectorAll("tr")].map((row) =>
    [...row.children].every((cell) => cell.querySelector("strong, b") !== null),
  );
  return bold[0] === true && !bold.slice(1).some(Boolean);
};

const isHidden = (element: Element): boolean =>
  element.hasAttribute("hidden") ||
  element.getAttribute("aria-hidden") === "true" ||
  /display\s*:\s*none/i.test(element.getAttribute("style") ?? "");

const oneLine = (text: string): string => text.normalize("NFKC").replace(/\s+/g, " ").trim();
