/** Questions by rule: what is asked, what is not, and that options do not tell the answer. */
import { describe, expect, test } from "vitest";
import { normalise } from "../../src/core/answers.ts";
import { baselines } from "../../src/core/baselines.ts";
import type { Fact, ReadPassage } from "../../src/core/facts.ts";
import { splitFacts } from "../../src/documents/making/questions.ts";
import { makeFacts } from "../../src/documents/questionMaking.ts";
import { json, publicFile } from "../helpers/fixtures.ts";

const passagesOf = (...texts: string[]): ReadPassage[] =>
  texts.map((text, i) => ({ documentId: `d${i}`, title: "A History of Debian", text }));
const made = (...texts: string[]): Fact[] => makeFacts(passagesOf(...texts), 0);
const answers = (...texts: string[]): string[] => made(...texts).map(({ answer }) => answer);
const wordings = (answer: string, ...texts: string[]): string[] =>
  made(...texts)
    .filter((fact) => fact.answer === answer)
    .flatMap(({ phrasings }) => phrasings.map(({ text }) => text));

const archive = (
  await json<{ id: string; title: string; passages: string[] }[]>(publicFile("data/archive/documents.json"))
).flatMap(({ id, title, passages }) => passages.map((text) => ({ documentId: id, title, text })));

describe("wrong options", () => {
  const facts = makeFacts(archive, 0);
  const sets = splitFacts(
    facts.map((fact) => ({ fact, wordings: fact.phrasings.map(({ text }) => text) })),
    0,
  );

  test("the option that is most often an answer is right in 30 % at most; with the options as they were 35 %", () => {
    const { test: tests, train } = sets;
    const measured = baselines(
      tests,
      tests.map(() => []),
      train,
    );
    expect(tests.length).toBeGreaterThan(80);
    expect(measured.chance).toBeCloseTo(0.2, 2);
    expect(measured.answer_prior).toBeLessThanOrEqual(0.3);
    expect(measured.longest_option).toBeLessThanOrEqual(0.3);
  });

  test("they are answers to other questions, each in proportion to how often it is right", () => {
    const right = new Map<string, number>();
    const wrong = new Map<string, number>();
    for (const { answer, distractors } of facts) {
      right.set(answer, (right.get(answer) ?? 0) + 1);
      for (const { text } of distractors) wrong.set(text, (wrong.get(text) ?? 0) + 1);
    }
    const all = [...wrong.values()].reduce((a, b) => a + b, 0);
    const ofAnswers = [...wrong].filter(([text]) => right.has(text)).reduce((a, [, n]) => a + n, 0);
    expect(ofAnswers / all).toBeGreaterThanOrEqual(0.95);
    const shares = [...right].map(([text, n]) => (wrong.get(text) ?? 0) / n);
    expect(Math.max(...shares)).toBeLessThanOrEqual(12); // four would be even
    expect(shares.filter((share) => share === 0).length).toBeLessThan(0.15 * shares.length);
  });

  test("none of them stands in the passage, none has the answer in it", () => {
    for (const { answer, passage, distractors, spare } of facts)
      for (const { text } of [...distractors, ...spare]) {
        expect(normalise(archive[passage]!.text)).not.toContain(normalise(text));
        expect(normalise(text)).not.toContain(normalise(answer));
      }
  });

  test("a person's are persons, a day's are days; numbers are made where the corpus has none", () => {
    const texts = [
      "Joel Klecker (espy) died on July 11th, 2000.",
      "Frans Pop (fjp) died on August 20th, 2010.",
      "Ray Dassen (jdassen) died on May 18th, 2013.",
      "Peter Miller (pmiller) died on July 27th, 2014.",
      "Adrian Bidder (cmot) died on April 17th, 2011.",
      "Debconf2 was held in Toronto with 64 guests in July 2002.",
      "Debconf5 was held in Espoo, Finland in July 2005.",
    ];
    const facts = made(...texts);
    const people = ["Joel Klecker", "Frans Pop", "Ray Dassen", "Peter Miller", "Adrian Bidder"];
    for (const { answer, distractors } of facts) {
      const wrong = distractors.map(({ text }) => text);
      if (people.includes(answer)) expect(people).toEqual(expect.arrayContaining(wrong));
      if (/\d(?:th|st), /.test(answer)) for (const text of wrong) expect(text).toMatch(/\d(?:th|st), \d{4}/);
    }
    const guests = facts.find(({ answer }) => answer === "64")!;
    expect(guests.distractors.every((option) => option.made)).toBe(true);
    expect(guests.distractors).toHaveLength(4);
  });

  test("the same passages and seed give the same; another seed other options", () => {
    expect(makeFacts(archive, 0)).toEqual(facts);
    const other = makeFacts(archive, 1);
    expect(other.map(({ id }) => id)).toEqual(facts.map(({ id }) => id));
    expect(other.map(({ distractors }) => distractors)).not.toEqual(
      facts.map(({ distractors }) => distractors),
    );
  });
});

test("a relation is a frame with five answers and more: fewer would be a list of one's own answer", () => {
  const kept = (facts: readonly Fact[]) =>
    facts.map((fact) => ({ fact, wordings: fact.phrasings.map(({ text }) => text) }));
  const towns = ["Espoo", "Oaxtepec", "Edinburgh", "Heidelberg", "Montreal", "Curitiba"];
  const sentences = towns.map((town, i) => `Debconf${i + 3}, of Debian, was held in ${town}, on the coast.`);
  const relations = (n: number) => {
    const { train, held } = splitFacts(kept(made(...sentences.slice(0, n))), 0);
    return new Set([...train, ...held].map(({ relation }) => relation));
  };
  expect(relations(6)).toEqual(new Set(["name: held in _ ,"]));
  expect(relations(4)).toEqual(new Set([null]));
});

test("a question that two sentences answer differently is not asked", () => {
  const texts = ["Joel Klecker will be missed by Debian.", "Frans Pop will be missed by Debian."];
  expect(answers(...texts)).toEqual([]);
});

describe("English sentences that rest on others", () => {
  test.for([
    "Branden Robinson had just been appointed as Project Leader.",
    "With 301 attendees it was the largest Debconf in Canada.",
    "In addition, Debian supported booting using UEFI for machines of Toronto.",
    "The port was, however, available in Toronto in March 2003.",
    "Over 200 people gathered at the Columbia Campus in August 2010 to participate in the conference.",
    "The Debian Project honours his good work since March 2003.",
    "The Stretch release was dedicated in his memory in March 2003.",
    "12800 new packages came to Debian in March 2003.",
    "Bruce Perens left Debian in March 2003 (and",
  ])("%s", (sentence) => {
    expect(answers(sentence, "Later Project Leader Stretch came from Toronto.")).toEqual([]);
  });

  test("somebody who is named before is no other", () => {
    expect(answers("When Ian Murdock left Debian, he appointed Bruce Perens in March 1996.")).toContain(
      "March 1996",
    );
    expect(answers("Peter was a newcomer to Debian, but his work goes back to 1987.")).toContain("1987");
  });
});

describe("English answers", () => {
  test("no half of a name, no attribute, no plural of capitals", () => {
    const texts = [
      "Ian Murdock founded Software in the Public Interest in March 1997.",
      "Debian is made by a group of Free Software hackers since March 1998.",
      "Debian 2.0 was made for the Intel and Motorola 68000 families in July 1998.",
      "Debian runs on many new PCs since March 1999, even on PCs with Ian Murdock.",
    ];
    expect(answers(...texts)).toEqual(
      expect.not.arrayContaining([
        "Software",
        "Public Interest",
        "Free Software",
        "Motorola",
        "PCs",
        "68000",
      ]),
    );
    expect(answers(...texts)).toEqual(expect.arrayContaining(["Ian Murdock", "March 1997", "July 1998"]));
  });

  test("who is asked for people, by what they do, their other names and their given names", () => {
    const texts = [
      "Ian Murdock founded Debian in August 1993.",
      "On August 20th Frans Pop (fjp) fell ill in Breda.",
      "The server was built by Ian Jackson in 1998 for Debian.",
      "Nobody but Ian Murdock was there.",
    ];
    expect(wordings("Ian Murdock", ...texts)[0]).toBe("Who founded Debian in August 1993?");
    expect(wordings("Ian Jackson", ...texts)).toContain("The server was built by whom in 1998 for Debian?");
  });
});

describe("English wordings", () => {
  test("a date that opens its sentence is asked at the end", () => {
    expect(
      wordings(
        "November 20th, 2002",
        "Around 08:00 CET on November 20th, 2002, the University of Twente caught fire.",
      ),
    ).toContain("The University of Twente caught fire around 08:00 CET on which date?");
  });

  test("in brackets, lists and appositions there is a gap, no question word", () => {
    const clozes = (answer: string, text: string) => {
      const facts = made(text, "Debian went with Espy, with ErConde, for Open Weekend and to Breda.");
      const asked = facts.filter((fact) => fact.answer === answer && fact.passage === 0);
      return asked.length === 1 && asked[0]!.phrasings.every((phrasing) => phrasing.text.includes("____"));
    };
    expect(clozes("ErConde", "On May 9th Andrés Solier (ErConde) was killed in Breda in 2004.")).toBe(true);
    expect(clozes("Espy", "On May 9th Joel Klecker, who was also known as Espy, passed away in 2004.")).toBe(
      true,
    );
    expect(clozes("Open Weekend", "The meeting of 2015, with a camp and the Open Weekend, took place.")).toBe(
      true,
    );
    expect(clozes("2020", "The meeting Debconf20 was held online from August 23rd to 29th, 2020.")).toBe(
      true,
    );
  });

  test("no auxiliary of a clause within is moved", () => {
    const text = "The directories that were kept until March 2003 will contain files in Toronto.";
    expect(wordings("Toronto", text, "He lives in Toronto.").join()).not.toMatch(/^In which place that/);
  });
});

describe("German", () => {
  const TEXTS = [
    "Debian wurde im August 1993 von Ian Murdock gegründet, zum damaligen Zeitpunkt Student an der Purdue University.",
    "Das Projekt in Köln half bei der Gründung von Software und der Zahl von Übersetzern im Jahr 1994.",
    "Die Figuren stammen aus dem Film Toy Story, den Debian seit 1996 mag.",
    "Der Student kam mit der Software zum Zeitpunkt der Wahl, und die Übersetzer kamen auch.",
    "Die sechste DebConf wurde mit mehr als 300 Teilnehmern im Juli 2005 in Espoo, Finnland abgehalten.",
    "Die siebte DebConf fand in Oaxtepec, Mexiko, vom 14. bis 22. Mai 2006 statt.",
    "Debconf9 wurde in Turku, Finnland abgehalten.",
    "Am 30. Juli 2005 starb Jens Schmalzing (jsz) bei einem Unfall in Debian.",
    "Bruce Perens wurde im Januar 1998 durch Ian Jackson ersetzt, was Debian half.",
    "Die Entwickler trafen sich 2000 das erste Mal zu einem Treffen namens DebConf.",
  ];

  test("nouns are no names; two words that are none are, and so is a place with its country", () => {
    const found = answers(...TEXTS);
    expect(found).toEqual(
      expect.not.arrayContaining([
        "Zeitpunkt Student",
        "Gründung von Software",
        "Zahl von Übersetzern",
        "Film Toy Story",
      ]),
    );
    expect(found).toEqual(
      expect.arrayContaining(["Ian Murdock", "Toy Story", "Espoo", "Finnland", "Jens Schmalzing"]),
    );
  });

  test("the case of a question word is the preposition's; where it is not known there is a gap", () => {
    expect(wordings("Ian Murdock", ...TEXTS)[0]).toMatch(/^Debian wurde im August 1993 von wem gegründet/);
    expect(wordings("Ian Jackson", ...TEXTS)[0]).toMatch(/durch wen ersetzt/);
    expect(wordings("Jens Schmalzing", ...TEXTS)).toEqual([
      "Am 30. Juli 2005 starb ____ (jsz) bei einem Unfall in Debian.",
    ]);
    expect(wordings("300", ...TEXTS)[0]).toMatch(/mit mehr als wie vielen Teilnehmern/);
    expect(wordings("2000", ...TEXTS)[0]).toMatch(/trafen sich in welchem Jahr das erste Mal/);
    expect(wordings("August 1993", ...TEXTS)[0]).toMatch(/wurde in welchem Monat und Jahr von/);
    expect(wordings("Oaxtepec", ...TEXTS)[0]).toMatch(/in welchem Ort in Mexiko/);
  });

  test.for([
    "Zum Zeitpunkt der Veröffentlichung gab es mehr als 1500 Pakete in Debian.",
    "Während seiner Zeit als Leiter gewann Debian im Jahr 1997 an Gewicht.",
    "Insgesamt mehr als 57700 fertige Pakete, gebaut aus 25000 Quellen im Jahr 2019.",
    "Die Zeit für die nächste Version startete am 1. Juli 2001.",
    "Mehr als 200 Leute kamen im Jahr 2010, um an der Konferenz teilzunehmen.",
  ])("%s is not asked for", (sentence) => {
    expect(answers(sentence, ...TEXTS)).toEqual(answers(...TEXTS));
  });
});

describe("Japanese", () => {
  test("gaps for dates, counts and people; none for any Latin word, none in half a sentence", () => {
    const texts = [
      "DebianはIan Murdockさんが1993年8月に創設しました。",
      "実はBruce Perensさんは1996年4月からDebianのリーダーを務めました。",
      "リーダーはWichert Akkermanさんで、約2250個のパッケージが収録されました。",
      "このリリースはLinuxカーネルを使い、474個のパッケージを収録しました。",
      "るDebianレスキューフロッピーになりました)を組織化しました。",
      "新しいツールはLinuxとARMで2010年から使えるようになりました。",
    ];
    const facts = made(...texts);
    expect(facts.map(({ answer }) => answer)).toEqual([
      ...["Ian Murdock", "1993年8月"],
      ...["Bruce Perens", "1996年4月"],
      ...["Wichert Akkerman", "2250"],
      "2010",
    ]);
    for (const { phrasings } of facts) for (const { text } of phrasings) expect(text).toContain("____");
  });

  test("English passages of a Japanese document are asked in English, and options keep to their script", () => {
    const texts = [
      "Debian 9 was released on June 17th, 2017 in the town of Breda.",
      "Debian 10 was released on July 6th, 2019 in the town of Breda.",
      "Debian 11 was released on August 14th, 2021 in the town of Breda.",
      ...["3月9日", "6月1日", "7月4日", "8月2日"].map(
        (day, i) => `Debianは${1999 + i}年${day}に日本でもリリースされました。`,
      ),
    ];
    for (const { answer, distractors } of made(...texts))
      for (const { text } of distractors) expect(/\p{sc=Han}/u.test(text)).toBe(/\p{sc=Han}/u.test(answer));
    expect(wordings("June 17th, 2017", ...texts)[0]).toMatch(/on which date/i);
  });
});
