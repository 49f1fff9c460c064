/** A small Hugging Face: repositories from folders on disk, its API, and answers that a test may spoil. */
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { honest, sha256Of } from "./badServer.ts";

export interface HubServer {
  url: string; // the hub's base, without "/" at the end
  requests: string[]; // method and path
  /** Answers a request for a file itself and says so with true. */
  mood: (request: IncomingMessage, response: ServerResponse, answer: () => void) => boolean;
  close(): Promise<void>;
}

export interface HubRepository {
  files: Record<string, Uint8Array>;
  gated?: string | false;
  licence?: string;
}

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "ETag,Accept-Ranges,Content-Range",
};

/** The files of a folder on disk. */
export const filesOf = (folder: string): Record<string, Uint8Array> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [relative(folder, path).replaceAll("\\", "/"), new Uint8Array(readFileSync(path))]),
  );

export async function openHub(repositories: Record<string, HubRepository>): Promise<HubServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://hub");
    hub.requests.push(`${request.method} ${pathname}`);
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/\w+$/.exec(pathname)?.[1];
    if (api !== undefined) return info(repositories[api], response);
    const [, name = "", file = ""] = /^\/([^/]+\/[^/]+)\/resolve\/\w+\/(.+)$/.exec(pathname) ?? [];
    const bytes = repositories[name]?.files[decodeURIComponent(file)];
    if (bytes === undefined) return void response.writeHead(404).end();
    const answer = () => honest(request, response, { bytes, etag: `"${sha256Of(bytes).slice(0, 16)}"` });
    if (!hub.mood(request, response, answer)) answer();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hub: HubServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    mood: () => false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return hub;
}

/** As the real one: large files have an LFS entry with their hash, small ones do not. */
function info(repository: HubRepository | undefined, response: ServerResponse): void {
  if (!repository)
    return void response.writeHead(401).end(JSON.stringify({ error: "Invalid username or password." }));
  const siblings = Object.entries(repository.files).map(([rfilename, bytes]) => ({
    rfilename,
    size: bytes.length,
    ...(/\.(safetensors|gguf)$/.test(rfilename) && { lfs: { sha256: sha256Of(bytes), size: bytes.length } }),
  }));
  const cardData = { license: repository.licence ?? "apache-2.0" };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ sha: COMMIT, gated: repository.gated ?? false, cardData, siblings }));
}
