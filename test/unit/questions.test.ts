import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCsv } from "../../src/documents/csv.ts";
import { parseDocuments } from "../../src/documents/documents.ts";
import { checkQuestions, parseQuestions } from "../../src/documents/questions.ts";

const entry = { question: "Who?", options: { A: "Ada", B: "Bo" }, answer: "Bo" };
const parsed = { ...entry, evidence: null, relation: null, phrasings: [], bridge: null };
const bad = (text: string, name: string, message: RegExp) =>
  expect(() => parseQuestions(text, name)).toThrow(
    expect.objectContaining({ code: "bad-data", message: expect.stringMatching(message) }),
  );

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
  ])("%s", ([, name, text]) => expect(parseQuestions(text, name)).toEqual([parsed]));

  test("evidence and relation are kept, options may be missing", () => {
    const open = { question: "Q", answer: "A", evidence: "E", relation: "R", phrasings: [], bridge: null };
    expect(parseQuestions(JSON.stringify([open]), "a.json")).toEqual([{ ...open, options: {} }]);
    expect(parseQuestions(JSON.stringify([{ ...open, options: null }]), "a.json")[0]!.options).toEqual({});
  });

  test("other wordings and the bridge come along; what has another form never costs the question", () => {
    const read = (fields: object) => parseQuestions(JSON.stringify([{ ...entry, ...fields }]), "a.json")[0]!;
    expect(read({ phrasings: ["Which one?", "Who then?"], bridge: "Thornmoor" })).toEqual({
      ...parsed,
      phrasings: ["Which one?", "Who then?"],
      bridge: "Thornmoor",
    });
    expect(read({ phrasings: "Which one?" }).phrasings).toEqual(["Which one?"]);
    expect(read({ phrasings: ["", 3, "Which one?"], bridge: 3 })).toEqual({
      ...parsed,
      phrasings: ["Which one?"],
    });
    expect(read({ phrasings: { a: "b" }, bridge: null })).toEqual(parsed);
    const csv =
      'question,A,B,answer,phrasings\nWho?,Ada,Bo,Bo,"[""Which one?""]"\nWho?,Ada,Bo,Bo,"Which one?"\n';
    expect(parseQuestions(csv, "a.csv").map((q) => q.phrasings)).toEqual([["Which one?"], ["Which one?"]]);
  });

  test("option texts are not touched", () => {
    const options = { A: " Ada ", B: "Bo" };
    const [question] = parseQuestions(JSON.stringify([{ ...entry, options, answer: "Ada" }]), "a.json");
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
    bad('question,answer,A\n"Two\nlines?",x,x\nWho?,Cy,Ada\n', "q.csv", /^q\.csv, line 4: the answer "Cy"/);
    bad(JSON.stringify([{ ...entry, answer: "B" }]), "q.json", /the answer "B"/); // a letter is no text
  });

  test("all faults come in one message, the first five in words", () => {
    bad(
      JSON.stringify(Array(8).fill({ ...entry, answer: "Cy" })),
      "q.json",
      /question 1: .*question 5: .*; and 3 more$/,
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
    ["a broken line", "q.jsonl", `${JSON.stringify(entry)}\n{`, /^q\.jsonl, line 2 is not valid JSON/],
    ["no list", "q.json", '"text"', /must be a list of questions/],
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
    ["another file", "q.pdf", "%PDF", /\.json, \.jsonl and \.csv/],
    ["a CSV row too short", "q.csv", "question,answer\nWho?\n", /line 2: 1 cells under 2 columns/],
    ["a quote left open", "q.csv", 'question,answer\n"Who?,x\n', /line 2: a quote is not closed/],
  ])("%s is refused", ([, name, text, message]) => bad(text, name, message));
});

describe("CSV", () => {
  test("what was quoted comes back", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", ",", ";", '"', "\n", "\r\n", " ", "é") });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (rows) => {
        const text = `a,b\n${rows.map((row) => row.map(quote).join(",")).join("\n")}`;
        expect(parseCsv(text, "x.csv").map((row) => row.cells)).toEqual([["a", "b"], ...rows]);
      }),
      { seed: 2 },
    );
  });

  test("empty cells at the end, blank lines, tabs", () => {
    expect(parseCsv("a\tb\tc\n1\t\t\n\n2\tx\t", "x.csv")).toEqual([
      { line: 1, cells: ["a", "b", "c"] },
      { line: 2, cells: ["1", "", ""] },
      { line: 4, cells: ["2", "x", ""] },
    ]);
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
      { id: "guide.md", title: "The *guide*", text: "intro\n## The *guide* ##\ntext", passages: null },
      { id: "x", title: "X", text: null, passages: ["One.", "Two."] },
      { id: "y", title: "y", text: "Long.", passages: null },
    ]);
  });

  test.for<[string, string, string, RegExp]>([
    ["another file", "a.pdf", "%PDF", /a\.pdf: only/],
    ["bytes", "a.txt", "a\0b", /not a text file/],
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
