/**
 * Tiny random models of every family against Transformers and PEFT: log-probabilities, every LoRA gradient of every loss, ten steps, greedy
 * text. Tolerances are those of the fixtures' README.
 */
import { describe, expect, test } from "vitest";
import { ofBytes } from "../../src/core/files.ts";
import { AMPLE } from "../../src/model/decoder.ts";
import { packRequests } from "../../src/model/pack.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { teach } from "../../src/model/teach.ts";
import { toFloat32 } from "../../src/model/tensor.ts";
import { pairLoss } from "../../src/train/objectives/pair.ts";
import { expectClose, peak } from "../helpers/close.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { meansOf, minusMean, plain, weightedSum } from "../helpers/losses.ts";
import { fixtureSource, gradientsOf, loadFixtureModel, tensorsOf } from "../helpers/model.ts";

interface View {
  logprobs: number[];
  last_logits: number[];
}
interface RlagQuestion {
  chosen: number[];
  chosen_from: number;
  rejected: number[];
  rejected_from: number;
  chosen_closed: number[];
  chosen_closed_from: number;
  passages: number[][];
  same: boolean;
  clip_chosen: number;
  clip_rejected: number;
  reward: number;
}
interface RlagCase {
  parts: { s_c: number; s_l: number; s_z: number; s_w: number; loss: number }[];
  loss: number;
  gamma: number;
  anchor: number;
}
interface Cases {
  sequences: number[][];
  base: View[];
  adapter: View[];
  greedy_after_sequence_1: number[];
  weighted_ce: { weights: number[][]; loss: number };
  rlag_questions: RlagQuestion[];
  rlag: RlagCase;
  rlag_paper: RlagCase;
  distill: { teacher_context: number[]; student_context: number[]; completion: number[]; loss: number };
}
interface Steps {
  optimizer: { weight_decay: number; max_grad_norm: number };
  steps: { sequences: number[]; learning_rate: number; loss: number; grad_norm: number }[];
}

type Lm = Awaited<ReturnType<typeof loadFixtureModel>>;
const FAMILIES = ["llama-tied", "llama3-rope", "qwen2", "qwen3", "gemma3"] as const;
const LOGPROB = { atol: 1e-4 };
const GRADIENT_SHARE = 1e-4;
const GREEDY = { stop_ids: [], temperature: 0, top_k: 0, top_p: 1, seed: 0 };
const STILL = { step: 1, learning_rate: 1e-30, weight_decay: 0, max_grad_norm: 1 };
async function expectGradients(lm: Lm, path: string): Promise<void> {
  expectSameGradients(await gradientsOf(lm), await tensorsOf(path), GRADIENT_SHARE);
}

function expectSameGradients(
  got: ReadonlyMap<string, Float32Array>,
  want: ReadonlyMap<string, Float32Array>,
  share: number,
): void {
  expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
  for (const [name, w] of want) expectClose(got.get(name)!, w, { atol: share * peak(w), label: name });
}

/** Logits of the token after `ids`. */
async function lastLogits({ decoder: d, adapter }: Lm, ids: number[], view: "base" | "adapter") {
  const marks = [d.arena.mark(), d.tables.mark()] as const;
  const pack = d.upload(packRequests([{ context: ids, completions: [[0]] }], d.config.sliding_window));
  const rows = d.forwardRows(pack, view === "adapter" ? adapter : null, null);
  const logits = d.arena.words(d.logitStride);
  d.logits(rows, 0, 1, logits);
  d.arena.release(marks[0]);
  d.tables.release(marks[1]);
  return d.gpu.readF32(logits, d.config.vocab_size);
}

describe.each(FAMILIES)("%s", async (name) => {
  const cases = await json<Cases>(fixture(`${name}/cases.json`));
  const lm = await loadFixtureModel(`${name}/model`);
  await lm.attachAdapter(fixtureSource(`${name}/adapter`));
  const d = lm.decoder;

  test.each(["base", "adapter"] as const)("log-probabilities, %s", async (view) => {
    const got = await lm.score(
      cases.sequences.map((ids) => ({ context: [], completions: [ids] })),
      view === "adapter",
    );
    cases[view].forEach((want, i) => {
      expectClose(got[i]![0]!, want.logprobs, { ...LOGPROB, label: `sequence ${i}` });
    });
  });

  test.each(["base", "adapter"] as const)("last logits, %s", async (view) => {
    for (const [i, ids] of cases.sequences.entries()) {
      const want = cases[view][i]!.last_logits;
      expectClose(await lastLogits(lm, ids, view), want, { ...LOGPROB, label: `sequence ${i}` });
    }
  });

  // Gemma's window is 16: it ends within the completions, within their context, and nowhere.
  const long = cases.sequences[3]!;
  const completions = [long.slice(20, 31), long.slice(25, 26), long.slice(30, 43)];
  const CONTEXTS = [3, 12, 20];

  test.each(CONTEXTS)("a context of %i that completions share: numbers of separate sequences", async (n) => {
    const context = long.slice(0, n);
    const [shared] = await lm.score([{ context, completions }], true);
    const apart = await lm.score(
      completions.map((c) => ({ context, completions: [c] })),
      true,
    );
    completions.forEach((_, i) => {
      expectClose(shared![i]!, apart[i]![0]!, { atol: 1e-5, label: `completion ${i}` });
    });
  });

  test.each(CONTEXTS)(
    "a context of %i that completions share: gradients of separate sequences",
    async (n) => {
      const context = long.slice(0, n);
      const z = completions.map((completion) => ({ context, completion }));
      const before = await lm.readState();
      await lm.update([minusMean(z)], STILL);
      lm.writeState(before);
      const shared = await gradientsOf(lm);
      const weights = completions.map((c) => [
        ...new Array<number>(n - 1).fill(0),
        ...c.map(() => 1 / c.length / completions.length),
      ]);
      const sequences = completions.map((c) => [...context, ...c]);
      await lm.update([weightedSum(sequences, weights)], STILL);
      lm.writeState(before);
      expectSameGradients(shared, await gradientsOf(lm), 1e-5);
    },
  );

  test("generation goes on as scoring would, beyond the window and in a batch", async () => {
    const prompts = [long.slice(0, 2), long.slice(5, 20), long.slice(0, 40)];
    const out = await lm.generate(
      prompts.map((prompt) => ({ ...GREEDY, prompt, max_new_tokens: 6 })),
      true,
    );
    for (const [i, prompt] of prompts.entries()) {
      for (const [t, id] of out[i]!.entries()) {
        const logits = await lastLogits(lm, [...prompt, ...out[i]!.slice(0, t)], "adapter");
        expect(logits.indexOf(Math.max(...logits)), `prompt ${i}, token ${t}`).toBe(id);
      }
    }
  });

  test("an adapter that came in goes out as it was", async () => {
    const want = await tensorsOf(`${name}/adapter/adapter_model.safetensors`);
    const [, weights] = await lm.exportAdapter();
    const got = await readSafetensors(ofBytes(weights!.bytes), "got");
    expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
    for (const [key, tensor] of got) expect(await toFloat32(tensor), key).toEqual(want.get(key));
  });

  test("greedy generation", async () => {
    const [ids] = await lm.generate([{ ...GREEDY, prompt: cases.sequences[1]!, max_new_tokens: 16 }], false);
    expect(ids).toEqual(cases.greedy_after_sequence_1);
  });

  test("weighted cross-entropy: loss and gradients", async () => {
    const before = await lm.readState();
    const { loss } = await lm.update([weightedSum(cases.sequences, cases.weighted_ce.weights)], STILL);
    lm.writeState(before);
    expectClose([loss], [cases.weighted_ce.loss], { atol: 1e-4, rtol: 1e-6, label: "loss" });
    await expectGradients(lm, `${name}/grads_weighted_ce.safetensors`);
  });

  test.each(["rlag", "rlag_paper"] as const)("%s: means, loss and gradients", async (kind) => {
    const { parts, loss, gamma, anchor } = cases[kind];
    const cut = (ids: number[], from: number) => ({
      context: ids.slice(0, from),
      completion: ids.slice(from),
    });
    expect(gamma).toBe(0.8);
    const questions = cases.rlag_questions.map((q) => {
      const reward = kind === "rlag" ? q.reward : 1;
      return pairLoss(
        {
          z: q.passages.map((completion) => ({ context: [], completion })),
          c: cut(q.chosen, q.chosen_from),
          l: cut(q.rejected, q.rejected_from),
          w: cut(q.chosen_closed, q.chosen_closed_from),
        },
        {
          beta_z: q.same ? 0.5 : 0.2,
          beta: q.same ? 0 : 0.5 * reward,
          anchor: anchor * reward,
          clips: { chosen: q.clip_chosen, rejected: q.clip_rejected },
        },
      );
    });
    const before = await lm.readState();
    const stats = await lm.update(questions, STILL);
    for (const key of ["c", "l", "z", "w"] as const) {
      expectClose(
        meansOf(key, questions, stats),
        parts.map((p) => p[`s_${key}`]),
        { ...LOGPROB, label: key },
      );
    }
    expectClose([stats.loss], [loss], { atol: 1e-4, label: "loss" });
    await expectGradients(lm, `${name}/grads_${kind}.safetensors`);
    lm.writeState(before);
  });

  test("distillation: loss and gradients", async () => {
    const { teacher_context, student_context, completion, loss } = cases.distill;
    const [all] = await teach(d, lm.adapter, [{ context: teacher_context, completion }], 1000); // all there are
    const student = { context: student_context, completion };
    const before = await lm.readState();
    const got = await lm.update([{ terms: [{ ...plain("kl", student), teacher: all! }], loss: [-1] }], STILL);
    lm.writeState(before);
    expectClose([got.loss], [loss], { atol: 1e-4, label: "loss" });
    await expectGradients(lm, `${name}/grads_distill.safetensors`);
  });

  test("ten AdamW steps, and checkpointing gives the same bits", async () => {
    const { optimizer, steps } = await json<Steps>(fixture(`${name}/steps.json`));
    const checkpointed = await loadFixtureModel(`${name}/model`, {
      limits: { ...AMPLE, gradient_checkpointing: true },
      variants: lm.variants,
    });
    const finals: Float32Array[] = [];
    for (const model of [lm, checkpointed]) {
      await model.attachAdapter(fixtureSource(`${name}/adapter`));
      const losses: number[] = [];
      const norms: number[] = [];
      for (const [i, s] of steps.entries()) {
        const sequences = s.sequences.map((n) => cases.sequences[n]!);
        const targets = sequences.reduce((n, ids) => n + ids.length - 1, 0);
        const weights = sequences.map((ids) => new Array<number>(ids.length - 1).fill(1 / targets));
        const { loss, grad_norm } = await model.update([weightedSum(sequences, weights)], {
          step: i + 1,
          learning_rate: s.learning_rate,
          ...optimizer,
        });
        losses.push(loss);
        norms.push(grad_norm);
      }
      expectClose(
        losses,
        steps.map((s) => s.loss),
        { atol: 1e-3, label: "losses" },
      );
      expectClose(
        norms,
        steps.map((s) => s.grad_norm),
        { rtol: 4e-4, label: "gradient norms" },
      );
      finals.push((await model.readState()).weights);
    }
    expect(finals[1]).toEqual(finals[0]);
    checkpointed.destroy();
  });
});

test("bfloat16 shards", async () => {
  const { ids, logprobs } = await json<{ ids: number[]; logprobs: number[] }>(
    fixture("llama-tied/bf16-case.json"),
  );
  const lm = await loadFixtureModel("llama-tied/model-bf16-sharded");
  const [got] = await lm.score([{ context: [], completions: [ids] }], false);
  expectClose(got![0]!, logprobs, LOGPROB);
  lm.destroy();
});
