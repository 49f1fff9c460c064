/**
 * A stand-in for a language model, for tests of the cycle alone: its "log-probabilities" and "responses" are a hash of
 * tokens and of a weight that every update moves. It knows nothing and depends on everything it should.
 */
import { LabError } from "../../src/core/errors.ts";
import { hash3 } from "../../src/core/rng.ts";
import type { AdapterState, LossTerm, Policy, StepSettings } from "../../src/model/policy.ts";
import type { ChatTokenizer } from "../../src/model/tokenizer.ts";
import { lossesAt } from "../../src/model/updatePlan.ts";

export interface Call {
  name: "score" | "generate" | "update" | "teach" | "kl";
  adapter: boolean;
  requests: number;
}

export interface StandIn extends Policy {
  calls: Call[];
  updates: { questions: { terms: LossTerm[]; slopes: number[] }[]; settings: StepSettings }[];
  breakAtUpdate: number; // counted from 1; 0 = never
  fitted: number[]; // what room was asked for
  longest: number; // tokens that went through it together
}

/** Words are tokens, their ids a hash of the word; id 1 begins, id 2 ends a turn. */
export function wordTokenizer(): ChatTokenizer {
  const known = new Map([
    [1, "<begin>"],
    [2, "<end>"],
  ]);
  const idOf = (word: string): number => {
    const id = 3 + ([...word].reduce((h, letter) => hash3(h, letter.codePointAt(0)!, 0), 1) >>> 1);
    known.set(id, word);
    return id;
  };
  const encode = (text: string): number[] => text.split(" ").map(idOf);
  const decode = (ids: readonly number[]): string => ids.map((id) => known.get(id) ?? "?").join(" ");
  return {
    encode,
    encodeMarkup: encode,
    decode,
    promptIds: (user) => [1, ...encode(user), 2],
    completionIds: (text) => [...encode(text), 2],
    begunIds: encode,
    tokenText: (id) => decode([id]),
    tokenTexts: (ids) => ids.map((id) => decode([id])),
    begin: 1,
    canThink: false,
    endOfTurn: 2,
    stopIds: [2],
  };
}

/** Tokens of a soft target. */
export const TOP = 3;

/** `sayings` are the responses it picks from. */
export function standIn(tokenizer: ChatTokenizer, sayings: string[], seed = 7): StandIn {
  let state: AdapterState = { weights: new Float32Array(2), m: new Float32Array(2), v: new Float32Array(2) };
  const draw = (ids: number[], adapter: boolean): number => {
    const weight = adapter ? Math.round(state.weights[0]! * 1e6) : 0;
    return ids.reduce((h, id) => hash3(h, id, 0), hash3(seed, weight, 1)) / 2 ** 32;
  };
  const calls: Call[] = [];
  const updates: StandIn["updates"] = [];
  const note = (name: Call["name"], adapter: boolean, requests: number): void => {
    calls.push({ name, adapter, requests });
  };
  const meanOf = (context: number[], completion: number[]): number =>
    -5 * draw([...context, ...completion], true);

  return {
    calls,
    updates,
    breakAtUpdate: 0,
    fitted: [],
    longest: 0,
    async fit(tokens) {
      this.fitted.push(tokens);
      return { weights: 0, adapter: 0, optimizer: 0, activations: 0, cache: 0, total: 0 };
    },
    async score(requests, adapter, onProgress) {
      note("score", adapter, requests.length);
      for (const r of requests)
        this.longest = Math.max(this.longest, r.context.length + r.completions.flat().length);
      onProgress?.(requests.length);
      return requests.map(({ context, completions }) =>
        completions.map((ids) => {
          const first = context.length === 0 ? 1 : 0;
          return Float32Array.from(
            ids.slice(first),
            (id, t) => -5 * draw([...context, ...ids, id, t], adapter),
          );
        }),
      );
    },
    async generate(requests, adapter, onProgress) {
      note("generate", adapter, requests.length);
      for (const r of requests) this.longest = Math.max(this.longest, r.prompt.length + r.max_new_tokens);
      onProgress?.(requests.length);
      return requests.map(({ prompt, temperature, seed: drawn }) => {
        const asked = temperature > 0 ? [...prompt, drawn] : prompt;
        const saying = sayings[Math.floor(draw(asked, adapter) * sayings.length)]!;
        return [...tokenizer.encode(saying), tokenizer.endOfTurn];
      });
    },
    async update(questions, settings) {
      note("update", true, questions.length);
      if (this.breakAtUpdate === settings.step) throw new LabError("not-finite", "the loss became NaN");
      const values = questions.map(({ terms }) =>
        terms.map(({ sequence: { context, completion }, teacher }) =>
          meanOf(context, [...completion, ...(teacher?.ids ?? [])]),
        ),
      );
      const at = lossesAt(questions, values);
      updates.push({
        questions: questions.map(({ terms }, q) => ({ terms: [...terms], slopes: [...at[q]!.slopes] })),
        settings,
      });
      const loss = at.reduce((sum, question) => sum + question.loss, 0) / questions.length;
      state.weights[0]! += settings.learning_rate * loss;
      state.weights[1]! += settings.step;
      state.m[0] = loss;
      state.v[1]! += loss ** 2;
      const sequences = questions.flatMap(({ terms }) => terms.map(({ sequence }) => sequence));
      return {
        loss,
        grad_norm: Math.abs(loss) / 3,
        values,
        num_tokens: sequences.reduce((n, s) => n + s.context.length + s.completion.length, 0),
        supervised_tokens: sequences.reduce((n, s) => n + s.completion.length, 0),
      };
    },
    async teach(sequences, onProgress) {
      const count = TOP;
      note("teach", false, sequences.length);
      onProgress?.(sequences.length);
      return sequences.map(({ context, completion }) => {
        const rows = completion.slice(context.length === 0 ? 1 : 0);
        const seen = draw(context, false) * 2 ** 32;
        const ids = rows.flatMap((id, t) =>
          Array.from({ length: count }, (_, k) => hash3(hash3(id, t, k), seen, 0) >>> 8),
        );
        const logprobs = ids.map((_, i) => -1 - (i % count));
        return { count, ids: Uint32Array.from(ids), logprobs: Float32Array.from(logprobs) };
      });
    },
    async kl(sequences) {
      note("kl", true, sequences.length);
      return Math.abs(state.weights[0]!);
    },
    async readState() {
      return structuredClone(state);
    },
    writeState(from) {
      state = structuredClone(from);
    },
  };
}
