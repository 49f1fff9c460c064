/** The built page as a visitor gets it: any static host, under a sub-path, without special headers. */
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { chromiumArgs, findChromium, root } from "../machine.mjs";
import { type Host, serve } from "./site.ts";

/** Serves dist at `base` on a free port. */
export const servePage = (base = "/closed/book/"): Promise<Host> => serve(join(root, "dist"), base);

/** Chromium on the adapter of the kernel tests; with `adapter: false` WebGPU is there, but has none. */
export async function openChromium({ adapter = true } = {}): Promise<Browser> {
  const executablePath = findChromium();
  const args = adapter ? chromiumArgs : ["--disable-gpu"];
  return chromium.launch({ args, ...(executablePath && { executablePath }) });
}
