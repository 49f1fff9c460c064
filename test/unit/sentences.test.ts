import { describe, expect, test } from "vitest";
import { sentences } from "../../src/core/sentences.ts";

describe("one sentence", () => {
  test.for([
    "Dr. Smith lived in St. Louis.",
    "Mr. and Mrs. Hall met Prof. Dr. Ott.",
    "The U.S. Army came.",
    "J. F. Kennedy and Jon M. Lee spoke.",
    "By 1968 Lester B. Pearson's policy was known to Edgar F. Codd.", // segtok #10
    "Read the booklet by D. Seyfort Ruegg and the introduction of A. MacDonald's tomes.", // segtok #12
    "The books are: G.B.J. Dreyfus and S.L. McClintock, The Distinction.", // segtok #13
    "It opened on Jan. 5 and closed in Dec. 1990.",
    "Some fruit, e.g. Apples, and roots, i.e. Carrots.",
    "See Fig. 3, No. 5 and Vol. IV of it.",
    "It was approx. 5 m long, vs. Ten before.",
    "Er aß z. B. Äpfel, d. h. Obst.",
    "Das Haus, Möbel usw. wurden verkauft.",
    "Am 3. Mai begann der 2. Weltkrieg nicht.",
    "1. First of all",
    "She came at 5 p.m. on Monday.",
    "He wrote etc. and went on.",
    "“Stop!” he said.",
    "He waited... and left.",
    "v1.2 is at example.com now.",
    "iron.ore is a word",
  ])("%s", (text) => expect(sentences(text)).toEqual([text]));
});

describe("more than one", () => {
  test.for<[string, string[]]>([
    ["He lives in the U.S. She does not.", ["He lives in the U.S.", "She does not."]],
    ["He took plan B. The rest is known.", ["He took plan B.", "The rest is known."]],
    ["It ended in 1990. 25 years later it began.", ["It ended in 1990.", "25 years later it began."]],
    ["He was 12. She was not.", ["He was 12.", "She was not."]],
    ["“No.” She left! Why? (Because.) So…", ["“No.”", "She left!", "Why?", "(Because.)", "So…"]],
    ["It rose 5 %. iPhone sales fell.", ["It rose 5 %.", "iPhone sales fell."]],
    ["all in small letters. so is this one.", ["all in small letters.", "so is this one."]],
    [
      "磨坊由安保管。图书馆建于1901年！真的吗？是。",
      ["磨坊由安保管。", "图书馆建于1901年！", "真的吗？", "是。"],
    ],
    ["彼は「行く。」と言った。雨が降った。", ["彼は「行く。」と言った。", "雨が降った。"]],
    ["من بنى المكتبة؟ بناها علي.", ["من بنى المكتبة؟", "بناها علي."]],
    ["यह मिल है। वह घर है॥ अंत", ["यह मिल है।", "वह घर है॥", "अंत"]],
    ["Η μύλη. Το σπίτι.", ["Η μύλη.", "Το σπίτι."]],
    ["one line\nanother", ["one line", "another"]],
    [
      "Boston, 2003). D. Ruegg wrote. K.A. Vose did.",
      ["Boston, 2003).", "D. Ruegg wrote.", "K.A. Vose did."],
    ],
  ])("%s", ([text, expected]) => expect(sentences(text)).toEqual(expected));
});

test("a long line is read once", () => {
  expect(sentences("Ada played. ".repeat(1e5))).toHaveLength(1e5); // by the square of its length: hours
  expect(sentences(`${"a".repeat(1e6)}. B`)).toHaveLength(2);
});
