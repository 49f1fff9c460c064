/** Every case in test/fixtures/cases is run by some test: one that reads cases and names the folder. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCase } from "../helpers/cases.ts";
import { folder } from "../helpers/fixtures.ts";

const TESTS = join(import.meta.dirname, "..");

/** The texts of the tests that read cases. */
async function readers(): Promise<string[]> {
  const names = await readdir(TESTS, { recursive: true });
  const files = names.filter((name) => /\.test\.tsx?$/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(join(TESTS, name), "utf8")));
  return texts.filter((text) => text.includes("helpers/cases.ts") && !text.includes("recursive: true"));
}

test("every case is exercised, and is what its folder says", async () => {
  const entries = await readdir(`${folder("FIXTURES")}/cases`, { withFileTypes: true });
  const tests = await readers();
  for (const id of entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)) {
    expect((await readCase(id)).case.id).toBe(id);
    expect(
      tests.some((text) => text.includes(`"${id}"`)),
      `no test names ${id}`,
    ).toBe(true);
  }
});
