/** Questions out and in again, with the texts that break such formats. */
import { describe, expect, test } from "vitest";
import { guessColumns, questionsByColumns, readForeignTable } from "../../src/documents/columns.ts";
import { checkQuestions } from "../../src/documents/questions.ts";
import { readQuestionFile } from "../../src/documents/readQuestions.ts";
import { QUESTION_FORMATS, writeSheet } from "../../src/documents/writeQuestions.ts";
import { POSSIBLE } from "../helpers/awkwardQuestions.ts";

const format = (id: string) => QUESTION_FORMATS.find((one) => one.id === id)!;
const readBack = (text: string, name: string) => {
  const read = readQuestionFile(text, name);
  if ("table" in read) throw new Error("taken for a foreign table");
  return read;
};
const sets = (options: Record<string, string>) => [...Object.values(options)].sort();

describe("our own forms come back as they went", () => {
  test.for(["json", "jsonl", "csv"])("%s", (id) => {
    const { write, ending } = format(id);
    expect(checkQuestions(write(POSSIBLE), `q${ending}`)).toEqual({ questions: POSSIBLE, faults: [] });
  });
});

describe("GIFT", () => {
  test("its signs are escaped, the right option is marked, the sentence is feedback", () => {
    const text = format("gift").write([
      {
        ...POSSIBLE[0]!,
        question: "Is a = b: {x} ~ #1?",
        options: { A: "a~b", B: "50 % #2" },
        answer: "50 % #2",
        evidence: "It is: 50 % #2.",
      },
    ]);
    expect(text).toBe(
      "::1::[plain]Is a \\= b\\: \\{x\\} \\~ \\#1? {\n\t=50 % \\#2\n\t~a\\~b\n\t####It is\\: 50 % \\#2.\n}\n",
    );
  });

  test("comes back: question, answer, options, evidence", () => {
    const { questions, faults } = readBack(format("gift").write(POSSIBLE), "q.gift");
    expect(faults).toEqual([]);
    const said = (list: typeof POSSIBLE) =>
      list.map(({ question, answer, options, evidence }) => ({
        question: question.trim(),
        answer: answer.trim(),
        options: sets(options).map((text) => text.trim()),
        evidence: evidence?.trim() ?? null,
      }));
    expect(said(questions)).toEqual(said(POSSIBLE));
  });

  test("Moodle's own samples: comments, names, a missing word, weights, and what is not read is told", () => {
    const text = `// a comment
::Q1:: What's between orange and green in the spectrum? { =yellow # right; good! ~red # wrong, it's yellow ~blue }

Two plus {=two =2} equals four.

$CATEGORY: tom/dick

Grant is {~buried =entombed ~living} in Grant's tomb.

Who? {~%-50%Ann ~%100%Bob ~%-50%Cy}

The sun rises in the east.{T}

How many? {#3:1}

Match. {=cat -> cat food =dog -> dog food}

No answer at all`;
    const { questions, faults } = readBack(text, "moodle.txt");
    expect(
      questions.map(({ question, answer, options }) => [question, answer, Object.values(options)]),
    ).toEqual([
      ["What's between orange and green in the spectrum?", "yellow", ["yellow", "red", "blue"]],
      ["Two plus ____ equals four.", "two", []],
      ["Grant is ____ in Grant's tomb.", "entombed", ["buried", "entombed", "living"]],
      ["Who?", "Bob", ["Ann", "Bob", "Cy"]],
    ]);
    expect(faults).toEqual([
      "moodle.txt, line 12: is true or false, which is not read",
      "moodle.txt, line 14: asks for a number, which is not read",
      "moodle.txt, line 16: is a matching question, which is not read",
      "moodle.txt, line 18: has no answers in { }",
    ]);
  });
});

describe("Aiken", () => {
  test("comes back; line ends inside become spaces, open questions are left out", () => {
    const { questions, faults } = readBack(format("aiken").write(POSSIBLE), "q.txt");
    expect(faults).toEqual([]);
    const flat = (text: string) => text.replace(/\s+/g, " ").trim();
    const chosen = POSSIBLE.filter(({ options }) => Object.keys(options).length > 0);
    expect(questions.map(({ answer, options }) => [answer, sets(options)])).toEqual(
      chosen.map(({ answer, options }) => [flat(answer), sets(options).map(flat)]),
    );
  });

  test("a question that looks like an option, and an answer that is none", () => {
    const odd = { ...POSSIBLE[0]!, question: "A. Is this one?", options: { A: "x", B: "y" }, answer: "y" };
    expect(readBack(format("aiken").write([odd]), "q.txt").questions[0]!.question).toBe("“A. Is this one?”");
    const { questions, faults } = readBack("Who?\nA) x\nB) y\nANSWER: b\n\nWho?\nA. x\nANSWER: C\n", "q.txt");
    expect(questions.map(({ answer }) => answer)).toEqual(["y"]);
    expect(faults).toEqual(["q.txt, line 8: the answer C is not among 1 options"]);
  });
});

describe("Anki", () => {
  test("basic: a row a card, its signs as entities; comes back", () => {
    const text = format("anki").write(POSSIBLE);
    const rows = text.split("\n").slice(3, -1);
    expect(rows).toHaveLength(POSSIBLE.length);
    for (const row of rows) expect(row.split("\t")).toHaveLength(2);
    expect(text).not.toMatch(/<script|"/);
    const { questions, faults } = readBack(text, "cards.tsv");
    expect(faults).toEqual([]);
    expect(questions.map(({ question }) => question.replace(/\s+/g, " "))).toEqual(
      POSSIBLE.map(({ question }) => question.trim().replace(/\s+/g, " ")),
    );
  });

  test("cloze: the answer's own word is hidden, not a part of another; colons and braces do not end it", () => {
    const cloze = (evidence: string | null, answer: string) =>
      format("cloze")
        .write([{ ...POSSIBLE[0]!, options: {}, question: "Where?", evidence, answer }])
        .split("\n")[3];
    expect(cloze("Annette knows Ann well.", "Ann")).toBe("Annette knows {{c1::Ann}} well.\tWhere?");
    expect(cloze("It is std::map }} here.", "std::map }}")).toBe(
      "It is {{c1::std:\u2060:map }\u2060}}} here.\tWhere?",
    );
    expect(cloze("A {{b}} c.", "c")).toBe("A {\u2060{b}} {{c1::c}}.\tWhere?");
    expect(cloze(null, "Rome")).toBe("Where? {{c1::Rome}}\tWhere?");
  });
});

test("the sheet is text, whatever the questions say, and its key is apart", () => {
  const page = writeSheet(
    [
      {
        ...POSSIBLE[0]!,
        question: "<script>alert(1)</script>?",
        options: { A: "x & y", B: "z" },
        answer: "z",
        evidence: "“z” <b>",
      },
      { ...POSSIBLE[0]!, options: {}, answer: "open" },
    ],
    "Valley & hills",
  );
  expect(page).not.toContain("<script");
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;?");
  expect(page).toContain("<li>x &amp; y</li>");
  const [sheet, key] = page.split('class="key"');
  expect(sheet).not.toContain("&lt;b&gt;"); // the evidence would give the answer away
  expect(key).toContain("<b>B</b> z <small>“z” &lt;b&gt;</small>");
  expect(sheet).toContain('<div class="line">');
  expect(page).not.toMatch(/(?:src|href)=/);
});

describe("columns of other people's files", () => {
  const table = (text: string, name: string) => {
    const read = readQuestionFile(text, name);
    if (!("table" in read)) throw new Error("was read without asking");
    return read.table;
  };

  test("a German table: guessed by names, answers by letter", () => {
    const foreign = table(
      "Nr;Frage;A;B;C;Antwort\n1;Wo?;Rom;Oslo;Bern;C\n2;Wer?;Ann;Bo;;B\n3;Was?;x;y;;D\n",
      "fragen.csv",
    );
    const choice = guessColumns(foreign);
    expect(choice).toEqual({
      question: 1,
      answer: 5,
      options: [2, 3, 4],
      evidence: null,
      answerForm: "letter",
    });
    const { questions, faults } = questionsByColumns(foreign, choice);
    expect(questions.map(({ answer, options }) => [answer, Object.values(options)])).toEqual([
      ["Bern", ["Rom", "Oslo", "Bern"]],
      ["Bo", ["Ann", "Bo"]],
    ]);
    expect(faults).toEqual(['fragen.csv, line 4: the answer "D" names none of 2 options']);
  });

  test("MMLU's shape: JSONL, a list of choices, the answer an index from 0", () => {
    const foreign = table(
      '{"prompt":"2+2?","choices":["3","4"],"label":1}\n{"prompt":"Sky?","choices":["blue","red"],"label":0}\n',
      "mmlu.jsonl",
    );
    const choice = guessColumns(foreign);
    expect(choice.answerForm).toBe("from 0");
    expect(questionsByColumns(foreign, choice).questions.map(({ answer }) => answer)).toEqual(["4", "blue"]);
  });

  test("objects inside, a list one level down, wrong answers only: the right one joins them", () => {
    const text = '{"data":[{"q":{"text":"Who?"},"gold":"Ann","wrong":["Bo","Cy"]}]}';
    const foreign = readForeignTable(text, "set.json");
    expect(foreign.columns).toEqual(["q.text", "gold", "wrong"]);
    const { questions } = questionsByColumns(foreign, guessColumns(foreign));
    expect(questions[0]).toMatchObject({
      question: "Who?",
      answer: "Ann",
      options: { A: "Ann", B: "Bo", C: "Cy" },
    });
  });

  test("what is no table stays refused by name", () => {
    expect(() => readQuestionFile("[1, 2", "x.json")).toThrow(/x\.json/);
    expect(() => readQuestionFile("only words", "x.csv")).toThrow(/needs the columns question and answer/);
  });
});
