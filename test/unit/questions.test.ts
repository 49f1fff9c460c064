import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTable } from "../../src/documents/csv.ts";
import { parseDocuments } from "../../src/documents/documents.ts";
import { checkQuestions, shortened } from "../../src/documents/questions.ts";

const entry = { question: "Who?", options: { A: "Ada", B: "Bo" }, answer: "Bo" };
const parsed = { ...entry, evidence: null, relation: null, phrasings: [], bridge: null };

/** The questions of a file without a fault. */
function read(text: string, name: string) {
  const { questions, faults } = checkQuestions(text, name);
  expect(faults).toEqual([]);
  return questions;
}

/** What is told of a file, the refusal or its faults. */
function told(text: string, name: string): string {
  try {
    return checkQuestions(text, name).faults.join("; ");
  } catch (error) {
    expect(error).toMatchObject({ code: "bad-data" });
    return (error as Error).message;
  }
}
const bad = (text: string, name: string, message: RegExp) => expect(told(text, name)).toMatch(message);

describe("questions", () => {
  test.for<[string, string, string]>([
    ["a JSON list", "a.json", JSON.stringify([entry])],
    ["JSON lines, blank ones left out", "a.jsonl", `${JSON.stringify(entry)}\r\n\n`],
    ["JSON lines in a .json file", "a.json", `${JSON.stringify(entry)}\n`],
    ["a byte order mark", "a.json", `\uFEFF${JSON.stringify([entry])}`],
    ["options as a list", "a.json", JSON.stringify([{ ...entry, options: ["Ada", "Bo"] }])],
    ["CSV with a column per option", "a.csv", "question,A,B,answer\nWho?,Ada,Bo,Bo\n"],
    ["CSV with options as JSON", "a.csv", 'question,options,answer\r\nWho?,"[""Ada"",""Bo""]",Bo'],
    ["CSV with semicolons", "a.csv", "question;answer;A;B;C\nWho?;Bo;Ada;Bo;"],
    ["other fields passed over", "a.json", JSON.stringify([{ idx: 3, ctx: "…", ...entry, answer_idx: "A" }])],
    ["the answer in another dress", "a.json", JSON.stringify([{ ...entry, answer: " bo. " }])],
  ])("%s", ([, name, text]) => expect(read(text, name)).toEqual([parsed]));

  test("evidence and relation are kept, options may be missing", () => {
    const open = { question: "Q", answer: "A", evidence: "E", relation: "R", phrasings: [], bridge: null };
    expect(read(JSON.stringify([open]), "a.json")).toEqual([{ ...open, options: {} }]);
    expect(read(JSON.stringify([{ ...open, options: null }]), "a.json")[0]!.options).toEqual({});
  });

  test("other wordings and the bridge come along; what has another form never costs the question", () => {
    const readOne = (fields: object) => read(JSON.stringify([{ ...entry, ...fields }]), "a.json")[0]!;
    expect(readOne({ phrasings: ["Which one?", "Who then?"], bridge: "Thornmoor" })).toEqual({
      ...parsed,
      phrasings: ["Which one?", "Who then?"],
      bridge: "Thornmoor",
    });
    expect(readOne({ phrasings: "Which one?" }).phrasings).toEqual(["Which one?"]);
    expect(readOne({ phrasings: ["", 3, "Which one?"], bridge: 3 })).toEqual({
      ...parsed,
      phrasings: ["Which one?"],
    });
    expect(readOne({ phrasings: { a: "b" }, bridge: null })).toEqual(parsed);
    const csv =
      'question,A,B,answer,phrasings\nWho?,Ada,Bo,Bo,"[""Which one?""]"\nWho?,Ada,Bo,Bo,"Which one?"\n';
    expect(read(csv, "a.csv").map((q) => q.phrasings)).toEqual([["Which one?"], ["Which one?"]]);
  });

  test("option texts are not touched", () => {
    const options = { A: " Ada ", B: "Bo" };
    const [question] = read(JSON.stringify([{ ...entry, options, answer: "Ada" }]), "a.json");
    expect(question).toMatchObject({ options, answer: " Ada " });
  });

  test("an answer that is no option is refused with the file, the place and both", () => {
    const wrong = { ...entry, answer: "Cy" };
    bad(
      JSON.stringify([entry, wrong]),
      "q.json",
      /^q\.json, question 2: the answer "Cy" is not among .*"Ada", "Bo"$/,
    );
    bad(
      `${JSON.stringify(entry)}\n\n${JSON.stringify(wrong)}`,
      "q.jsonl",
      /^q\.jsonl, line 3: the answer "Cy"/,
    );
    bad(
      'question,answer,A,B\n"Two\nlines?",x,x,y\nWho?,Cy,Ada,Bo\n',
      "q.csv",
      /^q\.csv, line 4: the answer "Cy"/,
    );
    bad(JSON.stringify([entry, { ...entry, answer: "B" }]), "q.json", /the answer "B"/); // a letter is no text
    bad(
      JSON.stringify([entry, { question: "x", options: ["mW", "MW"], answer: "mw" }]),
      "q.json",
      /several of/,
    );
  });

  test("many faults are told as the first five and a number", () => {
    const { faults } = checkQuestions(JSON.stringify([entry, ...Array(8).fill({ answer: "x" })]), "q.json");
    expect(shortened(faults)).toEqual([expect.stringMatching(/question 2: .*question 6: .*; and 3 more$/)]);
    expect(shortened([])).toEqual([]);
    bad(
      JSON.stringify(Array(8).fill({ answer: "x" })),
      "q.json",
      /^q\.json has no questions: .*; and 3 more$/,
    );
  });

  test("the good ones can be had without the faulty", () => {
    const text = JSON.stringify([entry, { ...entry, answer: "Cy" }, { answer: "x" }]);
    const { questions, faults } = checkQuestions(text, "q.json");
    expect(questions).toEqual([parsed]);
    expect(faults).toEqual([
      expect.stringMatching(/question 2: .*"Cy"/),
      expect.stringMatching(/question 3: /),
    ]);
  });

  test.for<[string, string, string, RegExp]>([
    ["broken JSON", "q.json", "[{", /^q\.json is not valid JSON/],
    ["a broken line", "q.jsonl", `${JSON.stringify(entry)}\n{`, /q\.jsonl, line 2 is not valid JSON/],
    ["no list", "q.json", '"text"', /must be a list of questions/],
    ["no object among questions", "q.json", `[${JSON.stringify(entry)}, 3]`, /question 2: must be an object/],
    ["no object", "q.json", "[3]", /question 1: must be an object/],
    ["no questions", "q.json", "[]", /has no questions/],
    ["an empty file", "q.csv", "", /line 1: needs the columns/],
    ["no question", "q.json", '[{"answer": "x"}]', /`question`/],
    ["an empty answer", "q.json", '[{"question": "x", "answer": " "}]', /`answer`/],
    ["an answer in numbers", "q.json", '[{"question": "x", "answer": 3}]', /`answer`/],
    [
      "options that are no texts",
      "q.json",
      '[{"question": "x", "answer": "y", "options": {"A": 1}}]',
      /`options`/,
    ],
    [
      "evidence that is no text",
      "q.json",
      '[{"question": "x", "answer": "y", "evidence": []}]',
      /`evidence`/,
    ],
    ["another file", "q.pdf", "%PDF", /\.json, \.jsonl, \.csv and \.tsv/],
    ["a CSV row too short", "q.csv", "question,answer\nWho?\n", /line 2: 1 cells under 2 columns/],
    ["a quote left open", "q.csv", 'question,answer\n"Who?,x\n', /line 2: a quote is not closed/],
  ])("%s is refused", ([, name, text, message]) => bad(text, name, message));
});

describe("tables", () => {
  const rows = (text: string) => {
    const { header, rows, faults } = readTable(text, "x.csv");
    expect(faults).toEqual([]);
    return [header, ...rows.map((row) => row.cells)];
  };

  test("what was quoted comes back, whatever ends the lines", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", ",", ";", '"', "\n", "\r\n", " ", "é") });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(table, fc.constantFrom("\n", "\r\n", "\r"), (cells, end) => {
        const text = ["a,b", ...cells.map((row) => row.map(quote).join(","))].join(end);
        const filled = cells.filter((row) => row.some((c) => c.trim() !== ""));
        expect(rows(text)).toEqual([["a", "b"], ...filled]);
      }),
      { seed: 2 },
    );
  });

  test("empty cells at the end, blank lines, tabs", () => {
    expect(readTable("a\tb\tc\n1\t\t\n\n\t\t\n2\tx\t", "x.csv")).toEqual({
      header: ["a", "b", "c"],
      rows: [
        { line: 2, cells: ["1", "", ""] },
        { line: 5, cells: ["2", "x", ""] },
      ],
      faults: [],
    });
  });

  test("the separator: by a first line, by known columns, by their number", () => {
    expect(rows("sep=|\r\na|b,c\r\n1|2,3")).toEqual([
      ["a", "b,c"],
      ["1", "2,3"],
    ]);
    expect(rows('"sep=;"\na;b\n1;2')).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(rows("a|b\n1|2")).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    const text = "question;answer;who, what, where\nx;y;z";
    expect(readTable(text, "x.csv", ["question", "answer"]).rows[0]!.cells).toEqual(["x", "y", "z"]);
  });

  test("a row with broken quotes is told by its line, and the next line read", () => {
    const text = 'a,b\n1,2\n"Who? said,x\n3,4\n"open,5\n"6","7"\n"8" x,9\n10,11';
    const { rows, faults } = readTable(text, "x.csv");
    expect(rows.map(({ line, cells }) => [line, ...cells])).toEqual([
      [2, "1", "2"],
      [4, "3", "4"],
      [6, "6", "7"],
      [8, "10", "11"],
    ]);
    expect(faults.map((fault) => fault.slice(0, 13))).toEqual([
      "x.csv, line 3",
      "x.csv, line 5",
      "x.csv, line 7",
    ]);
  });

  test("thousands of broken rows end in a word about it", () => {
    const { rows, faults } = readTable(`a,b\n1,2\n${'"x\n'.repeat(5001)}`, "x.csv");
    expect(rows).toHaveLength(1);
    expect(faults.at(-1)).toMatch(/more than 100 rows .* from line 10\d it was not read/);
  });

  test("a cell of ten million characters, quoted or not", { timeout: 30_000 }, () => {
    const long = "word, word\n".repeat(1e6);
    const { questions } = checkQuestions(`question,answer\nShort?,x\n"${long}",y\n`, "q.csv");
    expect(questions[1]!.question).toHaveLength(long.length);
    expect(checkQuestions(`question,answer\n${"z".repeat(1e7)},y`, "q.csv").questions).toHaveLength(1);
    expect(told(`question,answer,A,B\nQ?,${"z".repeat(1e7)},x,y\nQ?,x,x,y`, "q.csv").length).toBeLessThan(
      400,
    );
    expect(told(`"${long}",b\n1,2`, "q.csv")).toMatch(/needs the columns/);
  });

  test("columns in other letters, with spaces, under other names; empty ones passed over", () => {
    const text = "No;Question;Option A;Option B;Correct Answer;;\n1;Who?;Ada;Bo;bo;;\n;;;;;;\n";
    expect(read(text, "q.csv")).toEqual([{ ...parsed, options: { "Option A": "Ada", "Option B": "Bo" } }]);
    expect(read("QUESTION,a,b,ANSWER\nWho?,Ada,Bo,Bo", "q.csv")[0]!.options).toEqual({ a: "Ada", b: "Bo" });
  });

  test("one letter is an option only in a row from A", () => {
    const options = (text: string) => read(text, "q.csv")[0]!.options;
    expect(options("n,question,answer,A,B\n1,Who?,Bo,Ada,Bo")).toEqual({ A: "Ada", B: "Bo" });
    expect(options("n,question,answer\n1,Who?,Bo")).toEqual({});
    expect(options("A,question,answer\n1,Who?,Bo")).toEqual({});
    expect(options("x,y,question,answer\n1,2,Who?,Bo")).toEqual({});
    expect(options("question,C,B,A,answer,q\nWho?,Cy,Bo,Ada,Bo,1")).toEqual({ A: "Ada", B: "Bo", C: "Cy" });
  });

  test("bad rows are told by line and left out, in every format", () => {
    const left = (text: string, name: string) => checkQuestions(text, name);
    const csv = left("question,answer\nQ1?,a\nQ2?\nQ3?,c,d\n,e\nQ5?,f\n", "q.csv");
    expect(csv.questions.map((q) => q.question)).toEqual(["Q1?", "Q5?"]);
    expect(csv.faults).toEqual([
      expect.stringMatching(/line 3: 1 cells under 2/),
      expect.stringMatching(/line 4: 3 cells under 2/),
      expect.stringMatching(/line 5: `question`/),
    ]);
    const jsonl = left(`${JSON.stringify(entry)}\r{"question":\r${JSON.stringify(entry)}`, "q.jsonl");
    expect([jsonl.questions.length, jsonl.faults.length]).toEqual([2, 1]);
    expect(jsonl.faults[0]).toMatch(/q\.jsonl, line 2 is not valid JSON/);
  });
});

describe("documents", () => {
  test("text, Markdown and documents.json side by side", () => {
    const ready = [
      { id: "x", title: "X", passages: ["One.", "Two."] },
      { id: "y", text: "Long." },
    ];
    expect(
      parseDocuments([
        { name: "notes.txt", text: "# not a heading" },
        { name: "guide.md", text: "intro\n## The *guide* ##\ntext" },
        { name: "documents.json", text: JSON.stringify(ready) },
      ]),
    ).toEqual([
      { id: "notes.txt", title: "notes", text: "# not a heading", passages: null },
      { id: "guide.md", title: "The guide", text: "intro\n## The *guide* ##\ntext", passages: null },
      { id: "x", title: "X", text: null, passages: ["One.", "Two."] },
      { id: "y", title: "y", text: "Long.", passages: null },
    ]);
  });

  test.for<[string, string, string, RegExp]>([
    ["another file", "a.pdf", "%PDF", /a\.pdf: only/],
    ["broken JSON", "d.json", "[", /d\.json is not valid JSON/],
    ["no list", "d.json", "{}", /d\.json must be a list/],
    ["no id", "d.json", '[{"text": "x"}]', /document 1: `id`/],
    ["neither text nor passages", "d.json", '[{"id": "x"}]', /document 1: \(x\)/],
    ["both", "d.json", '[{"id": "x", "text": "t", "passages": ["p"]}]', /either/],
    ["passages that are no texts", "d.json", '[{"id": "x", "passages": [1]}]', /either/],
    [
      "an id used twice",
      "d.json",
      '[{"id": "x", "text": "t"}, {"id": "x", "text": "t"}]',
      /two documents have the id "x"/,
    ],
  ])("%s is refused", ([, name, text, message]) => {
    expect(() => parseDocuments([{ name, text }])).toThrow(message);
  });
});
