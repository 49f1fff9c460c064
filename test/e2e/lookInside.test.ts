/** What is under a run: every view unfolded on what a run here left, and what each of them opens. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { axeFaults } from "../helpers/axe.ts";
import { oneGuest } from "../helpers/guest.ts";

const QUESTIONS = 4;
const SETTINGS = {
  cycles: 1,
  updates: 1,
  batch_size: 2,
  questions: QUESTIONS,
  phrasings: 0,
  samples: 1,
};
const SOON = { timeout: 60_000 }; // ms; whatever needs no training
const LATER = { timeout: 400_000 }; // ms; a software adapter on a busy machine

const guest = oneGuest(SOON.timeout);
const { button } = guest;

/** Unfolds what has this summary. */
async function unfold(page: Page, summary: string): Promise<void> {
  await page.locator("summary", { hasText: summary }).first().click();
}

test("a run's questions, documents, rewards, adapter and passages are looked into", {
  timeout: 900_000,
}, async () => {
  const { page } = guest;
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`${guest.host.url}#/lab`);
  await guest.settings(SETTINGS);
  await button("Run").click();
  await page.locator("button.go", { hasText: /^New run$/ }).waitFor(LATER);

  // Question by cycle: a click opens the question in the inspector.
  await unfold(page, "Every question, cycle by cycle");
  const grid = page.locator("figure.flips");
  await grid.locator("svg").first().waitFor();
  expect(await grid.locator("svg").first().getAttribute("aria-label")).toContain(
    `${QUESTIONS} questions over 2 tests`,
  );
  const walk = grid.getByRole("slider");
  await walk.focus();
  await page.keyboard.press("ArrowLeft"); // the first key looks at the last test
  await page.keyboard.press("ArrowLeft");
  const [, asked] = /^(.*) · cycle 0: closed/.exec(await grid.locator("p[aria-live]").innerText())!;
  await page.keyboard.press("Enter");
  const inspector = page.getByRole("region", { name: "One question" });
  await inspector.getByText(asked!, { exact: true }).first().waitFor();

  // What the open book added to its answer, token by token and sentence by sentence.
  await unfold(page, "What the open book added");
  const added = page.getByRole("region", { name: "Asked briefly" });
  await added.getByText(/It says just this with a chance of [\d<l]/).waitFor();
  expect(await added.locator(".tokens > *").count()).toBeGreaterThan(1);
  await page.getByText("This method teaches such answers, each by its reward").waitFor();

  await unfold(page, "How the reward is made up");
  const parts = page.locator(".reward-parts");
  await parts.getByText(/^Each explanation earns accuracy × rationality/).waitFor();
  expect(await parts.getByRole("radio").count()).toBeGreaterThan(0);

  await unfold(page, "How much the adapter changes");
  const norms = page.locator(".norms");
  const says = await norms.locator("p[aria-live]").first().innerText();
  expect(Number(/‖ΔW‖ = ([\d.]+)/.exec(says)?.[1])).toBeGreaterThan(0); // it has learned something

  await unfold(page, "The documents, sentence by sentence");
  const heat = page.locator(".document-heat");
  await heat.getByText(/^Of \d+ sentences that held-out questions are about/).waitFor();
  await heat.locator("button.heat-sentence").first().click();
  await heat.locator(".heat-questions button").first().waitFor();
  expect(await axeFaults(page)).toEqual([]);

  // The map: a search's passages are lit, with lines from the question and their ranks.
  await page.goto(`${guest.host.url}#/knowledge`);
  await unfold(page, "The passages as a map");
  await page.locator(".map-question").first().waitFor();
  await page.getByLabel("Search the passages").fill(asked!);
  await button("Search").click();
  await expect.poll(() => page.locator(".map-line").count(), SOON).toBe(5);
  const ranks = (await page.locator(".map-rank").allTextContents()).map(Number).sort();
  expect(ranks).toEqual([1, 2, 3, 4, 5]);
  const found = await page.locator("ol.passages > li").count();
  expect(found).toBe(5);
  await button("Which passages does no question find?").click();
  await page.getByText(/of \d+ passages are never among|is among the \d+ looked up/).waitFor();
  expect(await axeFaults(page)).toEqual([]);

  // Check my GPU: some kernels, then stopped; what was checked so far is said, with its errors.
  await page.goto(`${guest.host.url}#/how`);
  await button("Check my GPU").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Check", exact: true }).click();
  await dialog.getByText(/^[4-9] of \d+ kernels$/).waitFor(LATER);
  await dialog.getByRole("button", { name: "Stop" }).click();
  await dialog.getByText(/kernels were checked and compute what they should on this GPU/).waitFor(LATER);
  expect(await dialog.getByRole("region", { name: "Kernels" }).locator("tbody tr").count()).toBeGreaterThan(
    0,
  );
  expect(await axeFaults(page)).toEqual([]);

  expect(guest.foreign).toEqual([]);
  expect(guest.faults).toEqual([]);
});
