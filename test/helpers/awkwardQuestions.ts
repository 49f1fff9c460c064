/** Questions whose texts hold what question formats take for signs of their own. */
import type { Question } from "../../src/core/run.ts";

const question = (
  text: string,
  answer: string,
  wrong: string[],
  evidence: string | null = null,
): Question => ({
  question: text,
  options: Object.fromEntries(
    (wrong.length > 0 ? [wrong[0]!, answer, ...wrong.slice(1)] : []).map((option, i) => [
      String.fromCharCode(65 + i),
      option,
    ]),
  ),
  answer,
  evidence,
  relation: null,
  phrasings: [],
  bridge: null,
});

export const POSSIBLE: Question[] = [
  {
    ...question(
      "Where was Brem Coprea born?",
      "Thornmoor",
      ["Naithford", "Saixwater"],
      "Brem Coprea was born in Thornmoor.",
    ),
    relation: "name: born in _ .",
    phrasings: ["In which town was Brem Coprea born?", 'He said "so", did he?'],
    bridge: "Brem",
  },
  question(
    "Is a = b: {x} ~ #1 \\ 50%?",
    "{ } ~ = # : \\",
    ["=", "~x", "#", "C:\\new\\table"],
    "Say: \\n is no line end {really}.",
  ),
  question('He said "one, two; three"', "a,b;c\td", ['"quoted"', "'single'"]),
  question("First line\nsecond line?", "Zoë – 日本語 – עברית", ["x\ny", "🙂"]),
  question("<b>bold</b> & <script>alert(1)</script>?", "<i>", ["&amp;", "x < y > z"]),
  question("What fills the gap: ____ is a :: of {{c1::it}}?", "std::vector", []),
  question("-5 or +5? =1+1", "−5", ["5", "+5"]),
];
