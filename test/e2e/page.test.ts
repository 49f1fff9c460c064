/** The built page as visitors of all kinds find it: a second tab, a phone, the keyboard, a screen reader, no WebGPU. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { axeFaults } from "../helpers/axe.ts";
import { openChromium, servePage } from "../helpers/page.ts";
import type { Host } from "../helpers/site.ts";

const ROUTES = ["lab", "knowledge", "runs", "lesson", "how"] as const;
const TIMEOUT = 60_000; // ms

let host: Host;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [host, browser] = await Promise.all([servePage(), openChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await host?.close();
});
afterEach(() => context.close());

/** A tab of a visitor with nothing stored; further tabs of the same visitor with `openTab`. */
async function visit(options: Parameters<Browser["newContext"]>[0] = {}, from = browser): Promise<Page> {
  context = await from.newContext(options);
  return openTab();
}

async function openTab(): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT);
  await page.goto(host.url);
  return page;
}

const ready = (page: Page) => page.locator("button.go:enabled", { hasText: "Run" }).waitFor();
const goTo = async (page: Page, route: (typeof ROUTES)[number]) => {
  await page.goto(`${host.url}#/${route}`);
  await page.locator("main h1").waitFor(); // a page that comes later has its frame before
};

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test("axe finds nothing on any page, nor in the dialogs", async () => {
    const page = await visit({ colorScheme, reducedMotion: "reduce" });
    await ready(page);
    const faults: string[] = [];
    const look = async (where: string) => {
      faults.push(...(await axeFaults(page)).map((fault) => `${where}: ${fault}`));
    };
    for (const route of ROUTES) {
      await goTo(page, route);
      await look(route);
    }
    await goTo(page, "lab");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await look("shortcuts");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "settings", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await look("settings");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "choose", exact: true }).click();
    await page.getByRole("button", { name: "Download Qwen3-0.6B" }).waitFor();
    for (const details of await page.locator("dialog summary").all()) await details.click();
    await look("models");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "about", exact: true }).click();
    await look("about");
    await page.getByRole("button", { name: "Check my GPU" }).click();
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByText(/^[3-9] of \d+ kernels$/).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/^\d+ of \d+ kernels were checked and compute what they should/).waitFor();
    await look("the GPU checked");
    expect(faults).toEqual([]);
  });
});

test("nothing scrolls sideways on a phone", async () => {
  const width = 390;
  const page = await visit({ viewport: { width, height: 844 }, isMobile: true, hasTouch: true });
  await ready(page);
  for (const route of ROUTES) {
    await goTo(page, route);
    const content = await page.evaluate(() => document.documentElement.scrollWidth);
    expect({ route, content }).toEqual({ route, content: width });
  }
  await goTo(page, "lab");
  await page.getByRole("button", { name: "choose", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Download Llama-3.2-1B-Instruct" }).waitFor();
  for (const details of await dialog.locator("summary").all()) await details.click();
  expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
});

test("a second tab says that another one trains, follows it, and may train after it", async () => {
  const first = await visit();
  await ready(first);
  await first.locator("h1").click(); // focus on nothing that takes the space bar for itself
  await first.keyboard.press("Space");
  await first.locator("button.go", { hasText: "Pause" }).waitFor();

  const second = await openTab();
  await second.getByText("Another tab is training.").waitFor();
  expect(await second.locator("button.go").isDisabled()).toBe(true);

  await first.getByRole("button", { name: "Stop and keep" }).click();
  await first.locator("button.go", { hasText: "Resume" }).waitFor();
  await second.getByText("Another tab is training.").waitFor({ state: "hidden" });
  await second.locator("button.go", { hasText: "Resume" }).waitFor();
});

describe("without WebGPU", () => {
  let plain: Browser;
  beforeAll(async () => {
    plain = await openChromium({ adapter: false });
  });
  afterAll(() => plain?.close());

  test.each(["no adapter", "no navigator.gpu"])(
    "%s: the page says what to do, and the rest works",
    async (lack) => {
      context = await plain.newContext();
      if (lack === "no navigator.gpu") {
        await context.addInitScript(() => {
          delete (Navigator.prototype as { gpu?: unknown }).gpu;
        });
      }
      const page = await openTab();
      await page.getByRole("heading", { name: "Training needs WebGPU" }).waitFor();
      expect(await page.locator(".no-webgpu li").count()).toBeGreaterThan(2);
      expect(await axeFaults(page)).toEqual([]);

      await goTo(page, "knowledge"); // retrieval needs no GPU
      await page.getByText(/\d+ passages, vectors of \d+ numbers/).waitFor();
      await page.getByLabel("Search the passages").fill("Who was the teacher of Hoarn Yolt?");
      await page.getByRole("button", { name: "Search" }).click();
      await page.locator(".passages li", { hasText: "Dourwesk Shouthzoal" }).first().waitFor();
    },
  );
});
