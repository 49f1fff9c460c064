/**
 * One file from a server into a folder, byte for byte, whatever happens on the way. What has come lies in `NAME.part`;
 * a cut connection, a closed tab or a cancel leaves it there, and the next attempt asks for the rest.
 *
 * Every request has a Range, the first one too: then nobody on the way may compress the answer. There is no If-Range:
 * it would make a browser ask the server for leave first (CORS), which the Hugging Face CDN refuses
 * (https://github.com/huggingface/datasets/issues/7931); the answer's own ETag and length say as much.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { LabError } from "../core/errors.ts";
import type { RemoteFile } from "../core/models.ts";
import { isPage, isPassing, readAnswer, refusal, retryAfter } from "./http.ts";
import { type ModelFolder, PART, type WritableFile } from "./modelFolder.ts";

/** What the bytes in a .part belong to. */
export interface Version {
  etag: string | null;
  size: number | null; // bytes of the whole file
}

export interface DownloadOptions {
  signal: AbortSignal;
  /** Bytes that are stored, and of how many; `note` says why it waits or began anew. */
  onProgress(done: number, of: number | null, note: string | null): void;
  /** Called before bytes of another version are stored. */
  onVersion(version: Version): Promise<void>;
  fetch?: typeof fetch;
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
  stallMs?: number; // without a byte the connection counts as cut
}

const STALL_MS = 60_000;
const TRIES = 7; // without a byte more than ever before
const FIRST_WAIT_MS = 500; // doubled each time
const LONGEST_WAIT_MS = 30_000;
const LONGEST_ASKED_MS = 300_000; // a server may ask for more patience than that; then a person decides
const FRESH_STARTS = 4; // a file that changes more often is not worth waiting for
const READ_BYTES = 4 << 20; // at once, to hash what is stored

/**
 * Fetches `file`, or the rest of it. `known` is the version that `NAME.part` was begun with.
 * @returns its size, and whether its SHA-256 was compared
 * @throws LabError aborted, not-found, download-failed, quota-exceeded or storage-failed; the part stays, but for a wrong hash
 */
export async function downloadFile(
  folder: ModelFolder,
  file: RemoteFile,
  known: Version,
  options: DownloadOptions,
): Promise<{ size: number; checked: boolean }> {
  const part = await folder.open(file.name + PART);
  let size: number;
  try {
    size = await new Transfer(part, file, known, options).run();
  } finally {
    await part.close();
  }
  await folder.rename(file.name + PART, file.name);
  return { size, checked: file.sha256 !== null };
}

/** What went wrong and may go right: the connection, or the server's mood. */
class Passing extends Error {
  readonly waitMs: number | null; // as the server asked
  constructor(message: string, options: { cause?: unknown; waitMs?: number | null } = {}) {
    super(message, options);
    this.waitMs = options.waitMs ?? null;
  }
}

class Transfer {
  readonly #part: WritableFile;
  readonly #file: RemoteFile;
  readonly #options: DownloadOptions;
  #version: Version;
  #have = 0; // bytes stored
  #most = 0; // ever
  #failures = 0; // since `most` grew
  #freshStarts = 0;
  #ranges = true; // false once the server has shown that it cannot
  #wasWrong = false;
  #note: string | null = null;
  #hash = sha256.create();

  constructor(part: WritableFile, file: RemoteFile, known: Version, options: DownloadOptions) {
    this.#part = part;
    this.#file = file;
    this.#version = known;
    this.#options = options;
  }

  /** @returns the size of the whole file */
  async run(): Promise<number> {
    await this.#takeUp();
    for (;;) {
      this.#checkStopped();
      try {
        if ((this.#isAllHere() || (await this.#attempt())) && (await this.#isRight())) return this.#have;
      } catch (error) {
        this.#checkStopped();
        if (!(error instanceof Passing)) throw error;
        await this.#wait(error);
      } finally {
        await this.#part.flush();
      }
    }
  }

  /** Takes over what an earlier visit stored; what cannot be told apart from another file's beginning is let go. */
  async #takeUp(): Promise<void> {
    const stored = await this.#part.size();
    const { etag, size } = this.#version;
    if ((etag === null && size === null) || (size !== null && stored > size)) return this.#part.truncate(0);
    for (let at = 0; this.#file.sha256 !== null && at < stored; at += READ_BYTES) {
      this.#checkStopped();
      this.#hash.update(await this.#part.read(at, Math.min(READ_BYTES, stored - at)));
    }
    this.#have = this.#most = stored;
  }

  #isAllHere(): boolean {
    return this.#have > 0 && this.#have === this.#version.size;
  }

  /** One request and what comes of it. @returns whether all of the file is stored now */
  async #attempt(): Promise<boolean> {
    const stalled = new AbortController();
    const patience = AbortSignal.any([this.#options.signal, stalled.signal]);
    const alarm = openAlarm(this.#options.stallMs ?? STALL_MS, () => stalled.abort());
    try {
      const response = await this.#request(patience);
      const { status } = response;
      const answer = readAnswer(response);
      if (status === 416) return await this.#pastTheEnd(answer.total);
      if (status !== 200 && status !== 206) {
        if (!isPassing(status)) throw refusal(status, this.#file.url);
        const waitMs = retryAfter(response.headers, Date.now());
        throw new Passing(`the server answers with HTTP ${status}`, { waitMs });
      }
      if (isPage(response.headers, this.#file.name)) throw refusal(404, this.#file.url);
      if (status === 206 && (answer.encoded || (answer.start ?? this.#have) !== this.#have)) {
        this.#ranges = false; // it does not give the bytes that were asked for
        return await this.#startOver("the server does not keep to byte ranges");
      }
      if (status === 200 && this.#have > 0) await this.#startOver("the server cannot resume");
      const given = Number(response.headers.get("content-length") ?? Number.NaN);
      const rest = status === 206 && Number.isFinite(given) ? this.#have + given : null;
      if (await this.#isOther({ etag: answer.etag, size: answer.total ?? rest }))
        return await this.#startOver("the file on the server has changed");
      return await this.#receive(response, alarm);
    } catch (error) {
      if (error instanceof LabError || error instanceof Passing) throw error;
      throw new Passing(stalled.signal.aborted ? "nothing came any more" : "the connection failed", {
        cause: error,
      });
    } finally {
      alarm.off();
      stalled.abort(); // ends a body nobody reads to its end
    }
  }

  #request(signal: AbortSignal): Promise<Response> {
    const headers: HeadersInit = this.#ranges ? { range: `bytes=${this.#have}-` } : {};
    return (this.#options.fetch ?? fetch)(this.#file.url, { headers, signal, cache: "no-store" });
  }

  /** "Range Not Satisfiable": all is there already, or what is there is longer than the file now is. */
  async #pastTheEnd(total: number | null): Promise<boolean> {
    if (this.#have > 0 && this.#have === (total ?? this.#version.size)) return true;
    if (this.#have === 0) this.#ranges = false; // an empty file has no first byte to ask for
    return this.#startOver("the file on the server has changed");
  }

  /** Compares what the answer belongs to with what is stored; with nothing stored, the answer's version is ours. */
  async #isOther(came: Version): Promise<boolean> {
    const { name, size: listed } = this.#file;
    if (listed !== null && came.size !== null && came.size !== listed)
      throw new LabError(
        "download-failed",
        `${name} was announced with ${bytes(listed)}, the server now has ${bytes(came.size)}: ask for the model again`,
      );
    const differs = <T>(a: T | null, b: T | null) => a !== null && b !== null && a !== b;
    const { etag, size } = this.#version;
    if (this.#have > 0) return differs(etag, came.etag) || differs(size, came.size);
    this.#version = { etag: came.etag, size: came.size ?? listed };
    await this.#options.onVersion(this.#version);
    return false;
  }

  async #receive(response: Response, alarm: Alarm): Promise<boolean> {
    const { size } = this.#version;
    const reader = response.body?.getReader();
    for (;;) {
      const { value } = (await reader?.read()) ?? {};
      if (value === undefined) break;
      alarm.reset();
      if (size !== null && this.#have + value.length > size)
        return this.#startOver(`the server sent more than the ${bytes(size)} it had announced`);
      await this.#store(value);
      this.#say(this.#have > this.#most ? null : this.#note);
    }
    if (size !== null && this.#have < size) throw new Passing("the connection ended early");
    this.#version = { ...this.#version, size: this.#have };
    return true;
  }

  async #store(chunk: Uint8Array): Promise<void> {
    try {
      await this.#part.write(chunk, this.#have);
    } catch (cause) {
      const { name, code } = cause as { name?: string; code?: string };
      const full = name === "QuotaExceededError" || code === "ENOSPC";
      throw new LabError(
        full ? "quota-exceeded" : "storage-failed",
        full
          ? `${this.#file.name}: the storage is full after ${bytes(this.#have)}, which are kept; delete models or free space, then resume`
          : `${this.#file.name} could not be stored: ${String(cause)}`,
        { cause },
      );
    }
    if (this.#file.sha256 !== null) this.#hash.update(chunk);
    this.#have += chunk.length;
    if (this.#have > this.#most) {
      this.#most = this.#have;
      this.#failures = 0;
    }
  }

  /** Compares the SHA-256; a wrong one costs the file, the first time another try. */
  async #isRight(): Promise<boolean> {
    const { name, sha256: want } = this.#file;
    if (want === null) return true;
    const got = Array.from(this.#hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (got === want.toLowerCase()) return true;
    await this.#startOver("its SHA-256 was wrong");
    if (this.#wasWrong)
      throw new LabError(
        "download-failed",
        `${name} has the SHA-256 ${got}, announced is ${want}: what came was deleted`,
      );
    this.#wasWrong = true;
    return false;
  }

  /** @returns false: the file is not all there */
  async #startOver(why: string): Promise<false> {
    if (++this.#freshStarts > FRESH_STARTS)
      throw new LabError("download-failed", `${this.#file.name}: ${why}, again and again; try later`);
    await this.#part.truncate(0);
    this.#have = 0;
    this.#most = 0;
    this.#version = { etag: null, size: null };
    this.#hash = sha256.create();
    this.#say(`began anew: ${why}`);
    return false;
  }

  async #wait(reason: Passing): Promise<void> {
    const { name } = this.#file;
    const kept = `${bytes(this.#have)} are kept: resume later`;
    if (++this.#failures >= TRIES)
      throw new LabError("download-failed", `${name}: ${reason.message}, ${TRIES} times; ${kept}`, {
        cause: reason,
      });
    const ms = reason.waitMs ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    const seconds = Math.ceil(ms / 1000);
    if (ms > LONGEST_ASKED_MS)
      throw new LabError(
        "download-failed",
        `${name}: ${reason.message} and asks for ${seconds} s of patience; ${kept}`,
      );
    this.#say(`${reason.message}; tries again in ${seconds} s`);
    await (this.#options.sleep ?? sleep)(ms, this.#options.signal);
  }

  #say(note: string | null): void {
    this.#note = note;
    this.#options.onProgress(this.#have, this.#version.size ?? this.#file.size, note);
  }

  #checkStopped(): void {
    if (!this.#options.signal.aborted) return;
    throw new LabError("aborted", `${this.#file.name}: stopped; ${bytes(this.#have)} are kept`);
  }
}

const bytes = (n: number): string => (n < 1e6 ? `${n} bytes` : `${(n / 1e6).toFixed(1)} MB`);

interface Alarm {
  reset(): void;
  off(): void;
}

function openAlarm(ms: number, ring: () => void): Alarm {
  let timer = setTimeout(ring, ms);
  return {
    reset() {
      clearTimeout(timer);
      timer = setTimeout(ring, ms);
    },
    off: () => clearTimeout(timer),
  };
}

/** Ends early, without an error, when the signal does. */
const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
