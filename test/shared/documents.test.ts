/** Real documents (../shared/data/documents): "A Brief History of Debian" as its makers ship it, in every format we read. */
import { describe, expect, test } from "vitest";
import { baselines } from "../../src/core/baselines.ts";
import { parseRunConfig } from "../../src/core/config.ts";
import { words } from "../../src/core/text.ts";
import { type Block, blocksText } from "../../src/documents/blocks.ts";
import { splitFacts } from "../../src/documents/making/questions.ts";
import { makeFacts } from "../../src/documents/questionMaking.ts";
import { readDocument } from "../../src/documents/read.ts";
import { chunk } from "../../src/retrieval/chunk.ts";
import { publicFile, sharedFile } from "../helpers/fixtures.ts";
import { openFolder } from "../helpers/recall.ts";

const still = { onProgress: () => {}, signal: new AbortController().signal };
const read = async (name: string) =>
  readDocument({ name, bytes: new Uint8Array(await sharedFile(`data/documents/${name}`)) }, still);
const left = (blocks: readonly Block[], why: string) => blocks.filter((block) => block.left === why);

/** How many items two lists have in common, in the same order (Hunt and Szymanski's longest common subsequence). */
function commonInOrder(a: readonly string[], b: readonly string[]): number {
  const places = new Map<string, number[]>();
  b.forEach((word, j) => {
    const at = places.get(word);
    if (at) at.unshift(j);
    else places.set(word, [j]);
  });
  const ends: number[] = []; // ends[n]: the least place in b where a common list of n + 1 items ends
  for (const word of a)
    for (const j of places.get(word) ?? []) {
      let [low, high] = [0, ends.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (ends[middle]! < j) low = middle + 1;
        else high = middle;
      }
      ends[low] = j;
    }
  return ends.length;
}

describe("A Brief History of Debian", () => {
  test("the PDF has the EPUB's words in their order, without running heads and contents", async () => {
    const [pdf, epub] = await Promise.all([read("project-history.en.pdf"), read("project-history.en.epub")]);
    expect(pdf).toMatchObject({ title: "A Brief History of Debian", pages: 27, doubts: [] });
    const [inPdf, inEpub] = [words(blocksText(pdf.blocks)), words(blocksText(epub.blocks))];
    const common = commonInOrder(inEpub, inPdf);
    expect(inEpub.length).toBeGreaterThan(10_000);
    expect(common / inEpub.length).toBeGreaterThanOrEqual(0.98);
    expect(common / inPdf.length).toBeGreaterThanOrEqual(0.98);

    expect(left(pdf.blocks, "running head")).toHaveLength(25); // one a page but for the title's and the abstract's
    expect(left(pdf.blocks, "contents").length).toBeGreaterThan(40);
    const text = blocksText(pdf.blocks);
    expect(text).not.toMatch(/A Brief History of Debian \d+ \/ \d+|(?:\. ){4}/);
    expect(text).toContain("officially founded by Ian Murdock on August 16th, 1993.");
    expect(text).toContain("Bruce Perens led Debian from April 1996 until December 1997.");
    expect(pdf.blocks.find((block) => block.text.startsWith("Bruce Perens led"))?.page).toBe(8);
    const headings = pdf.blocks.filter(({ kind }) => kind === "heading").map((block) => block.text);
    expect(headings).toContain("4.1.1 The Early Debian Packaging System");
  });

  test.for([
    ["detailed.en.docx", "The 0.x Releases"],
    ["detailed.en.html", "The 0.x Releases"],
    ["detailed.de.html", "Die 0.x Versionen"],
    ["leaders.en.html", "Leadership"],
    ["leaders.en.odt", "Leadership"],
    ["leaders.en.pptx", "Leadership"],
    ["releases.en.html", "Debian Releases"],
    ["releases.en.md", "Debian Releases"],
  ] as const)("%s", async ([name, heading]) => {
    const { blocks, doubts } = await read(name);
    expect(doubts).toEqual([]);
    expect(blocks.some(({ kind, text }) => kind === "heading" && text.includes(heading))).toBe(true);
    expect(blocks.filter((block) => block.left === null).length).toBeGreaterThan(10);
  });

  test("questions made of it: the option that is most often an answer is right in 36 % at most", async () => {
    const { title, blocks } = await read("project-history.en.pdf");
    const embedder = await openFolder(publicFile, parseRunConfig({}).embedder);
    const document = { id: "pdf", title: title ?? "", text: null, passages: null, blocks };
    const facts = makeFacts(chunk([document], embedder.countTokens), 0);
    const { train, test: tests } = splitFacts(
      facts.map((fact) => ({ fact, wordings: fact.phrasings.map(({ text }) => text) })),
      0,
    );
    const { answer_prior } = baselines(
      tests,
      tests.map(() => []),
      train,
    );
    expect(facts.length).toBeGreaterThan(110);
    expect(answer_prior).toBeLessThanOrEqual(0.36); // 33 %; with the options as they were 46 %
  });

  test("the German page names who founded the project; the Japanese PDF is read without spaces inside words", async () => {
    expect(blocksText((await read("detailed.de.html")).blocks)).toContain(
      "im August 1993 von Ian Murdock gegründet, zum damaligen Zeitpunkt Student an der Purdue University",
    );
    const ja = blocksText((await read("project-history.ja.pdf")).blocks);
    expect(ja).toContain("Ian MurdockさんはDebianを1993年8月に創設し、1996年3月までリーダーを務めました。");
  });

  test("what cannot be read is told: a scan by its pages, a password, a file that is cut off", async () => {
    await expect(read("scan.pdf")).rejects.toThrow(
      /scan\.pdf has 3 of 3 pages that are pictures without text \(1–3\)/,
    );
    await expect(read("protected.pdf")).rejects.toThrow(/protected\.pdf is protected by a password/);
    await expect(read("truncated.pdf")).rejects.toThrow(/truncated\.pdf is damaged or cut off/);
  });
});
