import { describe, expect, test } from "vitest";
import { names, normalise, optionMeant, sameAnswer, saysSomething } from "../../src/core/answers.ts";

describe("two answers are the same", () => {
  test.for([
    ["-5", "−5"],
    ["–5", "-5"],
    ["(−5)", "-5"],
    ["-€5", "−5 €"],
    [" Bo. ", "bo"],
    ["5%", "5 %"],
    ["5%.", "5 %"],
    ["C++.", "C++"],
    ["A-.", "A−"],
    ["x²", "x^2"],
    ["10⁻³", "10^-3"],
    ["$5", "5 $"],
    ["$5$", "5"],
    ["**Ada**", "Ada"],
    ["“Ada”", "ada"],
    ["'5'", "5"],
    ["… Ada", "Ada"],
    ["- Ada", "Ada"],
    ["→ Ada", "Ada"],
    ["H₂O", "H2O"],
    ["Jean‑Luc", "Jean-Luc"],
    ["Café", "Cafe\u0301"],
    ["«Ｂrem　Coprea».\n", "Brem Coprea"],
    ["°C", "℃"],
    ["1,000.", "1,000"],
    ["?!", "?!"],
    ["", " "],
  ])("%s is %s", ([a, b]) => {
    expect(sameAnswer(a!, b!)).toBe(true);
    expect(sameAnswer(b!, a!)).toBe(true);
  });

  test.for([
    ["5", "-5"],
    ["- 5", "5"],
    ["–5", "5"],
    ["5", "+5"],
    ["5", "±5"],
    [".5", "5"],
    ["∞", "-∞"],
    ["-v", "v"],
    ["C", "C++"],
    ["C", "C#"],
    ["C♯", "C"],
    ["A+", "A-"],
    ["A", "A-"],
    ["Cl-", "Cl"],
    [">", "<"],
    ["≥5", "5"],
    ["?", "!"],
    ["", "."],
    ["5", "5 %"],
    ["5‰", "5%"],
    ["5", "5°"],
    ["5'", '5"'],
    ["€5", "$5"],
    ["#1", "1"],
    ["x²", "x2"],
    ["10^3", "103"],
    ["10⁻³", "10⁻²"],
    ["(0, 1)", "[0, 1]"],
    ["int*", "int"],
    ["&x", "x"],
    ["की", "का"],
    ["x\u0304", "x"],
    ["Ada", "Bo"],
  ])("%s is not %s", ([a, b]) => {
    expect(sameAnswer(a!, b!)).toBe(false);
    expect(sameAnswer(b!, a!)).toBe(false);
  });
});

describe("the option that an answer is", () => {
  test("as it stands first, then the only one that says the same", () => {
    expect(optionMeant(["<", ">", "="], "> ")).toBe(">");
    expect(optionMeant(["2", "−2"], "-2")).toBe("−2");
    expect(optionMeant(["mW", "MW"], "mW")).toBe("mW");
    expect(optionMeant([" Ada ", "Bo"], "ada.")).toBe(" Ada ");
    expect(optionMeant(["Bo", "Bo"], "bo")).toBe("Bo");
  });

  test("none, or one of several, is none", () => {
    expect(optionMeant(["mW", "MW"], "mw")).toBeUndefined();
    expect(optionMeant(["5", "−5"], "+5")).toBeUndefined();
    expect(optionMeant(["Ada"], "Bo")).toBeUndefined();
    expect(optionMeant(["?", "!"], ".")).toBeUndefined();
  });
});

describe("a text names an answer", () => {
  test.for([
    ["Brem\nCoprea's flute", "Brem Coprea"],
    ["(Ada)", "ADA."],
    ["It was 5 degrees", "5"],
    ["from 3-5", "5"],
    ["1990–1995", "1995"],
    ["the Ada-Bo pair", "Bo"],
    ["C++ is older", "C++"],
    ["the answer is C.", "C"],
    ["$5 in all", "$5"],
    ["grew by 5%", "5%"],
    ["x² and y", "x²"],
    ["a > b", ">"],
    ["他在北京工作", "北京"],
    ["서울에서", "서울"],
    ["เขาอยู่กรุงเทพครับ", "กรุงเทพ"],
  ])("%s names %s", ([text, answer]) => expect(names(text!, answer!)).toBe(true));

  test.for([
    ["She is female.", "male"],
    ["the owls", "owl"],
    ["He knew C++ well", "C"],
    ["He knew C# well", "C"],
    ["It was −5 degrees", "5"],
    ["about 2.5 m", "5"],
    ["about 5.2 m", "5"],
    ["grew 5 %", "5"],
    ["$5 in all", "5"],
    ["x² and y", "x2"],
    ["a >= b", ">"],
    ["Ada.", ""],
  ])("%s does not name %s", ([text, answer]) => expect(names(text!, answer!)).toBe(false));
});

test("signs say something, punctuation does not", () => {
  expect(["Ada", "5", ">", "−", "C++"].filter((text) => !saysSomething(text))).toEqual([]);
  expect(["", " ", "?!", "…", "()"].filter(saysSomething)).toEqual([]);
});

test("a text's outer characters are looked at once, however many there are", () => {
  expect(normalise(`${"-".repeat(2e6)}a${"-".repeat(2e6)}`)).toBe("a"); // by the square of its length: hours
  expect(normalise(`a${"- ".repeat(1e6)}b`)).toHaveLength(2e6 + 2);
  expect(sameAnswer("-".repeat(1e5), "a")).toBe(false);
});
