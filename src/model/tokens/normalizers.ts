/** `normalizer` of tokenizer.json: text to text, before it is cut. */
import { type Part, partsOf, unknownPart } from "./part.ts";
import { precompiled } from "./precompiled.ts";
import { byteLevel, ENDS_WITH_SPACE, expressionOf, STARTS_WITH_SPACE } from "./unicode.ts";

export type Normalizer = (text: string) => string;

const unchanged: Normalizer = (text) => text;

/**
 * @param inside whether the text goes on from another one, so that nothing is put before it
 * @throws Error naming a type this version does not read
 */
export function openNormalizer(part: Part | null | undefined, inside = false): Normalizer {
  if (!part) return unchanged;
  switch (part.type) {
    case "Sequence": {
      const steps = partsOf(part.normalizers).map((step) => openNormalizer(step, inside));
      return (text) => steps.reduce((current, step) => step(current), text);
    }
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD": {
      const form = part.type;
      return (text) => text.normalize(form);
    }
    case "Lowercase":
      return lowercase;
    case "Strip": {
      const { strip_left = true, strip_right = true } = part;
      const left: Normalizer = strip_left ? (text) => text.replace(STARTS_WITH_SPACE, "") : unchanged;
      const right: Normalizer = strip_right ? (text) => text.replace(ENDS_WITH_SPACE, "") : unchanged;
      return (text) => right(left(text));
    }
    case "StripAccents":
      return (text) => text.replace(/\p{M}/gu, "");
    case "Prepend": {
      const before = String(part.prepend);
      return inside ? unchanged : (text) => (text === "" ? "" : before + text);
    }
    case "Replace": {
      const expression = expressionOf(part.pattern);
      const content = String(part.content ?? "");
      return (text) => text.replace(expression, () => content);
    }
    case "Nmt":
      return (text) =>
        text
          // biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters that are left out
          .replace(/[\u0001-\u0008\u000B\u000E-\u001F\u007F\u008F\u009F]/g, "")
          .replace(/[\t\n\f\r\u1680\u200B-\u200F\u2028\u2029\u2581\uFEFF\uFFFD]/g, " ");
    case "ByteLevel":
      return byteLevel;
    case "Precompiled":
      return precompiled(String(part.precompiled_charsmap ?? ""));
    case "BertNormalizer":
      return bert(part);
    default:
      throw unknownPart("normalizer", part.type);
  }
}

/** Character by character: the original knows no final sigma. */
const lowercase: Normalizer = (text) => Array.from(text, (character) => character.toLowerCase()).join("");

const HAN =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

function bert({
  clean_text = true,
  handle_chinese_chars = true,
  strip_accents,
  lowercase: lower = true,
}: Part): Normalizer {
  const steps: Normalizer[] = [];
  if (clean_text)
    steps.push((text) => text.replace(/[^\P{C}\t\n\r]|\uFFFD/gu, "").replace(/\p{White_Space}/gu, " "));
  if (handle_chinese_chars) steps.push((text) => text.replace(HAN, " $& "));
  if (strip_accents ?? lower) steps.push((text) => text.normalize("NFD").replace(/\p{Mn}/gu, ""));
  if (lower) steps.push(lowercase);
  return (text) => steps.reduce((current, step) => step(current), text);
}
