import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import { type Block, blocksText } from "../../src/documents/blocks.ts";
import { readDocument } from "../../src/documents/read.ts";
import { joinLines, unbrokenWords } from "../../src/documents/readers/pdf/hyphens.ts";
import { docx, epub, odt, pptx, zipped } from "../helpers/officeFiles.ts";
import { type PdfPage, pdf } from "../helpers/pdfFiles.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const still = { onProgress: () => {}, signal: new AbortController().signal };
const read = (name: string, bytes: Bytes) => readDocument({ name, bytes }, still);
const shown = (blocks: readonly Block[]) =>
  blocks.map(({ kind, text, left }) => `${left === null ? "" : `(${left}) `}${kind}: ${text}`);
const twoColumns = (): Bytes =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "../fixtures/documents/two-columns.pdf")));

describe("PDF", () => {
  test("one of many headings is no title", async () => {
    expect((await read("folder/two-columns.pdf", twoColumns())).title).toBe("two-columns");
  });

  test("columns are read one after the other, the archive's sentences whole, across columns and pages", async () => {
    const { blocks, pages, doubts } = await read("two-columns.pdf", twoColumns());
    const text = blocksText(blocks);
    const archive = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../public/data/archive/documents.json"), "utf8"),
    ) as { title: string; passages: string[] }[];
    expect({ pages, doubts }).toEqual({ pages: 2, doubts: [] });
    for (const passage of archive.flatMap(({ passages }) => passages)) expect(text).toContain(passage);
    const titles = blocks.filter(({ kind }) => kind === "heading").map((block) => block.text);
    expect(titles).toEqual(archive.map(({ title }) => title));
  });

  test("running heads are left out and listed; rows of a table name their columns", async () => {
    const { blocks } = await read("two-columns.pdf", twoColumns());
    const left = blocks.filter((block) => block.left !== null);
    expect(left.map(({ text, page, left: why }) => [text, page, why])).toEqual([
      ["The archive, two columns", 1, "running head"],
      ["page 1", 1, "running head"],
      ["The archive, two columns", 2, "running head"],
      ["page 2", 2, "running head"],
    ]);
    expect(blocks.filter(({ kind }) => kind === "row").map(({ text }) => text)).toEqual([
      "Town: Quoahaven; River: Teelmere; Founded: 1412.",
      "Town: Trormere; River: Sarnwick; Founded: 1508.",
    ]);
  });

  test("a file that is cut off is refused by name; a reader told to stop stops", async () => {
    await expect(read("half.pdf", twoColumns().slice(0, 3000))).rejects.toThrow(
      /half\.pdf is damaged or cut off/,
    );
    const stopped = { ...still, signal: AbortSignal.abort() };
    await expect(readDocument({ name: "a.pdf", bytes: twoColumns() }, stopped)).rejects.toThrow(/abort/i);
  });

  const body = ["The mill stands by the river since the year of the flood.", "It was built by Brem Coprea."];
  const page = (n: number, changes: Partial<PdfPage> = {}): PdfPage => ({
    lines: body.map((line) => `${line.slice(0, -1)}, says page ${n}.`),
    ...changes,
  });

  test("what is doubtful is said by page: a picture without text, letters that are missing, a text from right to left", async () => {
    const lost = page(2, { means: (letter) => (letter === "e" ? "\uE123" : letter) });
    const bytes = pdf([page(1), lost, { lines: [], picture: true }, page(4)]);
    expect(await read("some.pdf", bytes)).toMatchObject({
      pages: 4,
      doubts: [
        "Pictures without text on page 3: what stands there is not read.",
        "Letters are missing on page 2: the file does not say what they are.",
      ],
    });
    const hebrew = page(1, {
      means: (c) => (/[a-z]/.test(c) ? String.fromCodePoint(0x05d0 + (c.charCodeAt(0) % 27)) : c),
    });
    const { doubts } = await read("hebrew.pdf", pdf([hebrew]));
    expect(doubts).toEqual(["Written from right to left: look at the text, its order may be wrong."]);
    expect((await read("plain.pdf", pdf([page(1)]))).doubts).toEqual([]);
  });

  test("mostly pictures, no text at all, too many pages: refused with the number and the way out", async () => {
    const picture: PdfPage = { lines: [], picture: true };
    await expect(read("scan.pdf", pdf([page(1), picture, picture]))).rejects.toThrow(
      /scan\.pdf has 2 of 3 pages that are pictures without text \(2–3\): run it through a text recogniser/,
    );
    await expect(read("empty.pdf", pdf([{ lines: [] }]))).rejects.toThrow(
      /empty\.pdf has no text on its 1 page/,
    );
    const many = pdf(Array.from({ length: 2001 }, () => ({ lines: [] })));
    await expect(read("many.pdf", many)).rejects.toThrow(
      /many\.pdf has 2001 pages, 2000 can be read: split it/,
    );
  });

  test("a word broken at a line's end is joined where it stands whole elsewhere, or its halves do not", async () => {
    const known = unbrokenWords(["The settlement grew.", "A well known well."]);
    expect(joinLines("the settle-", "ment grew", known)).toBe("the settlement grew");
    expect(joinLines("a well-", "known mill", known)).toBe("a well-known mill"); // both stand alone
    expect(joinLines("the cathe-", "dral", known)).toBe("the cathedral");
    expect(joinLines("Jean-", "Paul", known)).toBe("Jean- Paul"); // before a capital it is no broken word
    expect(joinLines("水車", "小屋", known)).toBe("水車小屋");
    const lines = [
      "The old settlement of the valley lay below the cathe-",
      "dral, which burnt in the year of the flood.",
    ];
    expect(blocksText((await read("words.pdf", pdf([{ lines }]))).blocks)).toContain(
      "below the cathedral, which",
    );
  });

  test("the caller's bytes stay", async () => {
    const bytes = twoColumns();
    await read("a.pdf", bytes);
    expect(bytes).toEqual(twoColumns());
  });
});

describe("office files and books", () => {
  test("DOCX: headings, text, a table's rows", async () => {
    const { title, blocks } = await read("a.bin", await docx());
    expect(title).toBe("The mill");
    expect(shown(blocks)).toEqual([
      "heading: The mill",
      "text: The mill was built in 1412 & burnt twice.",
      "row: Town: Quoahaven; River: Teelmere.",
    ]);
  });

  test("EPUB: the spine's order, its own contents left out, nothing of it run", async () => {
    const { title, blocks } = await read("book", await epub());
    expect(title).toBe("Two mills");
    expect(shown(blocks)).toEqual([
      "(contents) text: One",
      "heading: One",
      "text: The first mill stands",
      "text: on the Saixwater.",
      "heading: Two",
      "text: The second one burnt.",
    ]);
    expect("scriptRan" in globalThis).toBe(false);
  });

  test("a protected book is told; scrambled fonts are not protection", async () => {
    const cipher = (uri: string) => ({
      "META-INF/encryption.xml": `<encryption><enc:EncryptedData><enc:CipherReference URI="${uri}"/></enc:EncryptedData></encryption>`,
    });
    await expect(read("b.epub", await epub(cipher("OEBPS/text/z.xhtml")))).rejects.toThrow(
      /b\.epub is protected/,
    );
    expect((await read("b.epub", await epub(cipher("fonts/a.otf")))).blocks.length).toBeGreaterThan(3);
  });

  test("ODT: headings, spaces that are elements, notes, a table; contents left out", async () => {
    expect(shown((await read("a.odt", await odt())).blocks)).toEqual([
      "(contents) text: The mill 1",
      "heading: The mill",
      "text: Built in 1412 (Some say 1413.).",
      "row: Town: Raxmoor; River: Saixwater.",
    ]);
  });

  test("PPTX: the presentation's order, notes behind their slide, slide numbers left out", async () => {
    const { blocks, pages } = await read("a.pptx", await pptx());
    expect(pages).toBe(2);
    expect(blocks.map(({ page }) => page)).toEqual([1, 1, 1, 2, 2]);
    expect(shown(blocks)).toEqual([
      "heading: The mill",
      "text: Built in 1412.",
      "text: Ask who built it.",
      "text: It burnt twice.",
      "(running head) text: 2",
    ]);
  });
});

describe("pages of the web", () => {
  const sentence =
    "The mill on the Saixwater was built in 1412 by the people of Raxmoor, who ground rye in it. ";
  const page = `<!doctype html><html><head><title>The mill</title><style>p{}</style></head><body>
    <nav><a href="/">Home</a></nav><article><h1>The mill</h1><p>${sentence.repeat(4)}</p><p>${sentence.repeat(3)}</p>
    <table><tr><th>Town</th><th>Founded</th></tr><tr><td>Gainford</td><td>1508</td></tr></table>
    <dl><dt>Quern</dt><dd>a mill turned by hand</dd></dl><pre>a  b\n  c</pre></article>
    <script>globalThis.scriptRan = true</script><footer>© nobody</footer></body></html>`;

  test("tags that a page may leave out are not missed", async () => {
    const text = "<p>The mill was built in 1412.</p>";
    for (const markup of [
      `<!doctype html><title>T</title><body>${text}`,
      `<title>T</title><body class=x>${text}</body>`,
    ]) {
      const { title, blocks } = await read("a.html", utf8(markup));
      expect([title, shown(blocks)]).toEqual(["T", ["text: The mill was built in 1412."]]);
    }
    for (const markup of [`<!doctype html>${text}`, `<html>${text}</html>`])
      expect(shown((await read("a.html", utf8(markup))).blocks)).toEqual([
        "text: The mill was built in 1412.",
      ]);
  });

  test("menus and footers are listed as left out; tables and definitions become sentences; no script runs", async () => {
    const { title, blocks, doubts } = await read("page.html", utf8(page));
    expect({ title, doubts }).toEqual({ title: "The mill", doubts: [] });
    expect(shown(blocks)).toEqual([
      "(menu) text: Home",
      "heading: The mill",
      `text: ${sentence.repeat(4).trim()}`,
      `text: ${sentence.repeat(3).trim()}`,
      "row: Town: Gainford; Founded: 1508.",
      "text: Quern: a mill turned by hand",
      "code: a  b\n  c",
      "(menu) text: © nobody",
    ]);
    expect("scriptRan" in globalThis).toBe(false);
  });

  test("deep nesting neither hangs nor overflows", async () => {
    const deep = `<html><body>${"<div>".repeat(20_000)}the bottom${"</div>".repeat(20_000)}</body></html>`;
    expect(blocksText((await read("deep.html", utf8(deep))).blocks)).toBe("the bottom");
  });
});

describe("Markdown", () => {
  test("headings in both forms, fences, tables, lists, marks taken off", async () => {
    const { title, blocks } = await read(
      "a.md",
      utf8(
        "---\ntitle: 'Mills'\n---\n```sh\n# no title\n```\nThe mill\n========\n\nIt was **built** in\n[1412](x.html).\n\n- one\n- two\n\n| Town | River |\n|---|---|\n| Raxmoor | Saixwater |\n\n## Fire\nIt burnt_down_twice.",
      ),
    );
    expect(title).toBe("Mills");
    expect(shown(blocks)).toEqual([
      "code: # no title",
      "heading: The mill",
      "text: It was built in 1412.",
      "text: one",
      "text: two",
      "row: Town: Raxmoor; River: Saixwater.",
      "heading: Fire",
      "text: It burnt_down_twice.",
    ]);
  });
});

describe("what cannot be read is refused by name, with the way out", () => {
  test.for([
    ["a.doc", "\xD0\xCF\x11\xE0\xA1\xB1", /a\.doc is an old Office file.*save it as \.docx/],
    ["a.rtf", "{\\rtf1 x}", /save it as \.docx/],
    ["a.txt", "\x89PNG\r\n", /a\.txt is a picture/],
    ["a.gz", "\x1F\x8B\x08", /packed file/],
    ["a.txt", " \n ", /a\.txt has no text in it/],
  ] as const)("%s", async ([name, text, message]) => {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    await expect(read(name, bytes)).rejects.toThrow(message);
    await expect(read(name, bytes)).rejects.toThrow(LabError);
  });

  test("a workbook, a zip of files, an empty zip, a book without its package", async () => {
    await expect(read("a.xlsx", await zipped({ "xl/workbook.xml": "" }))).rejects.toThrow(/\.csv/);
    await expect(read("a.zip", await zipped({ "a.txt": "x" }))).rejects.toThrow(/zip of files/);
    await expect(read("a.epub", await zipped({ "META-INF/container.xml": "<container/>" }))).rejects.toThrow(
      /names no package/,
    );
    await expect(read("a.epub", await epub({ "OEBPS/book.opf": "<package/>" }))).rejects.toThrow(
      /no chapters/,
    );
  });
});
