/** Vitest's tests in a tab of Firefox, as @vitest/browser-playwright has them in one of Chromium. */
import { defineBrowserProvider } from "@vitest/browser";
import type { BrowserProvider, BrowserProviderOption } from "vitest/node";
import { type Firefox, openFirefox } from "./firefox.ts";

/** For `browser.provider`; the instance's browser is "firefox". */
export const firefoxProvider = (): BrowserProviderOption =>
  defineBrowserProvider({
    name: "firefox-bidi",
    supportedBrowser: ["firefox"],
    providerFactory: () => new FirefoxProvider(),
  });

class FirefoxProvider implements BrowserProvider {
  readonly name = "firefox-bidi";
  readonly supportsParallelism = false;
  #firefox: Promise<Firefox> | null = null;

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  /** Every session of Vitest's is a tab of the same browser; it stays until the browser is closed. */
  async openPage(_sessionId: string, url: string): Promise<void> {
    this.#firefox ??= openFirefox();
    const tab = await (await this.#firefox).tab();
    await tab.goto(url);
  }

  async close(): Promise<void> {
    await (await this.#firefox)?.close();
    this.#firefox = null;
  }
}
