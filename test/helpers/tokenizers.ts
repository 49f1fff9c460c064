/** The families' tokenizers, cut down (fixtures/tokenizers), in both forms: as a model folder's files and as GGUF metadata. */
import type { GgufValue } from "../../src/model/gguf.ts";
import type { TokenizerFiles } from "../../src/model/tokenizer.ts";
import { fixture, json } from "./fixtures.ts";

export const FAMILIES = ["smollm2", "qwen2", "qwen3", "llama3", "gemma3"] as const;
export type Family = (typeof FAMILIES)[number];

interface FamilyFixture {
  pre?: string; // llama.cpp's name of the pre-tokenizer; SentencePiece has none
  scores?: Record<string, number>; // of SentencePiece's pieces
  vocab_size: number;
  bos: string;
  eos: string;
  strings: { text: string; ids: number[] }[];
  tokenizer: {
    added_tokens: { id: number; content: string; special: boolean }[];
    model: { vocab: Record<string, number>; merges: [string, string][] };
  };
}

interface Rendered {
  user: string;
  prompt: string;
  thinking: string;
  answered: string;
}

export async function readFamily(family: Family): Promise<{
  files: TokenizerFiles;
  metadata: Map<string, GgufValue>;
  strings: FamilyFixture["strings"];
  rendered: Rendered;
}> {
  const cut = await json<FamilyFixture>(fixture(`tokenizers/${family}.json`));
  const chat_template = new TextDecoder().decode(await fixture(`templates/${family}.jinja`));
  const expected = await json<Record<Family, Rendered>>(fixture("templates/expected.json"));
  const idOf = (content: string): number =>
    cut.tokenizer.added_tokens.find((token) => token.content === content)!.id;
  const ownBegin = chat_template.includes("bos_token"); // Qwen's tokenizer_config.json has none
  return {
    files: {
      tokenizer: cut.tokenizer,
      tokenizerConfig: { chat_template, bos_token: ownBegin ? cut.bos : null, eos_token: cut.eos },
      model: { vocab_size: cut.vocab_size, bos_token_id: idOf(cut.bos), eos_token_id: idOf(cut.eos) },
    },
    metadata: new Map<string, GgufValue>([
      ...ggufVocabulary(cut),
      ["tokenizer.ggml.bos_token_id", idOf(cut.bos)],
      ["tokenizer.ggml.eos_token_id", idOf(cut.eos)],
      ["tokenizer.chat_template", chat_template],
    ]),
    strings: cut.strings,
    rendered: expected[family],
  };
}

/** As llama.cpp's converter writes a vocabulary: dense, user-defined spaces as spaces, merges as "left right". */
function ggufVocabulary({ pre, scores, vocab_size, tokenizer }: FamilyFixture): [string, GgufValue][] {
  const { vocab, merges } = tokenizer.model;
  const tokens = Array.from({ length: vocab_size }, (_, id) => `[PAD${id}]`);
  const token_type = new Int32Array(vocab_size).fill(5);
  const score = new Float32Array(vocab_size).fill(-1000);
  const put = (id: number, token: string, type: number): void => {
    if (id >= vocab_size) return; // Gemma's image token has no row
    tokens[id] = token;
    token_type[id] = type;
  };
  for (const [piece, id] of Object.entries(vocab)) {
    put(id, piece, scores && /^<0x..>$/.test(piece) ? 6 : 1);
    score[id] = scores?.[piece] ?? -1000;
  }
  for (const { id, content, special } of tokenizer.added_tokens)
    put(id, special || !scores ? content : content.replaceAll("▁", " "), special ? 3 : 4);
  const kind: [string, GgufValue][] = scores
    ? [
        ["model", "llama"],
        ["scores", score],
        ["add_space_prefix", false],
      ]
    : [
        ["model", "gpt2"],
        ["pre", pre!],
        ["merges", merges.map((merge) => merge.join(" "))],
      ];
  return [["tokens", tokens], ["token_type", token_type] as [string, GgufValue], ...kind].map(
    ([key, value]) => [`tokenizer.ggml.${key}`, value] as [string, GgufValue],
  );
}
