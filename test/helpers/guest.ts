import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { openChromium, openVisit, servePage, type Visit } from "./page.ts";
import type { Host } from "./site.ts";

export interface Guest extends Visit {
  readonly host: Host;
  readonly browser: Browser;
  button(name: string | RegExp): Locator;
  /** Types settings into their dialog, by their names. */
  settings(values: Readonly<Record<string, number>>): Promise<void>;
}

/** One visitor for all tests of a file: the page is served and a browser opened before them, both are closed after. Its fields are there once a test runs. */
export function oneGuest(timeout: number): Guest {
  let host: Host;
  let browser: Browser;
  let visit: Visit;
  beforeAll(async () => {
    [host, browser] = await Promise.all([servePage(), openChromium()]);
    visit = await openVisit(browser, host, timeout);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.close();
  });
  const button = (name: string | RegExp) => visit.page.getByRole("button", { name, exact: true });
  return {
    get host() {
      return host;
    },
    get browser() {
      return browser;
    },
    get page() {
      return visit.page;
    },
    get foreign() {
      return visit.foreign;
    },
    get faults() {
      return visit.faults;
    },
    button,
    async settings(values) {
      await button("settings").click();
      for (const [key, value] of Object.entries(values)) {
        const code = visit.page.locator("code", { hasText: new RegExp(`^${key}$`) });
        await visit.page.locator(".setting", { has: code }).getByRole("textbox").fill(String(value));
      }
      await visit.page.keyboard.press("Escape");
    },
  };
}
