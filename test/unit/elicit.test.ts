/** Responses of any model (method.md §2): the answer taken where it was said, asked for where it was not. */
import { describe, expect, test } from "vitest";
import { COMMON_WORDS, type ModelWords, POCKET_WORDS } from "../../src/core/modelWords.ts";
import { openTokenizer } from "../../src/model/tokenizer.ts";
import type { Sitting } from "../../src/train/answers.ts";
import { finishResponses, type Generated } from "../../src/train/elicit.ts";
import { askFreely } from "../../src/train/inspect.ts";
import { openPrompts, userTurn } from "../../src/train/prompts.ts";
import { answered, saidAnswer, shortAnswer, wholeSentences } from "../../src/train/response.ts";
import { standIn, wordTokenizer } from "../helpers/standIn.ts";
import { FAMILIES, readFamily } from "../helpers/tokenizers.ts";

describe("what was said", () => {
  test.for([
    ["It is in France. The answer is Paris.", "It is in France.", "Paris"],
    ["So the ANSWER IS: Paris", "So", "Paris"],
    ["The answer is:\nParis. It lies on the Seine.", "", "Paris"],
    ["The answer is Paris\nHope this helps.", "", "Paris"],
    ["The answer is Rome. No, the answer is Paris.", "The answer is Rome. No,", "Paris"],
    ["The answer is **Paris**.", "", "**Paris**"],
    ["The answer is 3.5 million.", "", "3.5 million"],
    ["Rome it is not. The answer is Paris. The answer is .", "Rome it is not.", "Paris"],
  ] as const)("%s", ([text, explanation, answer]) => {
    expect(saidAnswer(text)).toEqual({ explanation, answer });
  });

  test.for(["It is Paris.", "The answer is", "the answer is: …", "My canswer is Paris.", ""])(
    "%s",
    (text) => {
      expect(saidAnswer(text)).toBeNull();
    },
  );
});

test.for([
  ["It is Paris. It lies on the", "It is Paris."],
  ["It is Paris.", "It is Paris."],
  ["It is Paris, and it", "It is Paris, and it"],
  ["Is it? “Yes.” And then", "Is it? “Yes.”"],
  ["It has 3.5 million. People of 2.1", "It has 3.5 million."],
  ["- Paris\n- Rome", "- Paris\n- Rome"],
  ["Two:\nParis is one.\nRome and", "Two:\nParis is one."],
  ["  It is. It is. It", "It is. It is."],
  ["", ""],
])("the whole sentences of %j", ([text, want]) => {
  expect(wholeSentences(text!)).toBe(want);
});

test.for([
  [" Paris. It lies", "Paris"],
  ["Paris\nRome", "Paris"],
  ["3.5 million", "3.5 million"],
  ["", ""],
])("the short answer of %j", ([text, want]) => {
  expect(shortAnswer(text!)).toBe(want);
});

test("a response that names no answer is its explanation", () => {
  expect(answered("It rains.", "no")).toBe("It rains. The answer is no.");
  expect(answered("", "no")).toBe("The answer is no.");
  expect(answered("It rains.", "")).toBe("It rains.");
});

const tokenizer = wordTokenizer();
const question = { question: "Where?", options: { A: "in Rome", B: "in Paris", C: "nowhere" } };
const free = { question: "Who?", options: {} };

function begun(text: string, asked: Generated["question"] = question): Generated {
  return {
    question: asked,
    prompt: tokenizer.promptIds(asked.question),
    ids: [...tokenizer.encode(text), tokenizer.endOfTurn],
  };
}

function speaker(says = "me. And", elicit = true) {
  const policy = standIn(tokenizer, [says]);
  const asked: string[] = [];
  const score = policy.score.bind(policy);
  policy.score = (requests, ...rest) => {
    for (const { context, completions } of requests)
      asked.push(...completions.map((ids) => `${tokenizer.decode(context)}│${tokenizer.decode(ids)}`));
    return score(requests, ...rest);
  };
  const generate = policy.generate.bind(policy);
  policy.generate = (requests, ...rest) => {
    asked.push(...requests.map((r) => `${tokenizer.decode(r.prompt)}│${r.max_new_tokens}`));
    return generate(requests, ...rest);
  };
  const prompts = openPrompts(tokenizer, { ...COMMON_WORDS, elicit });
  const sitting: Sitting = { policy, tokenizer, prompts, passages: null, adapter: true };
  return { policy, asked, sitting };
}

describe("finishing a response", () => {
  test("options are scored after the whole sentences, and the best becomes part of y", async () => {
    const { asked, sitting } = speaker();
    const [answer] = await finishResponses([begun("It is far. I think")], sitting);
    const lead = "<begin> Where? <end> It is far. The answer is";
    expect(asked).toEqual(Object.values(question.options).map((text) => `${lead}│${text}. <end>`));
    const scores = Object.entries(answer!.option_scores!);
    const [best] = scores.reduce((a, b) => (b[1] > a[1] ? b : a));
    const chosen = question.options[best as "A"];
    expect(answer).toMatchObject({ text: chosen, explanation: "It is far.", asked: true });
    expect(tokenizer.decode(answer!.completion)).toBe(`It is far. The answer is ${chosen}. <end>`);
  });

  test("without options the answer is generated, 24 tokens at most, up to the full stop", async () => {
    const { asked, sitting } = speaker();
    const [answer] = await finishResponses([begun("It is I. That", free)], sitting);
    expect(asked).toEqual(["<begin> Who? <end> It is I. The answer is│24"]);
    expect(answer).toMatchObject({ text: "me", explanation: "It is I.", option_scores: null, asked: true });
    expect(tokenizer.decode(answer!.completion)).toBe("It is I. The answer is me. <end>");
  });

  test("what was said is taken as it is, and every answer stays with its question", async () => {
    const { asked, sitting } = speaker();
    const answers = await finishResponses(
      [
        begun("So. The answer is Oslo."),
        begun("It is I.", free),
        begun("It is far."),
        begun("The answer is you.", free),
      ],
      sitting,
    );
    expect(answers.map(({ asked }) => asked === true)).toEqual([false, true, true, false]);
    expect(answers.map(({ text }, i) => (i === 2 ? null : text))).toEqual(["Oslo", "me", null, "you"]);
    expect(tokenizer.decode(answers[0]!.completion)).toBe("So. The answer is Oslo. <end>");
    expect(asked).toHaveLength(4); // three options and one free answer
  });

  test("a character that was cut off in the middle is no part of y", async () => {
    const { sitting } = speaker();
    const [answer] = await finishResponses([begun("It is 日\uFFFD", free)], sitting);
    expect(answer!.explanation).toBe("It is 日");
    expect(tokenizer.decode(answer!.completion)).toBe("It is 日 The answer is me. <end>");
  });

  test("where nothing comes, there is no answer", async () => {
    const { sitting } = speaker("");
    const [answer] = await finishResponses([begun("It is I.", free)], sitting);
    expect(answer).toMatchObject({ text: "", explanation: "It is I.", asked: true });
    expect(tokenizer.decode(answer!.completion)).toBe("It is I. <end>");
  });

  test("nothing is asked where the prompts do not elicit", async () => {
    const { asked, sitting } = speaker("me.", false);
    const [answer] = await finishResponses([begun("It is far. I think")], sitting);
    expect(answer).toEqual({
      text: "",
      explanation: "It is far. I think",
      completion: [...tokenizer.encode("It is far. I think"), tokenizer.endOfTurn],
      option_scores: null,
    });
    expect(asked).toEqual([]);
  });

  test("a number that is none is an error with the question in it", async () => {
    const { policy, sitting } = speaker();
    policy.score = async (requests) =>
      requests.map((r) => r.completions.map((ids) => new Float32Array(ids.length).fill(Number.NaN)));
    await expect(finishResponses([begun("It is far.")], sitting)).rejects.toMatchObject({
      code: "not-finite",
      message: expect.stringContaining("Where?"),
    });
  });
});

test("a free question explained ends in its answer, asked for where it was not said", async () => {
  const { policy } = speaker("It is I. And so");
  const how = { explain: true, thinking: false, adapter: false };
  const said = async (words: ModelWords) =>
    (await askFreely({ model: policy, tokenizer }, words, "Who?", [], how)).closed.text;
  expect(await said(COMMON_WORDS)).toBe("It is I. The answer is It is I.");
  expect(await said(POCKET_WORDS)).toBe("It is I. And so");
});

test("the options are listed where the words say so, for questions that have some", () => {
  const listed = { ...POCKET_WORDS, list_options: true };
  expect(userTurn(question, ["A line."], true, listed)).toBe(
    "Context:\nA line.\n\nQuestion: Where?\nOptions: in Rome; in Paris; nowhere\nExplain, then answer.",
  );
  expect(userTurn(free, [], false, listed)).toBe("Question: Who?\nAnswer briefly.");
  expect(userTurn(question, [], false, POCKET_WORDS)).toBe("Question: Where?\nAnswer briefly.");
});

test.for(FAMILIES)("in %s's tokens y is what was asked, in one piece", async (family) => {
  const own = openTokenizer((await readFamily(family)).files);
  const prompts = openPrompts(own, COMMON_WORDS);
  const prompt = own.promptIds("Why?");
  for (const explanation of ["Because.", "Because", ""]) {
    const lead = `${explanation} The answer is`.trim();
    const { context, completions } = prompts.continued(prompt, lead, [" Because.", " so."]);
    expect(context).toEqual([...prompt, ...own.begunIds(lead)]);
    for (const [i, word] of ["Because", "so"].entries()) {
      const y = prompts.completion(answered(explanation, word));
      expect([...context, ...completions[i]!]).toEqual([...prompt, ...y]);
    }
  }
});
