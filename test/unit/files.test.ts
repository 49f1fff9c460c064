/** Files in parts: over HTTP with and without ranges, from blobs, from disk; each says what is wrong. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FileSource, fromBlobs, fromUrl, ofBytes, openFile } from "../../src/core/files.ts";
import { fromFolder } from "../../src/lab/files.ts";

const FIRST = 4 << 20; // what a URL is asked for at once
const big = Uint8Array.from({ length: FIRST + 1000 }, (_, i) => (i * 7) ^ (i >> 8));
const small = big.slice(0, 100);

type Handler = (request: IncomingMessage, response: ServerResponse, bytes: Uint8Array) => void;

/** A server for one file, and what it was asked for. */
async function serving(bytes: Uint8Array, handler: Handler) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.range ?? "all");
    handler(request, response, bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const source = fromUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/m`);
  return { source, asked, close: () => server.close() };
}

const inParts =
  (etag: () => string): Handler =>
  (request, response, bytes) => {
    const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (from === undefined) return void response.end(bytes);
    if (bytes.length === 0) return void response.writeHead(416, { "content-range": "bytes */0" }).end();
    const part = bytes.subarray(Number(from), Number(last) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    response.writeHead(206, { "content-range": range, etag: etag() }).end(part);
  };
const whole: Handler = (_, response, bytes) => void response.end(bytes);

async function withServer(
  bytes: Uint8Array,
  handler: Handler,
  use: (source: FileSource, asked: string[]) => Promise<void>,
): Promise<void> {
  const { source, asked, close } = await serving(bytes, handler);
  try {
    await use(source, asked);
  } finally {
    close();
  }
}

describe("over HTTP", () => {
  test("parts are asked for as they are needed, what came first is not asked for again", () =>
    withServer(
      big,
      inParts(() => "1"),
      async (source, asked) => {
        const file = await openFile(source, "x");
        expect(file.size).toBe(big.length);
        expect(await file.read(10, 20)).toEqual(big.subarray(10, 30));
        expect(await file.read(FIRST - 5, 10)).toEqual(big.subarray(FIRST - 5, FIRST + 5));
        expect(await file.read(big.length, 0)).toEqual(new Uint8Array());
        expect(asked).toEqual([`bytes=0-${FIRST - 1}`, `bytes=${FIRST - 5}-${FIRST + 4}`]);
      },
    ));

  test.for([0, 1, 100, FIRST])("a file of %i bytes takes one request", (length) =>
    withServer(
      big.subarray(0, length),
      inParts(() => "1"),
      async (source, asked) => {
        const file = await openFile(source, "x");
        expect(file.size).toBe(length);
        expect(Buffer.compare(await file.read(0, length), big.subarray(0, length))).toBe(0);
        expect(asked).toHaveLength(1);
      },
    ),
  );

  test("a server that knows no ranges sends the whole once", () =>
    withServer(big, whole, async (source, asked) => {
      const file = await openFile(source, "x");
      expect(await file.read(FIRST, 1000)).toEqual(big.subarray(FIRST));
      expect(asked).toHaveLength(1);
    }));

  test("where a part does not say the size, the whole is fetched", () =>
    withServer(
      small,
      (request, response, bytes) =>
        request.headers.range
          ? void response.writeHead(206, { "content-range": "bytes 0-99/*" }).end(bytes)
          : void response.end(bytes),
      async (source, asked) => {
        expect((await openFile(source, "x")).size).toBe(100);
        expect(asked).toEqual([`bytes=0-${FIRST - 1}`, "all"]);
      },
    ));

  test("a file that changes between two parts", () => {
    let version = 0;
    return withServer(
      big,
      inParts(() => `"${version++}"`),
      async (source) => {
        const file = await openFile(source, "x");
        await expect(file.read(FIRST, 10)).rejects.toMatchObject({
          code: "not-found",
          message: expect.stringMatching(/m\/x changed while it was read: try again/),
        });
      },
    );
  });

  test("a part of another length than was asked for", () => {
    const short: Handler = (request, response, bytes) => {
      const from = Number(/\d+/.exec(request.headers.range!)![0]);
      const length = from === 0 ? FIRST : 5;
      response
        .writeHead(206, { "content-range": `bytes ${from}-${from + 9}/${bytes.length}` })
        .end(bytes.subarray(from, from + length));
    };
    return withServer(big, short, async (source) => {
      const file = await openFile(source, "x");
      await expect(file.read(FIRST, 10)).rejects.toMatchObject({
        message: expect.stringMatching(/10 bytes from 4194304 were asked for, 5 came/),
      });
    });
  });

  test.for<[string, Handler]>([
    ["404", (_, response) => void response.writeHead(404).end()],
    [
      "the site's page",
      (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end(""),
    ],
  ])("%s is not-found", ([, handler]) =>
    withServer(small, handler, async (source) => {
      await expect(openFile(source, "x")).rejects.toMatchObject({ code: "not-found" });
    }),
  );
});

test("blobs by name", async () => {
  const source = fromBlobs(new Map([["a.gguf", new Blob([small])]]));
  expect(await source.list!()).toEqual(["a.gguf"]);
  const file = await openFile(source, "a.gguf");
  expect(await file.read(3, 4)).toEqual(small.subarray(3, 7));
  await expect(openFile(source, "b")).rejects.toMatchObject({ code: "not-found" });
});

describe("on disk", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "files-"));
    await writeFile(join(folder, "x"), small);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("parts, names, and what is not there", async () => {
    const source = fromFolder(folder);
    const file = await openFile(source, "x");
    expect(file.size).toBe(100);
    expect(await file.read(90, 10)).toEqual(small.subarray(90));
    expect(await source.list!()).toEqual(["x"]);
    await expect(openFile(source, "y")).rejects.toMatchObject({ code: "not-found" });
    await expect(fromFolder(join(folder, "z")).list!()).rejects.toMatchObject({ code: "not-found" });
  });

  test("a file that has become shorter since it was opened", async () => {
    await writeFile(join(folder, "cut"), small);
    const file = await openFile(fromFolder(folder), "cut");
    await writeFile(join(folder, "cut"), small.subarray(0, 50));
    await expect(file.read(40, 20)).rejects.toMatchObject({
      message: expect.stringMatching(/20 bytes from 40 were asked for, 10 came/),
    });
  });
});

test.for([
  [-1, 2],
  [99, 2],
  [0, 101],
  [101, 0],
  [0, Number.NaN],
] as const)("what lies outside a file is refused: %i, %i", async ([offset, length]) => {
  await expect(ofBytes(small).read(offset, length)).rejects.toMatchObject({
    code: "bad-shape",
    message: expect.stringMatching(/it has 100/),
  });
});
