/** An experiment in the built page: planned, done by the queue over a reload, compared, taken along. */
import { readFile } from "node:fs/promises";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { oneGuest } from "../helpers/guest.ts";

const SOON = { timeout: 60_000 }; // ms; whatever needs no training
const LATER = { timeout: 150_000 }; // ms; a software adapter on a busy machine

const guest = oneGuest(SOON.timeout);
const { button } = guest;
const downloaded = async (press: Locator): Promise<Buffer> => {
  const [download] = await Promise.all([guest.page.waitForEvent("download"), press.click()]);
  return readFile(await download.path());
};

test("two arms with two seeds each, a reload in the middle, one comparison", async () => {
  const { page } = guest;
  await page.goto(`${guest.host.url}#/lab`);
  await guest.settings({ explain_every: 0 });

  await page.goto(`${guest.host.url}#/runs`);
  await button("Plan an experiment").click();
  for (const name of [/^Credit: answers/, /^SFT, answers and/])
    await page.getByRole("checkbox", { name }).uncheck();
  for (const name of ["SFT, brief answers (to compare)", "RLAG, brief answers"])
    await page.getByRole("checkbox", { name }).check();
  const equal = {
    Seeds: "0, 1",
    Cycles: "1",
    "Updates per cycle": "1",
    "Questions per update": "2",
    Questions: "6",
  };
  for (const [name, value] of Object.entries(equal))
    await page.locator(".plan-form").getByLabel(name, { exact: true }).fill(value);
  await page.getByText("Total time: —").waitFor(); // nothing was measured yet
  await button("Queue 4 runs").click();

  await page.getByText("1 of 4 runs done").waitFor(LATER);
  await page.reload();
  await page.getByText("4 of 4 runs done").waitFor(LATER);
  expect(await page.locator(".run-list > li").count()).toBe(4);

  await button("Compare").click();
  const sentence = page.locator(".compare .say p");
  await sentence.waitFor();
  expect(await sentence.innerText()).toMatch(
    /^B (is \d+ points? (above|below) A|and A are level) \(−?\d+ to −?\d+\), 6 questions, 2 seeds\. /,
  );
  await page.getByText("A fair comparison, at cycle 1").waitFor();
  const counts = await page.locator(".counts button b").allInnerTexts();
  expect(counts.map(Number).reduce((sum, n) => sum + n, 0)).toBe(6);

  const csv = (await downloaded(button("every number as CSV"))).toString();
  const closed = csv.split("\n").filter((line) => line.includes(",1,closed_test,"));
  expect(csv.split("\n")[0]).toBe("run,seed,cycle,measure,value,low,high");
  expect(closed).toHaveLength(4);
  for (const line of closed)
    expect(line).toMatch(/,[01],1,closed_test,[01](\.\d+)?,0\.\d+,[01](\.\d+)?$|,0,/);

  const figure = page.locator(".compare");
  const svg = (await downloaded(figure.getByRole("button", { name: /^SVG/ }))).toString();
  expect(svg).toMatch(/^<svg xmlns/);
  expect(svg).toContain("6 questions, 2 seeds");
  expect(svg).toMatch(/stroke="(rgb\(31, 95, 168\)|#1f5fa8)"/); // the closed book's blue, in the light theme
  const png = await downloaded(figure.getByRole("button", { name: /^PNG/ }));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  const width = Number(/ width="(\d+)"/.exec(svg)![1]);
  expect(png.readUInt32BE(16)).toBe(2 * width);

  await page.getByRole("link", { name: "a page to print" }).click();
  await page.getByRole("heading", { name: "Report" }).waitFor();
  expect(await page.getByRole("region", { name: "Runs of the report" }).locator("tbody tr").count()).toBe(4);
  expect(guest.foreign).toEqual([]);
  expect(guest.faults).toEqual([]);
});
