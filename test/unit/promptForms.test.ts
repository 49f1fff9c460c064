/** Every form in which a question is asked, and an answer asked for, in every family's chat template as Transformers renders it. */
import { describe, expect, test } from "vitest";
import { COMMON_WORDS, type ModelWords, POCKET_WORDS } from "../../src/core/modelWords.ts";
import { openTokenizer } from "../../src/model/tokenizer.ts";
import { loadTokenizer } from "../../src/model/tokenizerFiles.ts";
import { openPrompts } from "../../src/train/prompts.ts";
import { answered, asking } from "../../src/train/response.ts";
import { caseSource, readCase } from "../helpers/cases.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { FAMILIES, readFamily } from "../helpers/tokenizers.ts";

interface Rendered {
  user: string;
  prompt: string;
  begun: string; // "It rains. The answer is", to be continued
  answered: string; // "It rains. The answer is no.", and the turn's end
}
type Family = (typeof FAMILIES)[number] | "llama2";
const forms = await json<Record<Family, Record<string, Rendered>>>(fixture("templates/forms.json"));

const passages = ["It rains here.", "It rains there."];
const listed: ModelWords = { ...COMMON_WORDS, list_options: true };
const asked: Record<string, [open: boolean, explain: boolean, words: ModelWords]> = {
  "brief, closed": [false, false, COMMON_WORDS],
  "brief, open": [true, false, COMMON_WORDS],
  "explained, closed": [false, true, COMMON_WORDS],
  "explained, open": [true, true, COMMON_WORDS],
  "explained, open, options listed": [true, true, listed],
  "explained, closed, the built-in model's words": [false, true, POCKET_WORDS],
  "explained, open, the built-in model's words": [true, true, POCKET_WORDS],
};

const tokenizerOf = async (family: Family) =>
  family === "llama2"
    ? loadTokenizer(caseSource(await readCase("c01-metaspace-first"), "."))
    : openTokenizer((await readFamily(family)).files);

test("no family and no form is left out", () => {
  expect(Object.keys(forms).sort()).toEqual([...FAMILIES, "llama2"].sort());
  for (const of of Object.values(forms)) expect(Object.keys(of)).toEqual(Object.keys(asked));
});

describe.each([...FAMILIES, "llama2"] as const)("%s", async (family) => {
  const tokenizer = await tokenizerOf(family);

  test.each(Object.entries(forms[family]))("%s", (form, rendered) => {
    const [open, explain, words] = asked[form]!;
    const { ask, completion, continued } = openPrompts(tokenizer, words);
    const question = { question: "Why?", options: { A: "no", B: "yes" } };
    const prompt = ask(question, open ? passages : [], explain);
    expect(prompt).toEqual(tokenizer.promptIds(rendered.user));
    expect(tokenizer.decode(prompt)).toBe(rendered.prompt);
    expect(prompt).toEqual(tokenizer.encodeMarkup(rendered.prompt));

    const { context, completions } = continued(prompt, asking("It rains."), [" no."]);
    expect(tokenizer.decode(context)).toBe(rendered.begun);
    const whole = [...context, ...completions[0]!];
    expect(whole).toEqual([...prompt, ...completion(answered("It rains.", "no"))]);
    expect(whole.at(-1)).toBe(tokenizer.endOfTurn);
    expect(whole).toEqual(tokenizer.encodeMarkup(rendered.answered).slice(0, whole.length));
    expect(rendered.answered.slice(tokenizer.decode(whole).length).trim()).toBe("");
  });
});
