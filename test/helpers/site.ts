/** A folder served over HTTP as any static host does it, for tests that read a site as a visitor's browser would. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import sirv from "sirv";

export interface Host {
  url: string; // ends with "/"
  close(): Promise<void>;
}

/** Files that are not as they lie in the folder: other bytes, or an answer of its own. By path below the base. */
export type Changes = Record<string, Uint8Array | ((response: ServerResponse) => void)>;

/** Serves a folder at `base`, on a free port where none is named, with no special header but `headers`; everything else is 404. */
export async function serve(
  folder: string,
  base = "/",
  changes: Changes = {},
  port = 0,
  headers: Record<string, string> = {},
): Promise<Host> {
  const files = sirv(folder, { etag: true });
  const server = createServer((request, response) => {
    const refuse = (): void => {
      response.writeHead(404).end();
    };
    if (!request.url?.startsWith(base)) return refuse();
    const path = request.url.slice(base.length);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const change = changes[path];
    if (typeof change === "function") return change(response);
    if (change !== undefined) return void response.end(change);
    request.url = `/${path}`;
    files(request, response, refuse);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
