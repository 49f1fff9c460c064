/** A class in the built page: a link to a lesson, predictions before what happened, paper, the room, six words for the teacher. */
import { expect, test } from "vitest";
import { axeFaults } from "../helpers/axe.ts";
import { oneGuest } from "../helpers/guest.ts";

const guest = oneGuest(60_000);
const { button } = guest;

test("a pupil predicts, sees, reports six words; the teacher's page puts them beside what happened", async () => {
  const { page } = guest;
  await page.emulateMedia({ reducedMotion: "reduce" });
  const root = page.locator("html");
  const over = () => root.evaluate((html) => html.scrollWidth - html.clientWidth); // px
  const revealed = page.locator(".revealed");

  // A teacher's link names the step and hides what would distract.
  await page.goto(`${guest.host.url}#/lesson/gap?step=1&hide=nav`);
  await page.locator(".prediction button").first().waitFor();
  await page.getByRole("navigation", { name: "Pages" }).waitFor({ state: "hidden" });
  expect(await page.locator(".lesson-step figure.chart").count()).toBeLessThan(2);
  expect(await revealed.innerText()).toBe("");
  expect(await page.getByRole("link", { name: "Next →" }).count()).toBe(0); // not before a prediction

  // For the room: the type grows, and nothing is cut off.
  const size = () =>
    page
      .locator(".prediction button")
      .first()
      .evaluate((at) => at.getBoundingClientRect().height);
  const small = await size();
  await page.keyboard.press("b");
  await page.waitForFunction(() => document.documentElement.dataset.present !== undefined);
  expect((await size()) / small).toBeCloseTo(1.4, 1);
  expect(await over()).toBeLessThanOrEqual(0); // the scrollbar has its place
  expect(await axeFaults(page)).toEqual([]);
  await page.keyboard.press("b");

  for (const [step, option] of ["about 90", "about 50", "about half"].entries()) {
    await page.getByText(`step ${step + 1} of 3`).waitFor();
    await button(option).click();
    await revealed.getByText(/^(As|Not as) you said\./).waitFor();
    expect(await revealed.innerText()).toMatch(/\d+ %/);
    if (step < 2) await page.getByRole("link", { name: "Next →" }).click();
  }
  const code = await page.locator(".class-code b").innerText();
  expect(code.split(" ")).toHaveLength(6);
  expect(await axeFaults(page)).toEqual([]);

  // On paper: the worksheet alone, its key on a page of its own.
  await page.emulateMedia({ media: "print" });
  expect(await page.locator(".worksheet > ol > li").count()).toBe(3);
  await page.locator(".worksheet").waitFor();
  await page.locator(".lesson-step").waitFor({ state: "hidden" });
  const key = page.locator(".worksheet .key-page");
  expect(await key.evaluate((at) => getComputedStyle(at).breakBefore)).toBe("page");
  await page.emulateMedia({ media: "screen" });

  await page.goto(`${guest.host.url}#/lesson/class`);
  const slip = code.replace(/^\w/, "q");
  await page.getByRole("textbox", { name: "Codes" }).fill(`Anna: ${code}\nBen: ${slip}`);
  await page
    .getByRole("list", { name: "Lines that cannot be read" })
    .getByText(/^Line 2 \(Ben\)/)
    .waitFor();
  const said = await page.locator(".class-plot svg[role=img]").last().getAttribute("aria-label");
  expect(said).toMatch(/^Predicted rightly: step 1: [01] of 1; step 2: [01] of 1; step 3: [01] of 1\.$/);
  expect(await page.locator(".class-hit, .class-miss").count()).toBeGreaterThanOrEqual(3);
  const { width, height } = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height });
  expect(await over()).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width, height });
  const reports = page.getByRole("region", { name: "Reports" });
  expect(await reports.locator("tbody tr").count()).toBe(1);
  expect(await axeFaults(page)).toEqual([]);

  expect(guest.foreign).toEqual([]);
  expect(guest.faults).toEqual([]);
});
