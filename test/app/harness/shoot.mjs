/**
 * Pictures of the page in any state, on scripted workers, and what axe finds in it:
 * node test/app/harness/shoot.mjs OUT SCENE[:wide|phone[:light|dark[:lab|knowledge|runs|runs+report|how]]] …
 */
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { createServer } from "vite";
import { findChromium } from "../../machine.mjs";

const [out = "shots", ...names] = process.argv.slice(2);
/** @type {Record<string, { width: number, height: number }>} */
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
mkdirSync(out, { recursive: true });

const server = await createServer({
  configFile: "vite.config.ts",
  logLevel: "error",
  server: { port: 0, hmr: false },
});
await server.listen();
const base = server.resolvedUrls?.local[0];
const executablePath = findChromium();
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ["--no-sandbox"] });
for (const spec of names) {
  const [scene, size = "wide", theme = "light", hash = "lab"] = spec.split(":");
  const page = await browser.newPage({
    viewport: SIZES[size] ?? null,
    deviceScaleFactor: 1,
    reducedMotion: "reduce",
  });
  page.setDefaultTimeout(120_000); // a busy machine
  page.on("pageerror", (e) => console.error(spec, e.message));
  page.on("console", (m) => m.type() === "error" && console.error(spec, m.text()));
  await page.goto(
    `${base}test/app/harness/index.html?scene=${scene}&theme=${theme}#/${hash?.replace("+", "/")}`,
  );
  await page.waitForSelector("header.top");
  if (scene === "runs")
    for (const box of await page.locator(".run-list > li > input").all()) await box.check();
  if (scene === "experiments" && hash === "runs")
    await page.getByRole("button", { name: "Plan an experiment" }).click();
  if (scene === "gpu") await page.getByRole("button", { name: "Check", exact: true }).click();
  if (scene === "added") await page.getByText("What the open book added").click();
  if (scene === "heat") {
    await page.getByText("The documents, sentence by sentence").click();
    await page.locator(".heat-sentence").nth(3).click();
  }
  if (scene === "rewards") await page.getByText("How the reward is made up").click();
  if (scene === "map") {
    await page.getByText("The passages as a map").click();
    await page.locator(".passage-map svg").click(); // a question of the middle, or nothing
  }
  if (scene === "norms") await page.getByText("How much the adapter changes").click();
  if (scene === "flips") await page.getByText("Every question, cycle by cycle").click();
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${out}/${[scene, size, theme, hash].join("-")}.png`, fullPage: true });
  await page.addScriptTag({ path: "node_modules/axe-core/axe.min.js" });
  const violations = await page.evaluate(async () => {
    const { axe } = /** @type {{ axe: typeof import("axe-core") }} */ (/** @type {unknown} */ (window));
    const found = await axe.run();
    return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")}`);
  });
  for (const violation of violations) console.error(spec, violation);
  await page.close();
}
await browser.close();
await server.close();
