/** Runs of the objectives that are taught softly, of their own samples or in two parts, against the stand-in. */
import { describe, expect, test } from "vitest";
import type { RunConfig } from "../../src/core/config.ts";
import { checkRun } from "../../src/train/checkRun.ts";
import { planRun } from "../../src/train/plan.ts";
import { openPrompts } from "../../src/train/prompts.ts";
import { type Bench, bench, cyclesOf, data, run, settings, updatesOf } from "../helpers/cycleBench.ts";

const losses = ({ policy }: Bench) => policy.updates.flatMap(({ questions }) => questions);
const calls = ({ policy }: Bench, name: string) => policy.calls.filter((call) => call.name === name);
const pieces = (change: Partial<RunConfig>) =>
  planRun(settings({ explain_every: 0, ...change }), true).map(({ cycle, work }) => `${cycle} ${work}`);
const prepared = (change: Partial<RunConfig>) =>
  pieces(change).filter((piece) => /preferred|rejected|reward|samples|teach/.test(piece));

/** What the base says of one sequence, from a stand-in like the run's. */
const taughtOf = async (context: number[], completion: number[]) =>
  (await bench().policy.teach([{ context, completion }]))[0]!;

/** The brief prompt with the book open of the question that a closed one asks. */
async function opened({ deps }: Bench, closed: number[], config: RunConfig): Promise<number[]> {
  const asked = data.train.find((q) => deps.tokenizer.decode(closed).includes(q.question))!;
  const [hits] = await deps.retrieve([asked.question], config.k);
  return openPrompts(deps.tokenizer, config).ask(
    asked,
    hits!.map(({ text }) => text),
    false,
  );
}

describe("distill", () => {
  test("asks the base once a run, book open, and teaches its answers right or wrong", async () => {
    const config = settings({ objective: "distill", answers: "both", explain_every: 0 });
    const on = await run(config);
    expect(calls(on, "teach")).toHaveLength(1);
    expect(losses(on).length).toBeGreaterThan(0);
    for (const { terms, slopes } of losses(on)) {
      expect(terms.map(({ name }) => name)).toEqual(["kl", "w", "kl", "w"]); // brief, then explained
      expect(slopes).toEqual([-1, 0, -1, 0]);
    }
    const [{ terms }] = losses(on) as [ReturnType<typeof losses>[number]];
    const { sequence, teacher } = terms[0]!;
    expect(on.deps.tokenizer.decode(sequence.context)).not.toMatch(/Context/);
    expect(teacher).toEqual(await taughtOf(await opened(on, sequence.context, config), sequence.completion));
    expect(updatesOf(on.rows)[0]).toMatchObject({
      s_kl: expect.any(Number),
      s_w: expect.any(Number),
      differ: null,
    });
    expect(prepared({ objective: "distill" })).toEqual(["1 preferred", "1 reward", "1 teach"]);
  });
});

describe("sdft", () => {
  test("asks the base anew every cycle, about the model's own answers", async () => {
    const on = await run(settings({ objective: "sdft", answers: "response", explain_every: 0 }));
    expect(calls(on, "teach")).toHaveLength(2);
    const [{ terms }] = losses(on) as [ReturnType<typeof losses>[number]];
    const { sequence, teacher } = terms[0]!;
    const rejected = on.entries.find(({ checkpoint }) => checkpoint?.state.rejected?.explain)!.checkpoint!
      .state.rejected!.explain!;
    expect(rejected.map(({ completion }) => completion)).toContainEqual(sequence.completion);
    expect(teacher!.ids.length).toBe(3 * sequence.completion.length);
    expect(updatesOf(on.rows)[0]).toMatchObject({ s_l: expect.any(Number), reward: null });
    expect(prepared({ objective: "sdft", answers: "response" })).toEqual([
      "1 rejected",
      "1 teach",
      "2 rejected",
      "2 teach",
    ]);
    expect(prepared({ objective: "sdft" })).toEqual(["1 teach", "2 teach"]); // options: y_l is known
  });
});

describe("grpo", () => {
  const config = settings({ objective: "grpo", answers: "both", num_generations: 3, explain_every: 0 });

  test("draws its samples anew every cycle, closed book, and no open book is ever asked", async () => {
    const on = await run(config);
    expect(prepared({ objective: "grpo" })).toEqual(["1 samples", "1 teach", "2 samples", "2 teach"]);
    expect(calls(on, "generate").map(({ adapter, requests }) => [adapter, requests])).toEqual([
      [true, 15], // five questions, three samples: brief …
      [true, 15], // … and explained
      [true, 15],
      [true, 15],
    ]);
    for (const { terms } of losses(on)) {
      expect(terms).toHaveLength(2 * 2 * 3);
      for (const { sequence } of terms)
        expect(on.deps.tokenizer.decode(sequence.context)).not.toMatch(/Context/);
    }
  });

  test("every sample is held to the base and moved by its advantage", async () => {
    const on = await run(config);
    const groups = losses(on).flatMap(({ terms, slopes }) =>
      [0, 6].map((first) =>
        terms.slice(first, first + 6).map((term, t) => ({ ...term, slope: slopes[first + t]! })),
      ),
    );
    for (const group of groups) {
      const [hard, soft] = [
        group.filter(({ name }) => name === "w"),
        group.filter(({ name }) => name === "kl"),
      ];
      expect(soft.map(({ slope }) => slope)).toEqual([-0.04 / 3, -0.04 / 3, -0.04 / 3]);
      expect(hard.reduce((sum, { slope }) => sum + slope, 0)).toBeCloseTo(0, 12);
      for (const { watched, slope } of hard) expect(watched).toBe(slope === 0);
      for (const { sequence, teacher } of soft)
        expect(teacher).toEqual(await taughtOf(sequence.context, sequence.completion));
    }
    expect(groups.some((group) => group.some(({ name, slope }) => name === "w" && slope < 0))).toBe(true);
  });

  test("logs what its samples earned", async () => {
    const on = await run({ ...config, cycles: 1, updates: 1, batch_size: 5 });
    const samples = on.entries.at(-1)!.checkpoint!.state.samples!;
    const rewards = (form: "brief" | "explain") => samples[form]!.flat().map(({ reward }) => reward);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const all = [...rewards("brief"), ...rewards("explain")];
    const [update] = updatesOf(on.rows);
    expect(update!.reward).toBeCloseTo(mean(all), 12);
    expect(update!.zero_reward).toBe(all.filter((reward) => reward === 0).length / all.length);
    const { reward_train, reward_brief, rewarded_explain } = cyclesOf(on.rows)[1]!;
    expect(reward_train).toBeCloseTo(mean(all), 12);
    expect(reward_brief).toBeCloseTo(mean(rewards("brief")), 12);
    expect(rewarded_explain).toBe(mean(rewards("explain").map((reward) => Number(reward > 0))));
    expect(mean(all)).toBeGreaterThan(0);
  });

  test("is refused without gold answers", () => {
    expect(() => settings({ objective: "grpo", gold: false })).toThrow(/gold must be true for grpo/);
  });
});

describe("cpt+sft", () => {
  test("reads passages in the first half of the updates, once a visit, then imitates in every form", async () => {
    const on = await run(settings({ objective: "cpt+sft", answers: "both", explain_every: 0 }));
    const names = on.policy.updates.map(({ questions }) =>
      questions.map(({ terms }) => terms.map(({ name }) => name).join(" ")),
    );
    expect(names).toEqual([
      ...Array.from({ length: 3 }, () => ["z z", "z z"]),
      ...Array.from({ length: 3 }, () => ["w w", "w w"]),
    ]);
  });
});

test("simpo is given both answers, closed book", async () => {
  const on = await run(settings({ objective: "simpo", explain_every: 0 }));
  for (const { terms } of losses(on)) {
    expect(terms.map(({ name }) => name)).toEqual(["w", "l"]);
    expect(terms[0]!.sequence.context).toEqual(terms[1]!.sequence.context);
    expect(on.deps.tokenizer.decode(terms[0]!.sequence.context)).not.toMatch(/Context/);
  }
  const differ = losses(on).map(
    ({ terms }) => `${terms[0]!.sequence.completion}` !== `${terms[1]!.sequence.completion}`,
  );
  expect(losses(on).map(({ terms }) => !terms[0]!.watched)).toEqual(differ);
});

test("a run whose questions have no options is told so, whichever answer it needs", () => {
  const open = { ...data, train: data.train.map((q) => ({ ...q, options: {} })) };
  for (const objective of ["sdft", "simpo", "distill"] as const) {
    expect(() => checkRun(settings({ objective }), open)).toThrow(/train question 0/);
  }
});
