/** Tokenizers and chat templates of other people's files: the ids that Transformers and tokenizers give. */
import { describe, expect, test } from "vitest";
import { openTextTokenizer } from "../../src/model/tokenizer.ts";
import { loadTokenizer } from "../../src/model/tokenizerFiles.ts";
import { caseSource, readCase } from "../helpers/cases.ts";

interface PromptCase {
  completion?: string | null;
}
interface Turns {
  turns: { user: string; text: string; ids: number[] }[];
}

describe.each([
  "c01-metaspace-first",
  "c03-pad-token",
  "c11-crlf-jinja",
  "c12-eos-mismatch",
  "c14-padded-small-vocabulary",
  "c17-strip-chars",
])("%s", async (id) => {
  const files = await readCase<PromptCase, Turns>(id);
  const tokenizer = await loadTokenizer(caseSource(files, "."));

  test("every user turn has the ids of template and tokenizer", () => {
    expect(files.expected.turns.length).toBeGreaterThan(0);
    for (const { user, text, ids } of files.expected.turns) {
      expect(tokenizer.promptIds(user)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
      expect(tokenizer.completionIds("Why.").at(-1)).toBe(tokenizer.endOfTurn);
    }
  });
});

test("c12-eos-mismatch: a turn ends as the template ends it, and either end stops", async () => {
  const { endOfTurn, stopIds } = await loadTokenizer(caseSource(await readCase("c12-eos-mismatch"), "."));
  expect(endOfTurn).toBe(402);
  expect(stopIds).toEqual([402, 400]);
});

interface EncodeCase {
  strings: Record<string, string>;
  vocab_size: number;
}

describe.each(["t02-nel-add-prefix-space", "t06-unigram-byte-fallback"])("%s", async (id) => {
  const files = await readCase<EncodeCase, { ids: Record<string, number[]> }>(id);
  const tokenizer = openTextTokenizer({
    tokenizer: JSON.parse(new TextDecoder().decode(await files.bytes("tokenizer.json"))),
    tokenizerConfig: {},
    model: { vocab_size: files.case.vocab_size },
  });

  test.each(Object.entries(files.case.strings))("%s has the ids of tokenizers", (name, text) => {
    const ids = files.expected.ids[name]!;
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.tokenTexts(ids).join("")).toBe(tokenizer.decode(ids));
  });
});
