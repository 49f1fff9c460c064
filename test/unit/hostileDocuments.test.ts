/**
 * Damaged and hostile documents: each is read to some text or refused with a LabError that names it; none hangs, none of
 * their scripts runs. Thousands of mutations with fixed seeds, of the packed bytes and of the parts inside.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import { openZip } from "../../src/core/unzip.ts";
import { readDocument } from "../../src/documents/read.ts";
import { byteMutations, type Mutation } from "../helpers/mutations.ts";
import { docx, epub, odt, pptx, zipped } from "../helpers/officeFiles.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const CPU_SECONDS = 10; // a case takes some milliseconds; this is for a hang
const tally = { read: 0, refused: 0 };
afterAll(() => {
  expect(tally.read + tally.refused).toBeGreaterThanOrEqual(5000);
  expect(tally.read).toBeGreaterThan(500); // else nothing but the first check would have been tried
  expect(tally.refused).toBeGreaterThan(500);
  expect("scriptRan" in globalThis).toBe(false);
});

async function check(name: string, bytes: Bytes): Promise<void> {
  const begin = process.cpuUsage();
  try {
    const { blocks } = await readDocument(
      { name, bytes },
      { onProgress: () => {}, signal: new AbortController().signal },
    );
    expect(blocks.length).toBeGreaterThan(0);
    tally.read++;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    expect(error.message).toContain(name);
    tally.refused++;
  }
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1e6).toBeLessThan(CPU_SECONDS);
}

const tryAll = (name: string, numRuns: number, mutations: fc.Arbitrary<Bytes>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(mutations, (bytes) => check(name, bytes)),
    { numRuns, seed: 20261125, endOnFailure: true },
  );

const mutated = (bytes: Bytes, header = 1024): fc.Arbitrary<Bytes> =>
  byteMutations(bytes.length, header).map((mutate: Mutation) => mutate(bytes));

/** One part of an archive mutated, the archive itself whole: what gets past the zip's own checks. */
async function partMutations(archive: Bytes): Promise<fc.Arbitrary<Bytes>> {
  const files = await openZip(new Blob([archive]), "whole");
  const parts = await Promise.all(
    files.map(async ({ path, read }): Promise<[string, Bytes]> => [path, await read()]),
  );
  return fc
    .oneof(
      ...parts.map(([path, bytes]) =>
        mutated(bytes, bytes.length).map((changed): [string, Bytes] => [path, changed]),
      ),
    )
    .map(([path, changed]) => ({ path, changed }))
    .map(({ path, changed }) => ({
      parts: parts.map(([name, bytes]) => [name, name === path ? changed : bytes] as const),
    }))
    .map(({ parts: all }) => storedZip(all));
}

/** Archives are made by a promise elsewhere; a generator needs bytes at once. */
function storedZip(parts: readonly (readonly [string, Bytes])[]): Bytes {
  const u16 = (n: number) => [n & 255, (n >> 8) & 255];
  const u32 = (n: number) => [...u16(n & 0xffff), ...u16(n >>> 16)];
  const body: number[] = [];
  const directory: number[] = [];
  for (const [name, bytes] of parts) {
    const path = new TextEncoder().encode(name);
    const common = [
      ...u16(20),
      ...u16(0x800),
      ...u16(0),
      ...u32(0),
      ...u32(0),
      ...u32(bytes.length),
      ...u32(bytes.length),
      ...u16(path.length),
      ...u16(0),
    ];
    directory.push(
      ...u32(0x02014b50),
      ...u16(20),
      ...common,
      ...Array(10).fill(0),
      ...u32(body.length),
      ...path,
    );
    body.push(...u32(0x04034b50), ...common, ...path, ...bytes);
  }
  return Uint8Array.from([
    ...body,
    ...directory,
    ...u32(0x06054b50),
    ...u32(0),
    ...u16(parts.length),
    ...u16(parts.length),
    ...u32(directory.length),
    ...u32(body.length),
    ...u16(0),
  ]);
}

const minutes = 60_000;

describe("mutations of documents", () => {
  test("PDF", { timeout: 5 * minutes }, async () => {
    const pdf = new Uint8Array(
      readFileSync(join(import.meta.dirname, "../fixtures/documents/two-columns.pdf")),
    );
    await tryAll("a.pdf", 500, mutated(pdf));
  });

  test.for([
    ["a.docx", docx],
    ["a.epub", epub],
    ["a.odt", odt],
    ["a.pptx", pptx],
  ] as const)("%s", { timeout: 5 * minutes }, async ([name, make]) => {
    const archive = await make();
    await tryAll(name, 300, mutated(archive, archive.length));
    await tryAll(name, 500, await partMutations(archive));
  });

  test("HTML", { timeout: 5 * minutes }, async () => {
    const html = new TextEncoder().encode(
      `<!doctype html><html><head><title>A</title></head><body onload="globalThis.scriptRan=1"><nav>x</nav><article><h1>The mill</h1><p>${"It was built in 1412 by the people. ".repeat(8)}</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table><img src=x onerror="globalThis.scriptRan=1"><script>globalThis.scriptRan=1</script><svg><script>globalThis.scriptRan=1</script></svg><iframe srcdoc="<script>1</script>"></iframe></article></body></html>`,
    );
    await tryAll("a.html", 1300, mutated(html, html.length));
  });
});

test("an archive that unpacks to more than it says, or says more than it can hold, is refused before it is unpacked", async () => {
  const archive = await zipped({ "word/document.xml": "x".repeat(2000) });
  const directory = new DataView(archive.buffer).getUint32(archive.length - 6, true);
  const lying = archive.slice();
  new DataView(lying.buffer).setUint16(directory + 10, 8, true); // deflated
  new DataView(lying.buffer).setUint32(directory + 24, 0xf0000000, true);
  const [file] = await openZip(new Blob([lying]), "bomb.zip");
  await expect(file!.read()).rejects.toThrow(/bomb\.zip: word\/document\.xml says it has 4026531840 bytes/);
});
