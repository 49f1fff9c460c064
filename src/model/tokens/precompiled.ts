/**
 * SentencePiece's `precompiled_charsmap`: a double-array trie (Darts) from byte strings to replacements, as sentencepiece's
 * normalizer.cc and the spm_precompiled crate read it.
 */
import { utf8 } from "./unicode.ts";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** @throws Error for a map that is not base64, or shorter than it says */
export function precompiled(base64: string): (text: string) => string {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (bytes.length < 4) return (text) => text;
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(0, true);
  if (size % 4 !== 0 || 4 + size > bytes.length) throw new Error("precompiled_charsmap is cut off");
  const trie = new Uint32Array(bytes.slice(4, 4 + size).buffer);
  const replacements = bytes.subarray(4 + size);

  /** What the shortest entry that begins `key` is replaced by; null without one. */
  const transform = (text: string): string | null => {
    let unit = trie[0] ?? 0;
    let at = offsetOf(unit);
    for (const byte of utf8(text)) {
      if (byte === 0) return null;
      at ^= byte;
      unit = trie[at] ?? 0;
      if ((unit & 0x800000ff) >>> 0 !== byte) return null;
      at ^= offsetOf(unit);
      if (((unit >>> 8) & 1) === 1) {
        const start = (trie[at] ?? 0) & 0x7fffffff;
        const end = replacements.indexOf(0, start);
        return decoder.decode(replacements.subarray(start, end < 0 ? replacements.length : end));
      }
    }
    return null;
  };

  return (text) => {
    let out = "";
    for (const { segment } of segmenter.segment(text)) {
      const whole = utf8(segment).length < 6 ? transform(segment) : null; // as the original: long ones letter by letter
      if (whole !== null) out += whole;
      else for (const character of segment) out += transform(character) ?? character;
    }
    return out;
  };
}

const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
