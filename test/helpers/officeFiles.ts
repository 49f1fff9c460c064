/** Small documents of every zipped kind, written here part by part. */
import { zip } from "../../src/core/zip.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export async function zipped(parts: Record<string, string | Bytes>): Promise<Bytes> {
  const entries = Object.entries(parts).map(([name, part]) => ({ name, content: new Blob([part]) }));
  return new Uint8Array(await (await zip(entries)).arrayBuffer());
}

const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const relations = (...all: [id: string, type: string, target: string][]): string =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all
    .map(([id, type, target]) => `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`)
    .join("")}</Relationships>`;

const paragraph = (text: string, style = ""): string =>
  `<w:p>${style && `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
const cell = (text: string): string => `<w:tc>${paragraph(text)}</w:tc>`;

export const docx = (): Promise<Bytes> =>
  zipped({
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    "_rels/.rels": relations(["rId1", "officeDocument", "word/document.xml"]),
    "word/styles.xml": `<w:styles ${W}><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>`,
    "word/_rels/document.xml.rels": relations(["rId1", "styles", "styles.xml"]),
    "word/document.xml": `<w:document ${W}><w:body>${paragraph("The mill", "Heading1")}${paragraph("The mill was built in 1412 &amp; burnt twice.")}<w:tbl><w:tr>${"<w:trPr><w:tblHeader/></w:trPr>"}${cell("Town")}${cell("River")}</w:tr><w:tr>${cell("Quoahaven")}${cell("Teelmere")}</w:tr></w:tbl></w:body></w:document>`,
  });

export const epub = (more: Record<string, string> = {}): Promise<Bytes> =>
  zipped({
    mimetype: "application/epub+zip",
    "META-INF/container.xml": `<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
    // The spine, not the manifest or the names, says what comes first.
    "OEBPS/book.opf": `<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Two mills</dc:title></metadata><manifest><item id="b" href="a%20second.xhtml" media-type="application/xhtml+xml"/><item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/><item id="a" href="text/z.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>`,
    "OEBPS/nav.xhtml": `<html><body><nav><ol><li>One</li></ol></nav></body></html>`,
    "OEBPS/text/z.xhtml": `<html><body><h1>One</h1><p>The first mill stands<br/>on the Saixwater.</p></body></html>`,
    "OEBPS/a second.xhtml": `<html><body><h1>Two</h1><p>The second one burnt.</p><script>globalThis.scriptRan = true</script></body></html>`,
    ...more,
  });

export const odt = (): Promise<Bytes> =>
  zipped({
    mimetype: "application/vnd.oasis.opendocument.text",
    "META-INF/manifest.xml": "<manifest:manifest/>",
    "content.xml": `<office:document-content><office:body><office:text><text:table-of-content><text:p>The mill 1</text:p></text:table-of-content><text:h text:outline-level="1">The mill</text:h><text:p>Built<text:s/>in 1412<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Some say 1413.</text:p></text:note-body></text:note>.</text:p><table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Town</text:p></table:table-cell><table:table-cell><text:p>River</text:p></table:table-cell></table:table-row></table:table-header-rows><table:table-row><table:table-cell><text:p>Raxmoor</text:p></table:table-cell><table:table-cell><text:p>Saixwater</text:p></table:table-cell></table:table-row></table:table></office:text></office:body></office:document-content>`,
  });

const shape = (kind: string, ...texts: string[]): string =>
  `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${kind}"/></p:nvPr></p:nvSpPr><p:txBody>${texts
    .map((text) => `<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`)
    .join("")}</p:txBody></p:sp>`;
const slide = (...shapes: string[]): string =>
  `<p:sld><p:cSld><p:spTree>${shapes.join("")}</p:spTree></p:cSld></p:sld>`;

export const pptx = (): Promise<Bytes> =>
  zipped({
    "ppt/presentation.xml": `<p:presentation><p:sldIdLst><p:sldId id="1" r:id="rId9"/><p:sldId id="2" r:id="rId1"/></p:sldIdLst></p:presentation>`,
    "ppt/_rels/presentation.xml.rels": relations(
      ["rId1", "slide", "slides/slide1.xml"],
      ["rId9", "slide", "slides/slide2.xml"],
    ),
    "ppt/slides/slide1.xml": slide(shape("body", "It burnt twice."), shape("sldNum", "2")),
    "ppt/slides/slide2.xml": slide(shape("title", "The mill"), shape("body", "Built in 1412.")),
    "ppt/slides/_rels/slide2.xml.rels": relations(["rId1", "notesSlide", "../notesSlides/notesSlide1.xml"]),
    "ppt/notesSlides/notesSlide1.xml": slide(shape("body", "Ask who built it.")),
  });
