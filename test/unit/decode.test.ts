import { describe, expect, test } from "vitest";
import { readText } from "../../src/documents/decode.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const utf16 = (text: string, little = true) => {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), little);
  return bytes;
};

describe("bytes become text", () => {
  const text = "Zoé lived in Łódź, “here”.\r\nŻ 東京 𝄞\n";
  test.for<[string, Uint8Array]>([
    ["UTF-8", utf8(text)],
    ["UTF-8 with its mark", utf8(`\uFEFF${text}`)],
    ["UTF-16, little end first, with its mark", utf16(`\uFEFF${text}`)],
    ["UTF-16, big end first, with its mark", utf16(`\uFEFF${text}`, false)],
    ["UTF-16, little end first", utf16(text)],
    ["UTF-16, big end first", utf16(text, false)],
  ])("%s", ([, bytes]) => expect(readText(bytes, "a.txt")).toEqual({ text, encoding: null, notes: [] }));

  test("windows-1252, which is named", () => {
    const read = readText(latin1("Où est n\xe9e Zo\xeb ? \x93Orl\xe9ans\x94, 5 \x80 \x96 \x85"), "q.csv");
    expect(read).toEqual({
      text: "Où est née Zoë ? “Orléans”, 5 € – …",
      encoding: "windows-1252",
      notes: ["q.csv was read as windows-1252"],
    });
  });

  test("nothing, and one accented letter", () => {
    expect(readText(new Uint8Array(), "a.txt")).toEqual({ text: "", encoding: null, notes: [] });
    expect(readText(latin1("\xe9"), "a.txt").text).toBe("é");
  });

  test("lost characters are told: those lost before, and those of a damaged file", () => {
    expect(readText(utf8("Zo\uFFFD \uFFFD"), "a.txt").notes).toEqual([
      expect.stringMatching(/a\.txt holds the sign � 2 times/),
    ]);
    const cut = utf8("Zoé, née à Orléans, Zoé").slice(0, -1);
    const read = readText(cut, "a.txt");
    expect(read.text).toBe("Zoé, née à Orléans, Zo\uFFFD");
    expect(read.notes).toEqual([expect.stringMatching(/a\.txt is damaged: 1 characters/)]);
  });

  test("control characters are told", () => {
    expect(readText(utf8("some red \u001b[31mtext, in colour\f and a page"), "a.log").notes).toEqual([
      "a.log has control characters in it: 1",
    ]);
  });
});

describe("what is no text is refused by name", () => {
  const sjis = [0x90, 0x7d, 0x8f, 0x91, 0x8a, 0xd9, 0x82, 0xcd, 0x82, 0xc7, 0x82, 0xb1];
  const cyrillic = [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x20, 0xec, 0xe8, 0xf0];
  test.for<[string, Uint8Array, RegExp]>([
    ["a PDF", latin1("%PDF-1.7\n%\xe2\xe3"), /a\.txt is not a text file .* PDF/],
    ["a zip", latin1("PK\x03\x04\x14\0"), /zip/],
    ["a picture", latin1("\x89PNG\r\n\x1a\n\0\0"), /picture/],
    ["zero bytes", latin1("a\0\0b\0\xffc"), /zero bytes/],
    ["control characters", latin1("\x01\x02\x03abc\xe9"), /control characters/],
    ["UTF-32", latin1("\xff\xfe\0\0a\0\0\0"), /UTF-32/],
    ["half a character of UTF-16", utf16("\uFEFFabc").slice(0, -1), /damaged UTF-16/],
    ["Shift-JIS", Uint8Array.from(sjis), /neither UTF-8 .* Shift-JIS/],
    ["windows-1251", Uint8Array.from(cyrillic), /neither UTF-8 .* windows-1251/],
    ["ISO-2022-JP", latin1("\x1b$B?^=q4[\x1b(B and so on"), /ISO-2022-JP/],
    ["RTF", latin1("{\\rtf1\\ansi Hello}"), /RTF/],
  ])("%s", ([, bytes, message]) => {
    expect(() => readText(bytes, "a.txt")).toThrow(
      expect.objectContaining({ code: "bad-data", message: expect.stringMatching(message) }),
    );
  });
});
