/** The built page as a visitor gets it: any static host, under a sub-path, without special headers. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import sirv from "sirv";
import { chromiumArgs, findChromium, root } from "../machine.mjs";

export interface Host {
  url: string; // ends with "/"
  close(): Promise<void>;
}

/** Serves dist at `base` on a free port. */
export async function servePage(base = "/closed/book/"): Promise<Host> {
  const files = sirv(join(root, "dist"), { etag: true });
  const server = createServer((request, response) => {
    const refuse = () => {
      response.writeHead(404).end();
    };
    if (!request.url?.startsWith(base)) return refuse();
    request.url = `/${request.url.slice(base.length)}`;
    files(request, response, refuse);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Chromium on the adapter of the kernel tests; with `adapter: false` WebGPU is there, but has none. */
export async function openChromium({ adapter = true } = {}): Promise<Browser> {
  const executablePath = findChromium();
  const args = adapter ? chromiumArgs : ["--disable-gpu"];
  return chromium.launch({ args, ...(executablePath && { executablePath }) });
}
