/** Small PDF files of our own: lines of text in one font, whose letters may stand for others, and pictures. */

export interface PdfPage {
  lines: string[]; // of Latin letters
  picture?: boolean;
  /** What the file says the letters are; absent: what they are. */
  means?: (letter: string) => string;
}

export function pdf(pages: readonly PdfPage[]): Uint8Array<ArrayBuffer> {
  const objects: string[] = ["<</Type/Catalog/Pages 2 0 R>>", ""];
  const add = (content: string) => objects.push(content);
  const stream = (content: string, dictionary = "") =>
    add(`<<${dictionary}/Length ${content.length}>>stream\n${content}\nendstream`);
  const kids = pages.map(({ lines, picture = false, means }) => {
    const letters = [...new Set(lines.join(""))];
    const hex = (text: string, digits: number) =>
      [...text].map((c) => c.charCodeAt(0).toString(16).padStart(digits, "0")).join("");
    const map = means && letters.map((letter) => `<${hex(letter, 2)}> <${hex(means(letter), 4)}>`);
    const unicode =
      map &&
      stream(
        `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def /CMapType 2 def\n1 begincodespacerange <00> <ff> endcodespacerange\n${map.length} beginbfchar\n${map.join("\n")}\nendbfchar\nendcmap end end`,
      );
    const font = add(
      `<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding${unicode ? `/ToUnicode ${unicode} 0 R` : ""}>>`,
    );
    const shown = lines.map(
      (line, i) => `BT /F ${12} Tf 72 ${700 - 16 * i} Td (${line.replace(/[()\\]/g, "\\$&")}) Tj ET`,
    );
    const drawn = picture ? ["q 200 0 0 200 72 300 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"] : [];
    const content = stream([...shown, ...drawn].join("\n"));
    return add(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F ${font} 0 R>>>>/Contents ${content} 0 R>>`,
    );
  });
  objects[1] = `<</Type/Pages/Count ${kids.length}/Kids[${kids.map((n) => `${n} 0 R`).join(" ")}]>>`;
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const xref = file.length;
  const rows = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF\n`;
  return Uint8Array.from(file, (c) => c.charCodeAt(0));
}
