/** The built page in Firefox: another browser, another WebGPU (wgpu), another compiler of the kernels (naga). */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseRunConfig } from "../../src/core/config.ts";
import { type Firefox, type FirefoxTab, openFirefox } from "../helpers/firefox.ts";
import { linkOf } from "../helpers/hardTimes.ts";
import { readRows, servePage } from "../helpers/page.ts";
import type { Host } from "../helpers/site.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SOON = 60_000; // ms; whatever needs no training
const LATER = 170_000; // ms; a software adapter on a busy machine
const RUN = parseRunConfig({
  answers: "options",
  questions: 16,
  cycles: 2,
  updates: 6,
  batch_size: 8,
  explain_every: 0,
});

let host: Host;
let firefox: Firefox;
let tab: FirefoxTab;

beforeAll(async () => {
  [host, firefox] = await Promise.all([servePage(), openFirefox()]);
  tab = await firefox.tab();
});
afterAll(async () => {
  await firefox?.close();
  await host?.close();
});

/** Waits for a text on the page. */
const says = (text: string, timeout = SOON) =>
  tab.until(`“${text}”`, timeout, (text) => document.body.textContent!.includes(text), text);
/** Waits for the button that goes on with the run, under this label and enabled. */
const primary = (label: string, timeout = SOON) =>
  tab.until(
    `button “${label}” to press`,
    timeout,
    (label) =>
      [...document.querySelectorAll<HTMLButtonElement>("button.go:enabled")].some(
        (button) => button.textContent!.trim() === label,
      ),
    label,
  );
async function press(label: string): Promise<void> {
  await tab.until(
    `button “${label}”`,
    SOON,
    (label) => {
      const found = [...document.querySelectorAll<HTMLButtonElement>("button:enabled")].find(
        (button) => button.textContent!.trim() === label,
      );
      found?.click();
      return found !== undefined;
    },
    label,
  );
}

async function axeFaults(): Promise<string[]> {
  await tab.run(AXE);
  return tab.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
  });
}

test("Firefox has an adapter here", async () => {
  await tab.goto(host.url);
  expect(await tab.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()))).toBe(true);
});

test("a run over a reload raises the closed book; axe finds nothing; the network may go", async () => {
  await tab.goto(await linkOf(host, RUN));
  await primary("Run");
  await press("Run");
  await says("Cycle 1 of 2 · learning", LATER);
  await tab.reload();
  await says("Interrupted.");
  await press("Resume");
  await primary("New run", LATER);
  await says("After two cycles");

  const cycles = (await tab.evaluate(readRows)).filter((row) => row.type === "cycle");
  expect(cycles.map((row) => row.cycle)).toEqual([0, 1, 2]);
  const right = cycles.map((row) => Math.round(row.closed_train! * 16));
  expect(right[2], `${right} of 16`).toBeGreaterThanOrEqual(right[0]! + 5);
  expect(cycles[2]!.closed_test).toBeGreaterThan(cycles[0]!.closed_test!);
  expect(await axeFaults()).toEqual([]);

  await says("ready offline");
  await host.close();
  await tab.reload();
  await primary("New run"); // the run is there, and the model to make another
  await says("After two cycles");
  expect(tab.faults).toEqual([]);
});
