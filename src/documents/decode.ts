/** Bytes → text: the one way for everything a person brings, on the page as in the runner (lab.md §2a, "encodings"). */
import { LabError } from "../core/errors.ts";

export interface DecodedText {
  text: string; // without a byte order mark
  encoding: string | null; // where it is none of Unicode's
  notes: string[]; // what a person should know of it, each naming the file: another encoding, lost characters
}

/**
 * The text of a file: by its byte order mark; else UTF-16 where every other byte is zero, UTF-8, or windows-1252, in this
 * order. Whatever is not plain UTF-8 or UTF-16 is told in `notes`.
 * @throws LabError bad-data naming the file and what it is instead of text
 */
export function readText(bytes: Uint8Array, name: string): DecodedText {
  const kind = SIGNATURES.find(([signature]) => startsWith(bytes, signature))?.[1];
  if (kind !== undefined) throw noText(name, `it is ${kind}`);
  const { text, encoding, broken } = decode(bytes, name);
  const controls = text.match(CONTROLS)?.length ?? 0;
  if (text.includes("\0")) throw noText(name, "it has zero bytes in it");
  if (text.includes("\u001b$B")) throw noText(name, "it is in ISO-2022-JP");
  if (controls * 10 > text.length) throw noText(name, "much of it is control characters");
  const lost = text.split("\uFFFD").length - 1;
  const notes: string[] = [];
  if (encoding !== null) notes.push(`${name} was read as ${encoding}`);
  if (lost > 0) notes.push(lostNote(name, lost, broken));
  if (controls > 0) notes.push(`${name} has control characters in it: ${controls}`);
  return { text, encoding, notes };
}

/** What files begin with that people take for text, or drop by mistake. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["%PDF", "a PDF"],
  ["PK\x03\x04", "a zip archive, or a document packed as one (.docx, .xlsx, .pptx, .odt, .epub)"],
  ["\xD0\xCF\x11\xE0", "an old Office document"],
  ["{\\rtf", "in RTF"],
  ["\x89PNG", "a picture"],
  ["\xFF\xD8\xFF", "a picture"],
  ["GIF8", "a picture"],
  ["\x1F\x8B", "packed by gzip"],
  ["7z\xBC\xAF", "a 7-Zip archive"],
  ["SQLite format 3", "a database"],
  ["GGUF", "a model"],
  ["\xFF\xFE\0\0", "in UTF-32"],
  ["\0\0\xFE\xFF", "in UTF-32"],
];

const startsWith = (bytes: Uint8Array, signature: string): boolean =>
  [...signature].every((c, i) => bytes[i] === c.charCodeAt(0));

const CONTROLS = /(?!\s)\p{Cc}/gu;

const noText = (name: string, why: string): LabError =>
  new LabError(
    "bad-data",
    `${name} is not a text file that can be read here: ${why}; save it as text in UTF-8`,
  );

const lostNote = (name: string, count: number, broken: boolean): string =>
  broken
    ? `${name} is damaged: ${count} characters are no UTF-8 and show as \uFFFD`
    : `${name} holds the sign \uFFFD ${count} times: characters were lost before it came here`;

interface Decoded {
  text: string;
  encoding: string | null; // null: one of Unicode's own, nothing to tell
  broken: boolean; // some bytes are no characters
}

const unicode = (text: string, broken = false): Decoded => ({ text, encoding: null, broken });

function decode(bytes: Uint8Array, name: string): Decoded {
  const wide = utf16(bytes);
  if (wide !== null) {
    const text = tryDecode(bytes, wide);
    if (text === null) throw noText(name, `it is damaged UTF-16 (${bytes.length} bytes)`);
    return unicode(text);
  }
  const text = tryDecode(bytes, "utf-8");
  if (text !== null) return unicode(text);
  const mended = new TextDecoder().decode(bytes);
  const broken = mended.split("\uFFFD").length - 1;
  const whole = (mended.match(/[^\p{ASCII}\uFFFD]/gu) ?? []).length; // western text has none by chance
  if (whole >= broken) return unicode(mended, true);
  return { text: western(bytes, name), encoding: "windows-1252", broken: false };
}

/** UTF-16 by its mark, or by zeros at every other place only, as all text with spaces or line ends has them. */
function utf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const zeros = [0, 0];
  for (let i = 0; i < Math.min(bytes.length, 1 << 16); i++) if (bytes[i] === 0) zeros[i & 1]!++;
  const [even = 0, odd = 0] = zeros;
  if (odd * 50 > Math.min(bytes.length, 1 << 16) && even * 20 <= odd) return "utf-16le";
  return even * 50 > Math.min(bytes.length, 1 << 16) && odd * 20 <= even ? "utf-16be" : null;
}

function tryDecode(bytes: Uint8Array, encoding: "utf-8" | "utf-16le" | "utf-16be"): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes 0x80 … 0x9F in windows-1252, "\uFFFD" for the five it has not; Node 20's own decoder has them wrong. */
const HIGH = "€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ";

/** @throws LabError bad-data where the bytes make no western text: letters beyond ASCII are rare in that */
function western(bytes: Uint8Array, name: string): string {
  const text = new TextDecoder("latin1")
    .decode(bytes)
    .replace(/[\x80-\x9f]/g, (c) => HIGH[c.charCodeAt(0) - 0x80]!);
  const letters = (text.match(/\p{L}/gu) ?? []).length;
  const beyond = (text.match(/[^\p{ASCII}\s]/gu) ?? []).length;
  if (text.includes("\uFFFD") || beyond > Math.max(2, letters / 2)) {
    throw noText(
      name,
      "it is neither UTF-8 nor UTF-16, nor western text in windows-1252 (it may be in windows-1250, windows-1251, Shift-JIS, EUC-JP, GB18030, Big5 or EUC-KR)",
    );
  }
  return text;
}
