/** `decoder` of tokenizer.json: tokens to text. */
import { type Part, partsOf, unknownPart } from "./part.ts";
import { CHAR_BYTES, expressionOf, utf8 } from "./unicode.ts";

/** Tokens to the texts that, joined, are the whole. */
export type Decoder = (tokens: string[]) => string[];

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/**
 * @param inside whether the tokens are looked at as the middle of a text: the space before a word is kept
 * @throws Error naming a type this version does not read
 */
export function openDecoder(part: Part | null | undefined, inside = false): Decoder {
  if (!part) return (tokens) => tokens.map((token, i) => (i === 0 && !inside ? token : ` ${token}`));
  switch (part.type) {
    case "Sequence": {
      const steps = partsOf(part.decoders).map((step) => openDecoder(step, inside));
      return (tokens) => steps.reduce((current, step) => step(current), tokens);
    }
    case "ByteLevel":
      return (tokens) => [lenient.decode(Uint8Array.from(tokens.flatMap(bytesOf)))];
    case "ByteFallback":
      return bytesOfFallback;
    case "Fuse":
      return (tokens) => [tokens.join("")];
    case "Metaspace": {
      const replacement = String(part.replacement ?? "▁");
      const scheme = part.prepend_scheme ?? (part.add_prefix_space === false ? "never" : "always");
      return (tokens) =>
        tokens.map((token, i) =>
          token.replaceAll(replacement, i === 0 && scheme !== "never" && !inside ? "" : " "),
        );
    }
    case "Replace": {
      const expression = expressionOf(part.pattern);
      const content = String(part.content ?? "");
      return (tokens) => tokens.map((token) => token.replace(expression, () => content));
    }
    case "Strip":
      return inside ? (tokens) => tokens : (tokens) => tokens.map(stripper(part));
    case "WordPiece": {
      const prefix = String(part.prefix ?? "##");
      const clean = part.cleanup !== false;
      return (tokens) =>
        tokens.map((token, i) => {
          const first = i === 0 && !inside;
          const text = first ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
          return clean ? withoutSpaces(text) : text;
        });
    }
    case "BPEDecoder": {
      const suffix = String(part.suffix ?? "</w>");
      return (tokens) =>
        tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 && !inside ? "" : " "));
    }
    default:
      throw unknownPart("decoder", part.type);
  }
}

/** A token's bytes; one with a character that stands for none is its own text. */
function bytesOf(token: string): number[] {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = CHAR_BYTES.get(character);
    if (byte === undefined) return [...utf8(token)];
    bytes.push(byte);
  }
  return bytes;
}

/** Runs of SentencePiece's byte tokens become text; what is no text is U+FFFD, one a byte. */
function bytesOfFallback(tokens: string[]): string[] {
  const out: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    if (run.length > 0) out.push(textOf(Uint8Array.from(run)));
    run = [];
  };
  for (const token of tokens) {
    const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    if (hex !== undefined) run.push(Number.parseInt(hex, 16));
    else {
      flush();
      out.push(token);
    }
  }
  flush();
  return out;
}

function textOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return "\uFFFD".repeat(bytes.length);
  }
}

/** Takes up to `start` and `stop` times `content` from the ends. */
function stripper({ content, start = 0, stop = 0 }: Part): (token: string) => string {
  return (token) => {
    const characters = [...token];
    let from = 0;
    while (from < Number(start) && characters[from] === content) from++;
    let to = characters.length;
    while (characters.length - to < Number(stop) && to > from && characters[to - 1] === content) to--;
    return characters.slice(from, to).join("");
  };
}

/** WordPiece's `cleanup`: the spaces before marks and clitics. */
const withoutSpaces = (text: string): string =>
  text
    .replaceAll(" .", ".")
    .replaceAll(" ?", "?")
    .replaceAll(" !", "!")
    .replaceAll(" ,", ",")
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(" do not", " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re");
