/** A server that serves one file and misbehaves as a test tells it to. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export interface Served {
  bytes: Uint8Array;
  etag: string | null;
}

/** Answers one request itself and says so with true. */
export type Mood = (request: IncomingMessage, response: ServerResponse, nth: number) => boolean;

export interface BadServer {
  url: string; // of the file
  file: Served; // as it is now
  mood: Mood;
  requests: { range: string | null; encoding: string | null }[];
  close(): Promise<void>;
}

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Bytes that differ from place to place, so that a wrong offset shows. */
export const patterned = (length: number, seed = 1): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 17 + seed * 101) & 255);

/** Serves the file honestly, from where the range begins. */
export function honest(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { bytes, etag }: Served,
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? Number.NaN);
  const common = { ...(etag !== null && { etag }), "accept-ranges": "bytes" };
  if (Number.isNaN(start)) {
    response.writeHead(200, { ...common, "content-length": bytes.length }).end(bytes);
  } else if (start >= bytes.length) {
    response.writeHead(416, { ...common, "content-range": `bytes */${bytes.length}` }).end();
  } else {
    const rest = bytes.subarray(start);
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(206, { ...common, "content-range": range, "content-length": rest.length }).end(rest);
  }
}

/**
 * Lets through `cut` bytes of the body that `answer` would send, then breaks the connection, but not before `stored`: a
 * client throws away what it has received and not yet handed on.
 */
export function cutAfter(
  cut: number,
  response: ServerResponse,
  answer: () => void,
  stored: Promise<unknown> = Promise.resolve(),
): void {
  const { end } = response;
  const destroy = () => void stored.then(() => setImmediate(() => response.socket?.destroy()));
  response.end = ((body?: Uint8Array) => {
    response.end = end;
    response.flushHeaders();
    const sent = body?.subarray(0, cut);
    if (sent?.length) response.write(sent, destroy);
    else destroy();
    return response;
  }) as typeof response.end;
  answer();
}

export const gzipped = (bytes: Uint8Array): Uint8Array => gzipSync(bytes);

export async function openBadServer(bytes: Uint8Array, name = "model.gguf"): Promise<BadServer> {
  const server = createServer((request, response) => {
    const { range, "accept-encoding": encoding } = request.headers;
    bad.requests.push({ range: range ?? null, encoding: String(encoding ?? "") || null });
    if (!bad.mood(request, response, bad.requests.length - 1)) honest(request, response, bad.file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bad: BadServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`,
    file: { bytes, etag: '"one"' },
    mood: () => false,
    requests: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return bad;
}
