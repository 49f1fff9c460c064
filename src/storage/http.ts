/** What a server's answer says of the file behind it. */
import { LabError } from "../core/errors.ts";

export interface Answer {
  etag: string | null;
  start: number | null; // of a partial answer: the first byte's position; null where it does not say
  total: number | null; // bytes of the whole file; null where it does not say, or says it of something compressed
  encoded: boolean; // compressed on the way: lengths and positions are not the file's
}

/**
 * A partial answer's place is its Content-Range, a whole one's size its Content-Length. A server of another origin shows
 * a page ETag and Content-Range only if it exposes them; then null, and lengths and hash decide.
 */
export function readAnswer({ status, headers }: Response): Answer {
  const encoding = headers.get("content-encoding") ?? "identity";
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  const encoded = encoding !== "identity";
  const length = status === 200 && !encoded ? headers.get("content-length") : null;
  return {
    etag: headers.get("etag"),
    start: range?.[1] === undefined ? null : Number(range[1]),
    total: wholeNumber(range?.[2]) ?? wholeNumber(length),
    encoded,
  };
}

const wholeNumber = (text: string | null | undefined): number | null =>
  text && /^\d+$/.test(text) ? Number(text) : null;

/** Retry-After, in seconds or as a date, as milliseconds from now; null where there is none. */
export function retryAfter(headers: Headers, now: number): number | null {
  const text = headers.get("retry-after");
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** An answer that will not get better by asking again. */
export function refusal(status: number, url: string): LabError {
  switch (status) {
    case 401:
    case 403:
      return new LabError(
        "download-failed",
        `${url} is not open to everybody (HTTP ${status}): it is private, or its owner wants an agreement first. ` +
          "Sign in on its page, download the files there, and drop them here",
      );
    case 404:
    case 410:
      return new LabError("not-found", `${url} is not there (HTTP ${status}): check the name`);
    default:
      return new LabError("download-failed", `${url} answers with HTTP ${status}`);
  }
}

/** Worth another try: the server is busy or something between us and it failed. */
export const isPassing = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500;

/** Whether a file was asked for and a web page came, as static hosts answer an unknown path. */
export const isPage = (headers: Headers, name: string): boolean =>
  (headers.get("content-type")?.startsWith("text/html") ?? false) && !/\.html?$/i.test(name);
