/**
 * Pictures of the page at work, for the README: node test/e2e/screens.mjs [OUT] [CYCLES]
 * Takes the built page (npm run build), starts a real run on this machine's adapter, and photographs it when CYCLES
 * cycles are done: light and dark, 1440 and 390 px wide. A minute or more a cycle without a graphics card.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { preview } from "vite";
import { chromiumArgs, findChromium, root } from "../machine.mjs";

const [out = join(root, "test", "e2e", "screens"), cycles = "3"] = process.argv.slice(2);
const SIZES = { wide: { width: 1440, height: 1000 }, phone: { width: 390, height: 844 } };
// An eighth of the archive, so that a cycle takes a minute on a software adapter.
const DRAFT = {
  presetId: "rlag-options",
  changes: { explain_every: 0, questions: 16, batch_size: 4, updates: 8 },
  corpus: "data/archive",
};
const HOUR = 3_600_000;

mkdirSync(out, { recursive: true });
const server = await preview({ root, preview: { port: 0 }, logLevel: "error" });
const executablePath = findChromium();
const browser = await chromium.launch({ args: chromiumArgs, ...(executablePath && { executablePath }) });
const page = await browser.newPage({ viewport: SIZES.wide, reducedMotion: "reduce" });
await page.addInitScript((draft) => {
  localStorage.setItem("closed-book-draft", JSON.stringify({ state: draft, version: 1 }));
}, DRAFT);
await page.goto(server.resolvedUrls?.local[0] ?? "");
await page.getByRole("button", { name: "Run", exact: true }).click({ timeout: HOUR });
const during = new RegExp(`^Cycle ${Number(cycles) + 1} of`);
await page.locator(".progress b", { hasText: during }).waitFor({ timeout: HOUR });
await page.locator(".passages li").first().waitFor();

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.waitForTimeout(300); // fonts and the plot's new width
    await page.screenshot({ path: join(out, `${size}-${colorScheme}.png`) });
  }
}
await browser.close();
await server.close();
