/** A download over a server that does everything wrong ends with the right bytes, or with an error that says why. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openDiskFolder } from "../../src/lab/diskFolder.ts";
import { type DownloadOptions, downloadFile, type Version } from "../../src/storage/download.ts";
import {
  type BadServer,
  cutAfter,
  gzipped,
  honest,
  openBadServer,
  patterned,
  sha256Of,
} from "../helpers/badServer.ts";

vi.setConfig({ testTimeout: 60_000 }); // every attempt ends with a flush to the disk, which others use too
const SIZE = 5000;
const BYTES = patterned(SIZE);
const OTHER = patterned(SIZE, 2);
const NAME = "model.gguf";

let out = "";
let server: BadServer;
let version: Version;
let notes: string[] = [];
let waits: number[] = [];
let progress: [number, number | null][] = [];
let awaited = { bytes: 0, stored() {} }; // by the cut that comes next

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "closed-book-test-"));
  server = await openBadServer(BYTES);
  [version, notes, waits, progress] = [{ etag: null, size: null }, [], [], []];
});
afterEach(async () => {
  await server.close();
  await rm(out, { recursive: true });
});

interface Given extends Partial<DownloadOptions> {
  sha256?: string | null;
  size?: number | null;
}

/** One visit: takes up what an earlier one left in the folder. */
async function fetchIt({ sha256 = null, size = null, ...options }: Given = {}) {
  const file = { name: NAME, url: server.url, size, sha256 };
  return downloadFile(await openDiskFolder(out), file, version, {
    signal: new AbortController().signal,
    onProgress(done, of, note) {
      progress.push([done, of]);
      if (done >= awaited.bytes) awaited.stored();
      if (note !== null && notes.at(-1) !== note) notes.push(note);
    },
    onVersion: async (now) => {
      version = now;
    },
    sleep: async (ms) => {
      waits.push(ms);
    },
    ...options,
  });
}

/** Answers honestly, and breaks off when `cut` bytes of the answer are stored. */
function cutOff(cut: number, request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const all = new Promise<void>((stored) => {
    awaited = { bytes: start + cut, stored };
    if (cut === 0) stored();
  });
  cutAfter(cut, response, () => honest(request, response, server.file), all);
}

const stored = async (name = NAME): Promise<Uint8Array> => new Uint8Array(await readFile(join(out, name)));
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("a good server", () => {
  test("the bytes come, the part is gone, nobody may compress", async () => {
    expect(await fetchIt({ sha256: sha256Of(BYTES) })).toEqual({ size: SIZE, checked: true });
    expect(await stored()).toEqual(BYTES);
    expect(await readdir(out)).toEqual([NAME]);
    expect(server.requests).toEqual([{ range: "bytes=0-", encoding: expect.stringMatching(/identity/) }]);
    expect(version).toEqual({ etag: '"one"', size: SIZE });
    expect(progress.at(-1)).toEqual([SIZE, SIZE]);
  });

  test("without a hash it says that nothing was checked", async () => {
    expect(await fetchIt()).toEqual({ size: SIZE, checked: false });
  });

  test("redirects are followed", async () => {
    server.mood = ({ url }, response) => {
      if (url !== `/${NAME}`) return false;
      response.writeHead(302, { location: "/elsewhere" }).end();
      return true;
    };
    await fetchIt();
    expect(await stored()).toEqual(BYTES);
  });

  test("an empty file", async () => {
    server.file = { bytes: new Uint8Array(), etag: '"none"' };
    expect(await fetchIt()).toEqual({ size: 0, checked: false });
    expect(await stored()).toEqual(new Uint8Array());
  });
});

describe("a connection that breaks", () => {
  const CUTS = [0, 1, 2, 255, 256, 1023, 1024, 2500, SIZE - 2, SIZE - 1];

  test.for(CUTS)("after %i bytes: the rest is asked for", async (cut) => {
    server.mood = (request, response, nth) => {
      if (nth > 0) return false;
      cutOff(cut, request, response);
      return true;
    };
    await fetchIt({ sha256: sha256Of(BYTES) });
    expect(await stored()).toEqual(BYTES);
    expect(server.requests.at(-1)?.range).toBe(`bytes=${cut}-`);
    expect(notes).toEqual([expect.stringMatching(/tries again in 1 s/)]);
  });

  test("at every byte of a small file, each time again", async () => {
    const small = BYTES.subarray(0, 120);
    server.file = { bytes: small, etag: '"small"' };
    server.mood = (request, response) => {
      cutOff(1, request, response);
      return true;
    };
    await fetchIt({ sha256: sha256Of(small) });
    expect(await stored()).toEqual(small);
    expect(server.requests.map(({ range }) => range)).toEqual(Array.from(small, (_, i) => `bytes=${i}-`));
  });

  test("at any byte, and the page closed with it: another visit takes it up", async () => {
    for (let cut = 0; cut < 100; cut++) {
      server.file = { bytes: patterned(100, cut), etag: `"${cut}"` };
      version = { etag: null, size: null };
      let answered = false;
      server.mood = (request, response) => {
        if (answered) return true; // the rest never comes
        answered = true;
        cutOff(cut, request, response);
        return true;
      };
      const closed = new AbortController();
      const visit = fetchIt({ signal: closed.signal, sleep: async () => closed.abort() });
      await expect(visit).rejects.toThrow(refused("aborted", new RegExp(`${cut} bytes are kept`)));
      expect((await stored(`${NAME}.part`)).length).toBe(cut);
      server.mood = () => false;
      await fetchIt({ sha256: sha256Of(server.file.bytes) });
      expect(await stored()).toEqual(server.file.bytes);
    }
  });

  test("for good: it waits longer each time, gives up, and keeps what came", async () => {
    server.mood = (request, response, nth) => {
      if (nth === 0) cutOff(300, request, response);
      else response.socket?.destroy();
      return true;
    };
    await expect(fetchIt()).rejects.toThrow(refused("download-failed", /7 times; 300 bytes are kept/));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000]);
    expect((await stored(`${NAME}.part`)).length).toBe(300);
  });

  test("a server that falls silent counts as one", async () => {
    server.mood = (_request, response, nth) => {
      if (nth > 0) return false;
      response.writeHead(206, { "content-range": `bytes 0-${SIZE - 1}/${SIZE}`, etag: '"one"' });
      response.write(BYTES.subarray(0, 100));
      return true;
    };
    await fetchIt({ stallMs: 1000 });
    expect(await stored()).toEqual(BYTES);
    expect(notes[0]).toMatch(/nothing came any more/);
  });
});

describe("stopping", () => {
  test("in the middle keeps what came", async () => {
    const stop = new AbortController();
    server.mood = (_request, response) => {
      response.writeHead(206, { "content-range": `bytes 0-${SIZE - 1}/${SIZE}`, etag: '"one"' });
      response.write(BYTES.subarray(0, 100));
      return true;
    };
    const visit = fetchIt({ signal: stop.signal, onProgress: () => stop.abort() });
    await expect(visit).rejects.toThrow(refused("aborted", /100 bytes are kept/));
    server.mood = () => false;
    await fetchIt({ sha256: sha256Of(BYTES) });
    expect(server.requests.at(-1)?.range).toBe("bytes=100-");
    expect(await stored()).toEqual(BYTES);
  });

  test("a part that is whole already is checked, not fetched", async () => {
    await writeFile(join(out, `${NAME}.part`), BYTES);
    version = { etag: '"one"', size: SIZE };
    expect(await fetchIt({ sha256: sha256Of(BYTES) })).toEqual({ size: SIZE, checked: true });
    expect(server.requests).toEqual([]);
  });

  test("a part of unknown origin is not trusted", async () => {
    await writeFile(join(out, `${NAME}.part`), OTHER.subarray(0, 700));
    await fetchIt();
    expect(await stored()).toEqual(BYTES);
  });
});

/** The first request is cut after 1,000 bytes, the others are answered by `then`. */
const cutThen =
  (then: BadServer["mood"]): BadServer["mood"] =>
  (request, response, nth) => {
    if (nth > 0) return then(request, response, nth);
    cutOff(1000, request, response);
    return true;
  };

describe("a server that lies", () => {
  test("ignores ranges: begins anew and says so", async () => {
    server.mood = cutThen((_request, response) => {
      response.writeHead(200, { "content-length": SIZE, etag: '"one"' }).end(BYTES);
      return true;
    });
    await fetchIt({ sha256: sha256Of(BYTES) });
    expect(await stored()).toEqual(BYTES);
    expect(notes).toContain("began anew: the server cannot resume");
  });

  test("ignores ranges and always breaks off: ends", async () => {
    server.mood = (_request, response) => {
      cutAfter(1000, response, () => response.writeHead(200, { "content-length": SIZE }).end(BYTES));
      return true;
    };
    await expect(fetchIt()).rejects.toThrow(refused("download-failed", /cannot resume, again and again/));
  });

  test.for([
    ["another ETag, same size", { bytes: OTHER, etag: '"two"' }],
    ["another size, no ETag", { bytes: patterned(SIZE + 1, 3), etag: null }],
    ["a smaller file than what is there", { bytes: patterned(10, 4), etag: '"tiny"' }],
  ] as const)("changes the file under way (%s): begins anew and says so", async ([, file]) => {
    server.mood = cutThen(() => {
      server.file = file;
      return false;
    });
    await fetchIt();
    expect(await stored()).toEqual(file.bytes);
    expect(notes).toContain("began anew: the file on the server has changed");
  });

  test("changes the file all the time: ends", async () => {
    server.mood = (request, response, nth) => {
      server.file = { bytes: BYTES, etag: `"${nth}"` };
      cutOff(500, request, response);
      return true;
    };
    await expect(fetchIt()).rejects.toThrow(refused("download-failed", /changed, again and again/));
  });

  test("answers with another range than was asked for", async () => {
    server.mood = cutThen((request, response) => {
      if (request.headers.range === undefined) return false;
      const range = `bytes 0-${SIZE - 1}/${SIZE}`;
      response.writeHead(206, { "content-range": range, etag: '"one"' }).end(BYTES);
      return true;
    });
    await fetchIt({ sha256: sha256Of(BYTES) });
    expect(await stored()).toEqual(BYTES);
    expect(server.requests.at(-1)?.range).toBeNull();
  });

  test("announces more than it sends, without an error on the line", async () => {
    server.mood = (_request, response, nth) => {
      if (nth > 0) return false;
      const range = `bytes 0-${SIZE - 1}/${SIZE}`;
      response.writeHead(206, { "content-range": range, etag: '"one"' }).end(BYTES.subarray(0, 900)); // chunked
      return true;
    };
    await fetchIt({ sha256: sha256Of(BYTES) });
    expect(await stored()).toEqual(BYTES);
    expect(server.requests.at(-1)?.range).toBe("bytes=900-");
  });

  test("sends more than it announces, always: ends, and nothing wrong is kept", async () => {
    server.mood = (_request, response) => {
      response.writeHead(206, { "content-range": `bytes 0-9/10`, etag: '"one"' }).end(BYTES); // chunked
      return true;
    };
    await expect(fetchIt()).rejects.toThrow(refused("download-failed", /more than the 10 bytes/));
    expect(await readdir(out)).toEqual([`${NAME}.part`]);
  });

  test("has another size than the list says", async () => {
    await expect(fetchIt({ size: SIZE + 5 })).rejects.toThrow(
      refused("download-failed", /announced with 5005 bytes, the server now has 5000 bytes/),
    );
  });

  test("sends other bytes of the same length: the hash says so, twice, and they are deleted", async () => {
    await expect(fetchIt({ sha256: sha256Of(OTHER) })).rejects.toThrow(
      refused("download-failed", /has the SHA-256 .* deleted/),
    );
    expect(server.requests.length).toBe(2);
    expect((await stored(`${NAME}.part`)).length).toBe(0);
  });

  test("an earlier visit's bytes went bad on the disk: the hash says so, and it is fetched anew", async () => {
    await writeFile(join(out, `${NAME}.part`), OTHER.subarray(0, 700));
    version = { etag: '"one"', size: SIZE };
    await fetchIt({ sha256: sha256Of(BYTES) });
    expect(await stored()).toEqual(BYTES);
    expect(notes).toContain("began anew: its SHA-256 was wrong");
  });
});

describe("other answers", () => {
  test.for([429, 503])("HTTP %i with Retry-After: waits as long as it asks", async (status) => {
    server.mood = (_request, response, nth) => {
      if (nth > 1) return false;
      const date = new Date(Date.now() + 20_000).toUTCString();
      response.writeHead(status, { "retry-after": nth === 0 ? "7" : date }).end();
      return true;
    };
    await fetchIt();
    expect(await stored()).toEqual(BYTES);
    expect(waits[0]).toBe(7000);
    expect(waits[1]).toBeGreaterThan(15_000);
    expect(waits[1]).toBeLessThanOrEqual(20_000);
  });

  test("more patience than a person has is an error", async () => {
    server.mood = (_request, response) => {
      response.writeHead(429, { "retry-after": "86400" }).end();
      return true;
    };
    await expect(fetchIt()).rejects.toThrow(refused("download-failed", /asks for 86400 s of patience/));
  });

  test("HTTP 416 for a part that is longer than the file now is", async () => {
    server.mood = cutThen(() => {
      server.file = { bytes: patterned(200, 9), etag: null };
      return false;
    });
    await fetchIt();
    expect(await stored()).toEqual(patterned(200, 9));
  });

  test.for([
    [401, "download-failed", /not open to everybody \(HTTP 401\)/],
    [403, "download-failed", /drop them here/],
    [404, "not-found", /is not there \(HTTP 404\)/],
    [400, "download-failed", /HTTP 400/],
  ] as const)("HTTP %i ends it at once", async ([status, code, message]) => {
    server.mood = (_request, response) => {
      response.writeHead(status).end();
      return true;
    };
    await expect(fetchIt()).rejects.toThrow(refused(code, message));
    expect(server.requests.length).toBe(1);
  });

  test("a web page instead of the file is not the file", async () => {
    server.mood = (_request, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<h1>Welcome</h1>");
      return true;
    };
    await expect(fetchIt()).rejects.toThrow(refused("not-found", /is not there/));
  });

  test("gzip on the way: the file's own bytes are stored, lengths on the line are not believed", async () => {
    server.mood = (_request, response, nth) => {
      const body = gzipped(BYTES);
      const answer = () =>
        response
          .writeHead(200, { "content-encoding": "gzip", "content-length": body.length, etag: '"gz"' })
          .end(body);
      if (nth === 0) cutAfter(body.length - 20, response, answer);
      else answer();
      return true;
    };
    expect(await fetchIt({ sha256: sha256Of(BYTES), size: SIZE })).toEqual({ size: SIZE, checked: true });
    expect(await stored()).toEqual(BYTES);
  });

  test("gzip of a byte range cannot be used: it is asked for whole", async () => {
    server.mood = (request, response) => {
      if (request.headers.range === undefined) return false;
      const body = gzipped(BYTES);
      const headers = {
        "content-encoding": "gzip",
        "content-range": `bytes 0-${body.length - 1}/${body.length}`,
      };
      response.writeHead(206, headers).end(body);
      return true;
    };
    await fetchIt({ sha256: sha256Of(BYTES) });
    expect(await stored()).toEqual(BYTES);
  });
});
