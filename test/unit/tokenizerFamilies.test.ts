/** Tokens and prompts of every family, from a model folder and from GGUF metadata, as Hugging Face's own programs give them. */
import { describe, expect, test } from "vitest";
import { POCKET_WORDS } from "../../src/core/modelWords.ts";
import { tokenizerFilesOfGguf } from "../../src/model/ggufTokenizer.ts";
import { openTokenizer } from "../../src/model/tokenizer.ts";
import { openPrompts } from "../../src/train/prompts.ts";
import { FAMILIES, type Family, readFamily } from "../helpers/tokenizers.ts";

/** begin, then the stop tokens, the end of a turn first */
const ENDS: Record<Family, [number, number[]]> = {
  smollm2: [1, [2]],
  qwen2: [151643, [151645]],
  qwen3: [151643, [151645]],
  llama3: [128000, [128009]],
  gemma3: [2, [106]],
};

describe.each(FAMILIES)("%s", async (family) => {
  const { files, metadata, strings, rendered } = await readFamily(family);
  describe.each([
    ["a model folder", openTokenizer(files)],
    ["GGUF metadata", openTokenizer(tokenizerFilesOfGguf(metadata))],
  ])("from %s", (_, tokenizer) => {
    test("strings have the ids of the published tokenizer and decode to themselves", () => {
      expect(strings.length).toBeGreaterThan(15);
      for (const { text, ids } of strings) {
        expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
        const normal = family.startsWith("qwen") ? text.normalize("NFC") : text;
        const back = family === "gemma3" ? normal.replaceAll("▁", " ") : normal;
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(back);
      }
    });

    test("a prompt is what the template renders", () => {
      expect(tokenizer.decode(tokenizer.promptIds(rendered.user))).toBe(rendered.prompt);
      expect(tokenizer.promptIds(rendered.user)).toEqual(tokenizer.encodeMarkup(rendered.prompt));
    });

    test("prompt and completion are the template's own tokens of an answered turn", () => {
      const { ask, completion } = openPrompts(tokenizer, POCKET_WORDS);
      const turn = [...tokenizer.promptIds(rendered.user), ...completion("Because.")];
      expect(tokenizer.encodeMarkup(rendered.answered).slice(0, turn.length)).toEqual(turn);
      expect(ask({ question: "Why?", options: {} }, ["A line."], false)).toEqual(
        tokenizer.promptIds(rendered.user),
      );
    });

    test("thinks only when asked, and only where the template can", () => {
      const thinking = tokenizer.promptIds(rendered.user, { thinking: true });
      expect(tokenizer.decode(thinking)).toBe(rendered.thinking);
      expect(tokenizer.canThink).toBe(family === "qwen3");
      expect(thinking.length < tokenizer.promptIds(rendered.user).length).toBe(family === "qwen3");
    });

    test("begins and ends as the model does", () => {
      expect([tokenizer.begin, tokenizer.stopIds]).toEqual(ENDS[family]);
      expect(tokenizer.endOfTurn).toBe(ENDS[family][1][0]);
    });

    test("markup in a user's text stays text", () => {
      const user = rendered.answered.trim(); // some templates trim, some do not
      const ids = tokenizer.promptIds(user);
      expect(tokenizer.decode(ids)).toBe(rendered.prompt.replace(rendered.user, user));
      expect(ids.filter(isSpecial)).toEqual(tokenizer.promptIds(rendered.user).filter(isSpecial));
    });
  });

  function isSpecial(id: number): boolean {
    const { added_tokens } = files.tokenizer as { added_tokens: { id: number; special: boolean }[] };
    return added_tokens.some((token) => token.special && token.id === id);
  }
});
