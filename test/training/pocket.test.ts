/** The built-in model on the built-in archive against PyTorch: scores, gradients of every objective, sixteen updates. */
import { describe, expect, test } from "vitest";
import { RUN_DEFAULTS } from "../../src/core/config.ts";
import type { Objective } from "../../src/core/objectives.ts";
import { mean } from "../../src/core/shape.ts";
import type { QuestionLoss } from "../../src/model/policy.ts";
import { objectives } from "../../src/train/objectives/registry.ts";
import { loadArchive, pocketPrompts } from "../helpers/archive.ts";
import { expectClose, peak } from "../helpers/close.ts";
import { fixture, inNode, json } from "../helpers/fixtures.ts";
import { meansOf } from "../helpers/losses.ts";
import { fixtureSource, gradientsOf, loadFixtureModel, tensorsOf } from "../helpers/model.ts";
import { visitOf } from "../helpers/visits.ts";

interface Side {
  prompt_ids: number[];
  token_logprobs: Record<string, number[]>;
  choice: string;
}
interface Part {
  y_w: string;
  y_l: string;
  reward: number;
  s_z: number;
  s_c: number;
  s_l: number;
  s_w: number;
}
interface Batch {
  questions: number[];
  objectives: Record<Objective, { loss: number; parts: Part[] }>;
}
interface Updates {
  order: number[][];
  optimizer: { learning_rate: number; weight_decay: number; max_grad_norm: number };
  objectives: Record<
    Objective,
    { updates: { loss: number; grad_norm: number }[]; closed_gold_token_logprobs_after: number[][] }
  >;
}

/** By fixtures/firstStep/make.py: parameter, index and gradient where float32 cannot say what AdamW's first step is. */
interface FirstStep {
  elements: [parameter: string, index: number, gradient: number][];
  given: { largest_errors: number[] };
}
const FIRST_STEP = "firstStep/rlag-paper.json";

const archive = await loadArchive();
const prompts = await pocketPrompts();
const lm = await loadFixtureModel("pocket");
const RECORDED = ["rlag", "rlag-paper", "sft", "cpt"] as const satisfies readonly Objective[]; // what fixtures/pocket has
const TRAINED: readonly Objective[] = inNode() ? RECORDED : ["rlag"]; // SwiftShader: a subset that fits its time

/** A training question's loss from the answers given to it, through the product's own objectives. */
function lossOf(
  objective: Objective,
  index: number,
  given: { y_w: string; y_l: string; reward: number },
): QuestionLoss {
  const q = archive.questions.train[index]!;
  const passages = archive.retrieved("train", index);
  const settings = objective === "rlag-paper" ? { ...RUN_DEFAULTS, beta: 0.5 } : RUN_DEFAULTS;
  return objectives[objective].loss(
    visitOf({
      passages: passages.map((text) => prompts.passage(text)),
      closed: prompts.ask(q, [], false),
      open: prompts.ask(q, passages, false),
      gold: prompts.completion(q.answer),
      preferred: prompts.completion(given.y_w),
      rejected: prompts.completion(given.y_l),
      differ: given.y_w !== given.y_l,
      reward: given.reward,
      credit: null,
    }),
    settings,
  );
}

/** The option the base chooses for a training question. */
async function chosenByBase(indices: number[], openBook: boolean): Promise<string[]> {
  const requests = indices.map((i) => {
    const q = archive.questions.train[i]!;
    const options = Object.values(q.options);
    return {
      context: prompts.ask(q, openBook ? archive.retrieved("train", i) : [], false),
      completions: options.map((o) => prompts.completion(o)),
    };
  });
  const scores = await lm.score(requests, false);
  return indices.map((i, n) => {
    const means = scores[n]!.map((tokens) => mean(tokens)!);
    return Object.values(archive.questions.train[i]!.options)[means.indexOf(Math.max(...means))]!;
  });
}

/**
 * Makes the step that was just taken, the first, the one that AdamW takes from these gradients. They are near AdamW's epsilon, so
 * float32's rounding, a billionth, is up to a tenth of the step there; fifteen updates of `rlag-paper` make a millinat of four of
 * them, in float32 PyTorch too (`not_given` of the file).
 */
async function giveFirstStep(elements: FirstStep["elements"], learningRate: number): Promise<void> {
  const start = await tensorsOf("pocket/adapter-init/adapter_model.safetensors");
  const state = await lm.adapter.readState();
  const places = lm.adapter.layout.tensors(Float32Array.from(state.weights.keys())); // where in the arena a value lies
  for (const [parameter, index, g] of elements) {
    const at = places.get(parameter)!.data[index]!;
    const weight = start.get(parameter)![index]! - (learningRate * g) / (Math.abs(g) + 1e-8);
    expect(Math.abs(state.weights[at]! - weight)).toBeLessThan(0.2 * learningRate); // only rounding is taken away here
    state.weights[at] = weight;
    state.m[at] = 0.1 * g;
    state.v[at] = 0.001 * g * g;
  }
  lm.adapter.writeState(state);
}

test("log-probabilities of every token of every option, open and closed book", async () => {
  const { questions } = await json<{ questions: Record<"open" | "closed", Side>[] }>(
    fixture("pocket/scores.json"),
  );
  const some = inNode() ? questions : questions.slice(0, 6);
  for (const side of ["open", "closed"] as const) {
    const requests = some.map((q, i) => ({
      context: q[side].prompt_ids,
      completions: Object.keys(q[side].token_logprobs).map((key) =>
        prompts.completion(archive.questions.test[i]!.options[key]!),
      ),
    }));
    const got = await lm.score(requests, false);
    some.forEach((q, i) => {
      Object.entries(q[side].token_logprobs).forEach(([key, want], o) => {
        expectClose(got[i]![o]!, want, { atol: 1e-4, label: `question ${i} ${side} option ${key}` });
      });
      const means = got[i]!.map((tokens) => mean(tokens)!);
      expect(Object.keys(q[side].token_logprobs)[means.indexOf(Math.max(...means))]).toBe(q[side].choice);
    });
  }
});

describe.each(TRAINED)("%s", (objective) => {
  test("means, loss and gradients of a batch", async () => {
    const batch = await json<Batch>(fixture("pocket/batch.json"));
    const { loss, parts } = batch.objectives[objective];
    await lm.attachAdapter(fixtureSource("pocket/adapter-warm"));
    const answers = batch.objectives.rlag.parts; // y_w, y_l and reward are the same for all
    const losses = batch.questions.map((q, i) => lossOf(objective, q, answers[i]!));
    const step = { step: 1, learning_rate: 1e-30, weight_decay: 0, max_grad_norm: 1 };
    const stats = await lm.update(losses, step);
    expectClose([stats.loss], [loss], { atol: 1e-4, label: "loss" });
    for (const key of parts.length > 0 ? (["z", "c", "l", "w"] as const) : []) {
      expectClose(
        meansOf(key, losses, stats),
        parts.map((p) => p[`s_${key}`]),
        { atol: 1e-4, label: key },
      );
    }
    const got = await gradientsOf(lm, "");
    const want = await tensorsOf(`pocket/grads_${objective}.safetensors`);
    expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
    for (const [name, w] of want) expectClose(got.get(name)!, w, { atol: 1e-4 * peak(w), label: name });
  });

  test("sixteen updates", async () => {
    const fixtures = await json<Updates>(fixture("pocket/updates.json"));
    const { updates, closed_gold_token_logprobs_after } = fixtures.objectives[objective];
    await lm.attachAdapter(fixtureSource("pocket/adapter-init"));
    const steps = inNode() ? updates.length : 4;
    const firstStep = objective === "rlag-paper" ? await json<FirstStep>(fixture(FIRST_STEP)) : null;
    const indices = [...new Set(fixtures.order.slice(0, steps).flat())];
    const [y_w, y_l] = [await chosenByBase(indices, true), await chosenByBase(indices, false)];
    const answers = new Map(
      indices.map((i, n) => [
        i,
        { y_w: y_w[n]!, y_l: y_l[n]!, reward: Number(y_w[n] === archive.questions.train[i]!.answer) },
      ]),
    );
    const got: { loss: number; grad_norm: number }[] = [];
    for (let s = 0; s < steps; s++) {
      const losses = fixtures.order[s]!.map((i) => lossOf(objective, i, answers.get(i)!));
      got.push(await lm.update(losses, { step: s + 1, ...fixtures.optimizer }));
      if (s === 0 && firstStep) await giveFirstStep(firstStep.elements, fixtures.optimizer.learning_rate);
    }
    const want = updates.slice(0, steps);
    expectClose(
      got.map((u) => u.loss),
      want.map((u) => u.loss),
      { atol: 1e-3, label: "losses" },
    );
    expectClose(
      got.map((u) => u.grad_norm),
      want.map((u) => u.grad_norm),
      { rtol: 4e-4, label: "gradient norms" },
    );
    if (!inNode()) return;
    const requests = closed_gold_token_logprobs_after.map((_, i) => ({
      context: prompts.ask(archive.questions.test[i]!, [], false),
      completions: [prompts.completion(archive.questions.test[i]!.answer)],
    }));
    const after = await lm.score(requests, true);
    // The fixtures give no bar here. Three objectives stay within 1.7e-4. rlag-paper pushes without bound and amplifies the
    // rounding that is left: its bar is twice what float32 PyTorch is off in sixteen orders of summation.
    const atol = firstStep ? 2 * Math.max(...firstStep.given.largest_errors) : 2e-4;
    closed_gold_token_logprobs_after.forEach((w, i) => {
      expectClose(after[i]![0]!, w, { atol, label: `gold answer ${i} afterwards` });
    });
  });
});
