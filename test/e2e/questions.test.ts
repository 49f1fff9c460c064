/** The whole way: a PDF dropped, questions made of it and judged by the built-in model, looked through by keys, a run that learns them. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { oneGuest } from "../helpers/guest.ts";
import { storedRows } from "../helpers/page.ts";
import { root } from "../machine.mjs";

const PDF = join(root, "test", "fixtures", "documents", "two-columns.pdf");
const SETTINGS = { cycles: 1, updates: 10, batch_size: 4, k: 1, explain_every: 0 };
const SOON = 60_000; // ms
const LATER = { timeout: 400_000 }; // ms; judging and learning on a software adapter

const guest = oneGuest(SOON);
const { button } = guest;

test("from a PDF to a closed book that rises, without a question written and nothing leaving the machine", {
  timeout: 900_000,
}, async () => {
  const { page } = guest;
  await page.goto(`${guest.host.url}#/knowledge`);
  await page.locator(".drop-zone input[type=file]").first().setInputFiles(PDF);
  await page.locator(".dropped", { hasText: "2 pages" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Two columns");
  await button("Keep and index").click();
  await page.getByRole("heading", { name: "1 document" }).waitFor();
  await page.locator(".document summary").click();
  await page.locator(".block", { hasText: "Town: Quoahaven; River: Teelmere; Founded: 1412." }).waitFor();

  await page.getByText("Make questions from these documents").click();
  await page.locator(".fact h3").waitFor();
  await button(/^Check them with/).click();
  await page.getByText(/has judged (?:[89]|\d\d) of/).waitFor(LATER);
  await button("Stop, keep what is judged").click(); // all of them take minutes on a software adapter
  await page.getByText(/^\d+ judged by/).waitFor(LATER);
  await page.locator(".questions-page h1").click(); // focus on nothing that takes the keys for itself
  const kept = page.locator(".groups li", { hasText: /^kept/ }).locator("b");
  await page.getByRole("button", { name: /^to look at/ }).click();
  for (const [key, count] of [
    ["ArrowRight", "1"],
    ["ArrowRight", "2"],
    ["u", "1"],
    ["ArrowRight", "2"],
  ] as const) {
    await page.keyboard.press(key);
    await expect.poll(() => kept.innerText()).toBe(count);
  }
  await button(/^Keep \d+ facts? and go to the Lab$/).click();

  await page.getByText(/^\d+ to learn, \d+ to test$/).waitFor();
  await page.getByRole("combobox", { name: "Method" }).selectOption({ label: "RLAG, brief answers" });
  await guest.settings(SETTINGS);
  await button("Run").click();
  await page.locator("button.go", { hasText: /^New run$/ }).waitFor(LATER);

  const cycles = (await storedRows(page)).filter((row) => row.type === "cycle");
  expect(cycles.map(({ cycle }) => cycle)).toEqual([0, 1]);
  const [before, after] = cycles;
  expect(before!.open_test).toBeGreaterThan(before!.closed_test!);
  expect(after!.closed_test).toBeGreaterThan(before!.closed_test!);
  expect(guest.foreign).toEqual([]);
  expect(guest.faults).toEqual([]);
});
