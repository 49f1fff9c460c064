import { describe, expect, test } from "vitest";
import type { Vocabulary } from "../../src/lab/fields.ts";
import { parseLines } from "../../src/lab/files.ts";
import { generateCommand } from "../../src/lab/generate.ts";
import { scoreCommand } from "../../src/lab/score.ts";
import { openTextTokenizer } from "../../src/model/tokenizer.ts";
import { json, publicFile } from "../helpers/fixtures.ts";
import { standIn, wordTokenizer } from "../helpers/standIn.ts";

const tokenizer = openTextTokenizer({
  tokenizer: await json(publicFile("models/pocket/tokenizer.json")),
  tokenizerConfig: await json(publicFile("models/pocket/tokenizer_config.json")),
  model: await json(publicFile("models/pocket/config.json")),
});
const pocket: Vocabulary = { size: 1024, positions: 512, tokenizer };
const idsOnly: Vocabulary = { size: 64, positions: 9, tokenizer: null };
const policy = standIn(wordTokenizer(), ["one two"]);
const lines = (...values: unknown[]) =>
  parseLines(values.map((v) => JSON.stringify(v)).join("\n"), "in.jsonl");
const bad = (message: RegExp) =>
  expect.objectContaining({ code: "bad-data", message: expect.stringMatching(message) });

describe("JSONL", () => {
  test("blank lines are left out, the rest keeps its line number", () => {
    expect(parseLines('{"a": 1}\n\n  \r\n{"a": 2}\r\n', "x.jsonl")).toEqual([
      { where: "x.jsonl, line 1", fields: { a: 1 } },
      { where: "x.jsonl, line 4", fields: { a: 2 } },
    ]);
  });

  test.for([
    ['{"a": 1}\n{"a"', /x\.jsonl, line 2 is not valid JSON/],
    ["[1]", /x\.jsonl, line 1: must be an object/],
    ["null", /x\.jsonl, line 1: must be an object/],
  ] as const)("%j is refused by file and line", ([text, message]) => {
    expect(() => parseLines(text, "x.jsonl")).toThrow(bad(message));
  });
});

describe("score", () => {
  test("texts are tokenised apart; special tokens written in them count, none are added", () => {
    const [request] = scoreCommand.read(
      lines({ context: "<|im_start|>user\nWhy?", completion: " flute<|im_end|>" }),
      pocket,
      [],
    );
    expect(request!.context[0]).toBe(1);
    expect(request!.context.slice(1)).toEqual(tokenizer.encode("user\nWhy?"));
    expect(request!.completions).toEqual([[...tokenizer.encode(" flute"), 2]]);
  });

  test("ids need no tokenizer", () => {
    expect(scoreCommand.read(lines({ context_ids: [], completion_ids: [3, 63] }), idsOnly, [])).toEqual([
      { context: [], completions: [[3, 63]] },
    ]);
  });

  test("with an empty context the first token has no entry, and the mean of nothing is null", async () => {
    const asked = lines(
      { context_ids: [5], completion_ids: [6, 7] },
      { context_ids: [], completion_ids: [6, 7] },
      { context_ids: [], completion_ids: [6] },
      { context_ids: [5], completion_ids: [] },
    );
    const answers = await scoreCommand.answer(
      policy,
      scoreCommand.read(asked, idsOnly, []),
      false,
      idsOnly,
      () => {},
    );
    const got = answers as { token_logprobs: number[]; mean: number | null }[];
    expect(got.map((answer) => answer.token_logprobs.length)).toEqual([2, 1, 0, 0]);
    expect(got.map(({ mean }) => mean === null)).toEqual([false, false, true, true]);
    expect(got[0]!.mean).toBeCloseTo((got[0]!.token_logprobs[0]! + got[0]!.token_logprobs[1]!) / 2, 6);
  });

  test.for([
    [{ context: "a" }, /line 1: needs either "completion"/],
    [{ context: "a", context_ids: [1], completion: "b" }, /needs either "context"/],
    [{ context: 7, completion: "b" }, /"context" must be a text/],
    [{ context_ids: [1024], completion_ids: [] }, /integers from 0 to 1023/],
    [{ context_ids: [1.5], completion_ids: [] }, /integers from 0 to 1023/],
    [{ context_ids: "1 2", completion_ids: [] }, /integers from 0 to 1023/],
  ] as const)("%j is refused", ([line, message]) => {
    expect(() => scoreCommand.read(lines(line), pocket, [])).toThrow(bad(message));
  });

  test("a line longer than the model is refused by its number, not in the middle of the work", () => {
    const read = (tokens: number) =>
      scoreCommand.read(
        lines(
          { context_ids: [1], completion_ids: [1] },
          { context_ids: Array(tokens).fill(1), completion_ids: [2, 3] },
        ),
        idsOnly,
        [],
      );
    expect(read(8)).toHaveLength(2); // the last token is predicted, never read
    expect(() => read(9)).toThrow(bad(/in\.jsonl, line 2: a sequence of 10 tokens exceeds the model's 9/));
  });

  test("lines of one context are asked together, and answered in the file's order", async () => {
    const asked = lines(
      { context_ids: [5, 6], completion_ids: [7, 8] },
      { context_ids: [5], completion_ids: [7] },
      { context_ids: [5, 6], completion_ids: [9] },
      { context_ids: [], completion_ids: [7, 8] },
      { context_ids: [5, 6], completion_ids: Array(2048).fill(3) }, // beyond what a group takes
      { context_ids: [], completion_ids: [7, 8, 9] },
    );
    const requests = scoreCommand.read(asked, { ...idsOnly, positions: 4096 }, []);
    const seen: number[][] = [];
    const done: number[] = [];
    const spy: typeof policy = {
      ...policy,
      score: async (groups, adapter, onProgress) => {
        seen.push(...groups.map(({ context, completions }) => [context.length, completions.length]));
        for (const i of groups.keys()) onProgress?.(i + 1);
        return policy.score(groups, adapter);
      },
    };
    const answers = await scoreCommand.answer(spy, requests, false, idsOnly, (n) => done.push(n));
    expect(seen).toEqual([
      [2, 2],
      [1, 1],
      [0, 1],
      [2, 1],
      [0, 1],
    ]);
    expect(done).toEqual([2, 3, 4, 5, 6]);
    const alone = await Promise.all(
      requests.map(
        async (request) => (await scoreCommand.answer(policy, [request], false, idsOnly, () => {}))[0],
      ),
    );
    expect(answers).toEqual(alone);
  });

  test("what is not a number is an error, not the null of nothing scored", async () => {
    const broken = { ...policy, score: async () => [[Float32Array.of(-1, Number.NaN)]] };
    const requests = scoreCommand.read(lines({ context_ids: [1], completion_ids: [2, 3] }), idsOnly, []);
    await expect(scoreCommand.answer(broken, requests, false, idsOnly, () => {})).rejects.toMatchObject({
      code: "not-finite",
    });
  });

  test("a text without a tokenizer is refused", () => {
    expect(() => scoreCommand.read(lines({ context: "a", completion: "b" }), idsOnly, [])).toThrow(
      bad(/line 1: .*no tokenizer\.json.*"context_ids"/),
    );
  });
});

describe("generate", () => {
  const least = { prompt_ids: [1], max_new_tokens: 8 };

  test("defaults: greedy, to the model's end tokens", () => {
    expect(generateCommand.read(lines(least), pocket, [2])).toEqual([
      { prompt: [1], max_new_tokens: 8, stop_ids: [2], temperature: 0, top_k: 0, top_p: 1, seed: 0 },
    ]);
  });

  test("every setting of a line is taken, [] never stops", () => {
    const settings = { stop_ids: [], temperature: 0.7, top_k: 5, top_p: 0.9, seed: 3 };
    expect(generateCommand.read(lines({ ...least, ...settings }), pocket, [2])[0]).toMatchObject(settings);
  });

  test("answers in order, text null without a tokenizer", async () => {
    const requests = generateCommand.read(lines(least, { ...least, prompt_ids: [4] }), idsOnly, [2]);
    const answers = await generateCommand.answer(policy, requests, false, idsOnly, () => {});
    expect(answers).toEqual((await policy.generate(requests, false)).map((ids) => ({ ids, text: null })));
    const [withText] = (await generateCommand.answer(
      { ...policy, generate: async () => [[...tokenizer.encode("a flute"), 2]] },
      requests.slice(0, 1),
      false,
      pocket,
      () => {},
    )) as { text: string }[];
    expect(withText!.text).toBe("a flute<|im_end|>");
  });

  test.for([
    [{ prompt: "", max_new_tokens: 1 }, /the prompt is empty/],
    [{ prompt: "a" }, /"max_new_tokens" must be an integer ≥ 1, got undefined/],
    [{ ...least, max_new_tokens: 512 }, /line 1: a sequence of 513 tokens exceeds the model's 512/],
    [{ ...least, temperature: -1 }, /"temperature" must be a number ≥ 0/],
    [{ ...least, top_p: 1.5 }, /"top_p" must be a number ≥ 0 and ≤ 1, got 1.5/],
    [{ ...least, top_k: 0.5 }, /"top_k" must be an integer/],
    [{ ...least, seed: "1" }, /"seed" must be an integer/],
    [{ ...least, stop_ids: [-1] }, /"stop_ids" must be a list of integers/],
  ] as const)("%j is refused", ([line, message]) => {
    expect(() => generateCommand.read(lines(line), pocket, [2])).toThrow(bad(message));
  });
});
