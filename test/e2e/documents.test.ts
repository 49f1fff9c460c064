/** A person's own PDF: dropped on the built page, its row and text seen, indexed, searched, taken away and brought back. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { oneGuest } from "../helpers/guest.ts";
import { docx, epub, odt, pptx, zipped } from "../helpers/officeFiles.ts";
import { root } from "../machine.mjs";

const PDF = join(root, "test", "fixtures", "documents", "two-columns.pdf");
const SOON = 60_000; // ms; nothing here trains

const guest = oneGuest(SOON);
const { button } = guest;
const fetched: string[] = [];
beforeAll(() => {
  guest.page.on("request", (request) => fetched.push(request.url()));
});

const files = () => guest.page.locator(".drop-zone input[type=file]").first();

test("a PDF becomes a corpus, its text is seen, found by its page, and comes back from its own download", async () => {
  const { page } = guest;
  await page.goto(`${guest.host.url}#/knowledge`);
  await page.getByText(/\d+ passages, vectors of/).waitFor();
  const later = () => fetched.filter((url) => /(documents|models)\.worker|pdfjs/.test(url)).length;
  expect([fetched.some((url) => url.includes("retrieval.worker")), later()]).toEqual([true, 0]);
  await files().setInputFiles(PDF);
  const row = page.locator(".dropped", { hasText: "2 pages" });
  await row.getByText("Left out: running head (4)").waitFor();
  expect(later()).toBeGreaterThan(0);
  await page.getByLabel("Name", { exact: true }).fill("Two columns");
  await button("Keep and index").click();
  await page.getByText(/\d+ passages, vectors of/).waitFor();
  await page.getByRole("heading", { name: "1 document" }).waitFor();

  const document = page.locator(".document");
  await document.getByText("Left out: 4 pieces, running head").waitFor();
  await document.locator("summary").click();
  await document.locator(".block-page", { hasText: "page 2" }).waitFor();
  await document.locator(".block", { hasText: "Town: Quoahaven; River: Teelmere; Founded: 1412." }).waitFor();
  expect(await document.locator(".block.left").count()).toBe(4);

  await page.getByLabel("Search the passages").fill("Who was the teacher of Hoarn Yolt?");
  await button("Search").click();
  const hit = page.locator(".passages li", { hasText: "Dourwesk Shouthzoal" }).first();
  expect(await hit.locator(".place").innerText()).toMatch(/ · page [12]$/);

  await button(/^bring back running head/).click();
  await page.getByText(/\d+ passages, vectors of/).waitFor();
  await expect.poll(() => document.locator(".block.left").count()).toBe(0);

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    button("Download this collection").click(),
  ]);
  expect(download.suggestedFilename()).toBe("Two columns.zip");
  const collection = await readFile(await download.path());
  await page.reload();
  await page.getByText(/\d+ passages, vectors of/).waitFor();
  expect(await document.locator(".about-file").count()).toBe(0); // brought back for good
  await files().setInputFiles({ name: "again.zip", mimeType: "application/zip", buffer: collection });
  await page.getByText(/The same file as “.*” in “Two columns”\./).waitFor();
  await page.getByText("“Two columns” is stored already; this will be “Two columns 2”.").waitFor();
  await button("Discard").click();

  expect(guest.foreign).toEqual([]);
  expect(guest.faults).toEqual([]);
});

test("every kind of file in one zip, each in its row; what cannot be read is named", async () => {
  const { page } = guest;
  const zip = await zipped({
    "a.docx": await docx(),
    "b.epub": await epub(),
    "c.odt": await odt(),
    "d.pptx": await pptx(),
    "e.html":
      "<!doctype html><title>A page</title><body><article><p>The tower was built in 1650.</p></article></body>",
    "f.md": "# The ferry\n\nIt crosses at noon.",
    "g.csv": "Town,River\nAy,Bee\n",
    "h.txt": "The ferry leaves at noon.",
    "i.png": Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a),
  });
  await page.goto(`${guest.host.url}#/knowledge`);
  await files().setInputFiles({ name: "all.zip", mimeType: "application/zip", buffer: Buffer.from(zip) });
  await page.locator(".preview").waitFor();
  expect(await page.locator(".unread").allInnerTexts()).toEqual([expect.stringMatching(/^i\.png/)]);
  await expect
    .poll(() => page.locator(".preview > p").first().innerText(), { timeout: SOON })
    .toContain("8 documents");
  const facts = await page.locator(".dropped .about-file:first-of-type").allInnerTexts();
  expect(facts.map((text) => text.split(" · ").find((fact) => !fact.includes(".")))).toEqual([
    "Word",
    "e-book",
    "OpenDocument",
    "slides",
    "web page",
    "Markdown",
    "table",
    "plain text",
  ]);
  expect(guest.faults).toEqual([]);
});
