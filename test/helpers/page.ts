/** The built page as a visitor gets it: any static host, under a sub-path, without special headers. */
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { MetricRow } from "../../src/core/run.ts";
import { chromiumArgs, findChromium, root } from "../machine.mjs";
import { type Host, serve } from "./site.ts";

/** Serves dist at `base` on a free port. */
export const servePage = (base = "/closed/book/"): Promise<Host> => serve(join(root, "dist"), base);

/** Chromium on the adapter of the kernel tests; with `adapter: false` WebGPU is there, but has none. */
export async function openChromium({ adapter = true, more = [] as string[] } = {}): Promise<Browser> {
  const executablePath = findChromium();
  const args = [...(adapter ? chromiumArgs : ["--disable-gpu"]), ...more];
  return chromium.launch({ args, ...(executablePath && { executablePath }) });
}

/** A visitor's tab on a served page, with what must stay empty: requests to anybody else, and errors that nobody caught or that the page's own policy caused. */
export interface Visit {
  page: Page;
  foreign: string[];
  faults: string[];
}

/** @param timeout of whatever the page is waited for, ms */
export async function openVisit(browser: Browser, { url }: Host, timeout: number): Promise<Visit> {
  const context = await browser.newContext({ acceptDownloads: true });
  const foreign: string[] = [];
  const faults: string[] = [];
  await context.route(
    (other) => other.origin !== new URL(url).origin,
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.setDefaultTimeout(timeout);
  page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) faults.push(message.text());
  });
  return { page, foreign, faults };
}

/** What a page has stored of its only run. */
export const storedRows = (page: Page): Promise<MetricRow[]> => page.evaluate(readRows);

/** The same from within the page: it is sent there as text, and sees nothing of this file. */
export const readRows = (): Promise<MetricRow[]> =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("closed-book");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const db = opening.result;
      const reading = db.transaction("rows").objectStore("rows").getAll();
      reading.onerror = () => reject(reading.error);
      reading.onsuccess = () => {
        db.close();
        resolve(reading.result);
      };
    };
  });
