/**
 * How soon the page is ready: from the navigation to Run being enabled (model loaded, archive indexed), and to the GPU
 * being prepared, which comes after it; every round with nothing cached and nothing stored. And what a first load weighs.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPage, type Chunk, firstLoad, gzipped } from "../helpers/buildPage.ts";
import { openChromium, servePage } from "../helpers/page.ts";
import { median, writeResult } from "../helpers/results.ts";
import type { Host } from "../helpers/site.ts";

const ROUNDS = 5;
const BAR_SECONDS = 3;
const BAR_BYTES = 350_000;

let chunks: Chunk[];
let host: Host;
beforeAll(async () => {
  chunks = await buildPage();
  host = await servePage();
});
afterAll(() => host.close());

interface Times {
  ready: number | null; // seconds since the navigation
  prepared: number | null;
}

/** Runs in the page from its start: notes when what a visitor waits for is on screen. */
function watch(): void {
  const times: Times = { ready: null, prepared: null };
  Object.assign(globalThis, { times });
  const look = (): void => {
    const seconds = performance.now() / 1000;
    const run = document.querySelector<HTMLButtonElement>("button.go");
    if (run?.textContent === "Run" && !run.disabled) times.ready ??= seconds;
    if (document.querySelector(".lamp.on")) times.prepared ??= seconds;
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}

test("ready", async () => {
  const ready: number[] = [];
  const prepared: number[] = [];
  let adapter = "";
  for (let round = 0; round < ROUNDS; round++) {
    const browser = await openChromium(); // a new profile
    try {
      const page = await browser.newPage();
      await page.addInitScript(watch);
      await page.goto(host.url);
      await page.locator(".lamp.on").waitFor({ timeout: 60_000 });
      await page.locator("button.go:enabled").waitFor();
      const times = await page.evaluate(() => (globalThis as unknown as { times: Times }).times);
      ready.push(times.ready!);
      prepared.push(times.prepared!);
      adapter = /· (.*?) ·/.exec((await page.locator(".gpu").textContent())!)![1]!;
    } finally {
      await browser.close();
    }
  }
  const bytes = gzipped(firstLoad(chunks));
  const rounded = (seconds: number[]) => seconds.map((s) => Number(s.toFixed(2)));
  await writeResult("page", adapter, {
    ready_seconds: rounded([median(ready)])[0],
    prepared_seconds: rounded([median(prepared)])[0],
    bar_ready_seconds: BAR_SECONDS,
    rounds: { ready: rounded(ready), prepared: rounded(prepared) },
    first_load_gzipped_bytes: bytes,
    bar_first_load_gzipped_bytes: BAR_BYTES,
  });
  expect(median(ready)).toBeLessThanOrEqual(BAR_SECONDS);
  expect(bytes).toBeLessThanOrEqual(BAR_BYTES);
});
