/** A run as a visitor keeps it: taken in from a file, named, deleted and put back, saved again; a set-up passed on by a link. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRunFile } from "../../src/core/runFile.ts";
import { oneGuest } from "../helpers/guest.ts";
import { root } from "../machine.mjs";

const RECORDED = join(root, "public", "recorded", "rlag-0.closedbook");

const guest = oneGuest(60_000);

test("a run's file comes in and goes out whole, by the name it is given; a link brings the set-up", async () => {
  const { page } = guest;
  const other = await page.context().newPage();
  await other.goto(`${guest.host.url}#/runs`);
  await page.goto(`${guest.host.url}#/runs`);
  const original = await readRunFile(new Blob([await readFile(RECORDED)]), RECORDED);

  await page.getByLabel("Open a run’s file").setInputFiles(RECORDED);
  await page.getByText("was taken in.").waitFor();
  await page.getByText(/^More/).click();
  await page.getByLabel("Name").fill("Brief answers, seed 0");
  await page.getByLabel("Note").fill("from the site");
  await page.getByRole("radio", { name: "colour 2" }).check();
  await page.locator(".run-note", { hasText: "from the site" }).waitFor();
  await other.locator(".run-label b", { hasText: "Brief answers, seed 0" }).waitFor(); // the other tab reads it anew

  await page.getByRole("button", { name: "Delete Brief answers, seed 0" }).click();
  await page.getByText("was deleted.").waitFor();
  await other.getByText("No runs yet.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator(".run-label b", { hasText: "Brief answers, seed 0" }).waitFor(); // it is stored
  await page.reload();
  await page.locator(".run-label b", { hasText: "Brief answers, seed 0" }).waitFor();

  await page.getByText(/^More/).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as one file" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^closed-book Brief answers, seed 0 \w{6}\.closedbook$/);
  const saved = await readRunFile(new Blob([await readFile(await download.path())]), "saved");
  // A file of the built-in archive takes the held-out questions along, also where the run came without them.
  const heldOut = JSON.parse(await readFile(join(root, "public/data/archive/test.json"), "utf8"));
  const asked = (questions: readonly { question: string }[] | null) => questions?.map((one) => one.question);
  expect(asked(saved.questions)).toEqual(asked(heldOut));
  const { questions } = saved;
  expect(saved).toEqual({ ...original, name: "Brief answers, seed 0", note: "from the site", questions });

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy a link to these settings" }).click();
  await page.getByText("copied", { exact: true }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link.length).toBeLessThan(400);
  await other.goto("about:blank");
  await other.goto(link);
  await other.getByText("Opened from a link.").waitFor();
  const method = other.getByRole("combobox", { name: "Method" });
  expect(await method.evaluate((select: HTMLSelectElement) => select.selectedOptions[0]!.textContent)).toBe(
    "RLAG, brief answers",
  );
  expect([guest.foreign, guest.faults]).toEqual([[], []]);
});
