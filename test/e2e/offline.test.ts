/** The built page under its strictest policy without a network, when a newer version of it comes, and over plain http. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeSheet } from "../../src/documents/writeQuestions.ts";
import { openChromium, openVisit } from "../helpers/page.ts";
import { type Changes, type Host, serve } from "../helpers/site.ts";
import { unzipStored } from "../helpers/unzip.ts";
import { root } from "../machine.mjs";

const DIST = join(root, "dist");
const BASE = "/closed/book/";
const PDF = join(root, "test", "fixtures", "documents", "two-columns.pdf");
const TIMEOUT = 90_000; // ms
const DRAFT = {
  presetId: "rlag-options",
  changes: { questions: 4, batch_size: 2, updates: 1, cycles: 1, explain_every: 0 },
  corpus: "data/archive",
};

/** The headers that the build proposes for every file. */
const proposed = Object.fromEntries(
  [
    ...readFileSync(join(DIST, "_headers"), "utf8")
      .split("\n/assets")[0]!
      .matchAll(/^ {2}([\w-]+): (.*)$/gm),
  ].map(([, name, value]) => [name!, value!]),
);

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium({ more: ["--host-resolver-rules=MAP school.test 127.0.0.1"] });
});
afterAll(() => browser?.close());

const ready = (page: Page) => page.locator("button.go:enabled", { hasText: "Run" }).waitFor();

test("after one visit the network goes: the page reloads, runs, exports and reads a PDF; its policy forbids nothing it does", async () => {
  expect(proposed["Content-Security-Policy"]).toMatch(/script-src 'self' 'wasm-unsafe-eval' 'sha256-/);
  expect(proposed["Content-Security-Policy"]).not.toMatch(/'unsafe-/);
  const host = await serve(DIST, BASE, {}, 0, proposed);
  const { page, foreign, faults } = await openVisit(browser, host, TIMEOUT);
  await page.addInitScript((draft) => {
    localStorage.setItem("closed-book-draft", JSON.stringify({ state: draft, version: 1 }));
  }, DRAFT);
  await page.goto(`${host.url}?from=somewhere#/lab`);
  await page.getByRole("link", { name: "ready offline", exact: true }).waitFor();

  await host.close();
  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.locator("button.go", { hasText: "New run" }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download the adapter for PEFT" }).click(),
  ]);
  const archive = unzipStored(new Uint8Array(readFileSync(await download.path())));
  expect([...archive.keys()]).toEqual(["adapter_config.json", "adapter_model.safetensors"]);

  await page.goto(`${host.url}#/knowledge`);
  await page.locator(".drop-zone input[type=file]").first().setInputFiles(PDF);
  await page.locator(".dropped", { hasText: "2 pages" }).waitFor();
  await page.goto(`${host.url}#/how/offline`);
  await page.locator(".parts li").first().waitFor(); // the page is loaded when it is opened
  expect(await page.locator(".parts li").allInnerTexts()).toEqual([
    "the page: here",
    "the built-in model: here",
    "the built-in embedder: here",
    "its WebAssembly: here",
    "the readers of documents: here",
  ]);

  const font = await page.evaluate(
    async (sheet) => {
      const frame = document.createElement("iframe");
      frame.srcdoc = sheet;
      document.body.append(frame);
      await new Promise((done) => frame.addEventListener("load", done));
      return getComputedStyle(frame.contentDocument!.body).fontFamily;
    },
    writeSheet([], "A sheet"),
  );
  expect(font).toContain("Georgia"); // the printed sheet keeps its style under the policy
  expect(foreign).toEqual([]);
  expect(faults).toEqual([]);
  await page.context().close();
});

test("a newer version waits until it is wanted, and not under another tab's feet", async () => {
  const changes: Changes = {};
  const served = await serve(DIST, BASE, changes);
  const host: Host = { ...served, url: served.url.replace("127.0.0.1", "book.localhost") };
  const { page } = await openVisit(browser, host, TIMEOUT);
  await page.goto(host.url);
  await page.getByRole("link", { name: "ready offline", exact: true }).waitFor();
  const notice = page.getByText("A newer version of this page is here.");
  expect(await notice.count()).toBe(0);

  const bytes = Buffer.from(`${readFileSync(join(DIST, "sw.js"), "utf8")}\n// a newer version`);
  changes["sw.js"] = (response) => response.writeHead(200, { "content-type": "text/javascript" }).end(bytes);
  await page.reload();
  await notice.waitFor();
  await page.keyboard.press("?");
  await notice.waitFor({ state: "hidden" }); // something is open
  await page.keyboard.press("Escape");

  const other = await page.context().newPage();
  await other.goto(host.url);
  await ready(other);
  await page.getByRole("button", { name: "Use it now" }).click();
  await page.getByText("Close the other tab of it first").waitFor();
  await other.close();
  const tabs = () =>
    page.evaluate(async () => {
      const { held = [] } = await navigator.locks.query();
      return held.filter(({ name }) => name?.startsWith("closed-book page")).length;
    });
  await expect.poll(tabs).toBe(1);
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Use it now" }).click()]);
  await ready(page);
  expect(await notice.count()).toBe(0);
  await page.context().close();
  await served.close();
});

test("over plain http the page says what is missing and why, and shows the recorded run", async () => {
  const served = await serve(DIST, BASE);
  const host: Host = { ...served, url: served.url.replace("127.0.0.1", "school.test") };
  const { page, faults } = await openVisit(browser, host, TIMEOUT);
  await page.goto(host.url);
  await page.getByRole("heading", { name: "Training needs https" }).waitFor();
  await page.getByText("A recorded run, not yours").waitFor();
  expect(await page.getByText("Other browsers").count()).toBe(0); // no other browser and no flag gives WebGPU to plain http
  await page.getByRole("link", { name: "What to copy, and where" }).click();
  await page.getByRole("heading", { name: "In a school" }).waitFor();
  expect(faults).toEqual([]);
  await page.context().close();
  await served.close();
});
