import { describe, expect, test } from "vitest";
import type { RunConfig } from "../../src/core/config.ts";
import type { MetricRow, Question, TextPair } from "../../src/core/run.ts";
import { mean as average } from "../../src/core/shape.ts";
import type { Sequence, TermName } from "../../src/model/policy.ts";
import type { CycleDeps } from "../../src/train/context.ts";
import { openControl } from "../../src/train/control.ts";
import { runCycles } from "../../src/train/cycle.ts";
import { planRun } from "../../src/train/plan.ts";
import {
  type Bench,
  bench,
  cyclesOf,
  data,
  NAMES,
  run,
  SAYINGS,
  settings,
  timeless,
  updatesOf,
} from "../helpers/cycleBench.ts";
import type { StandIn } from "../helpers/standIn.ts";

describe("a whole run", () => {
  test("gives a row per update and per cycle, in order", async () => {
    const { rows, outcome } = await run(settings());
    expect(outcome).toBe("finished");
    expect(
      rows.map((row) => (row.type === "cycle" ? `cycle ${row.cycle}` : `${row.cycle}.${row.update}`)),
    ).toEqual(["cycle 0", "1.0", "1.1", "1.2", "cycle 1", "2.3", "2.4", "2.5", "cycle 2"]);
  });

  test("names its phases in the method's order", async () => {
    const { progress } = await run(settings());
    const phases = progress.map((p) => `${p.cycle} ${p.phase}`);
    const first = phases.filter((p, i) => p !== phases[i - 1]);
    expect(first).toEqual([
      "0 retrieving",
      "0 closed-book",
      "0 testing",
      "0 explaining",
      "1 open-book",
      "1 rewarding",
      "1 optimising",
      "1 closed-book",
      "1 testing",
      "1 explaining",
      "2 optimising", // the base answered once and for all, y_l is the evaluation just made
      "2 closed-book",
      "2 testing",
      "2 explaining",
    ]);
  });

  test("with an NLI model every explanation that earns is asked about, and earns by it", async () => {
    const pairs: TextPair[] = [];
    const half = bench({
      entail: async (asked) => {
        pairs.push(...asked);
        return asked.map(() => 0.5);
      },
    });
    const config = settings({ answers: "response", cycles: 1 });
    await runCycles(config, data, half.deps, openControl(), null);
    const whole = await run(config);
    const mean = (rows: MetricRow[]) => cyclesOf(rows).map((row) => [row.open_response, row.closed_response]);
    const [was, is] = [mean(whole.rows)[0]!, mean(half.rows)[0]!]; // before training: the same answers
    expect(was.some((reward) => reward! > 0)).toBe(true);
    expect(is).toEqual(was.map((reward) => reward! / 2));
    const grades = ({ entries }: Bench) => entries.at(-1)!.checkpoint!.state.grades!.explain!;
    expect(grades(half).map((g) => g.rationality!.entailed)).toEqual(data.train.map(() => 0.5));
    expect(grades(whole).map((g) => g.rationality!.entailed)).toEqual(data.train.map(() => null));
    expect(grades(half).map((g) => g.reward)).toEqual(grades(whole).map((g) => g.reward / 2));
    // The row tells the parts of what is taught, and of what was held out.
    const [first, last] = [cyclesOf(half.rows)[0]!, cyclesOf(half.rows).at(-1)!];
    const partsOf = (part: "valid" | "grounded_recall" | "rationality") =>
      grades(half).map((g) => g.rationality![part]);
    expect(last.reward_explain_accuracy).toBe(average(grades(half).map((g) => g.accuracy)));
    expect(last.reward_explain_valid).toBe(average(partsOf("valid")));
    expect(last.reward_explain_grounded_recall).toBe(average(partsOf("grounded_recall")));
    expect(last.reward_explain_rationality).toBe(average(partsOf("rationality")));
    expect(first.open_response_entailed).toBe(0.5);
    expect(first.reward_explain_valid).toBeUndefined(); // nothing has been taught
    expect(cyclesOf(whole.rows)[0]!.open_response_entailed).toBeNull();
    expect(pairs.every(({ premise }) => data.train.some((q) => q.evidence === premise))).toBe(true);
  });

  test("asks for room once, enough for all that comes", async () => {
    for (const change of [{ answers: "options", explain_every: 0 }, { answers: "response" }] as const) {
      const { policy } = await run(settings(change));
      expect(policy.fitted).toHaveLength(1);
      expect(policy.longest).toBeGreaterThan(0);
      expect(policy.longest).toBeLessThanOrEqual(policy.fitted[0]!);
    }
  });

  test("answers that were not said are asked for, their share recorded where explanations are tested", async () => {
    const config = settings({ answers: "response", elicit: true, explain_every: 2 });
    const { rows, policy, entries } = await run(config);
    const share = cyclesOf(rows).map((row) => row.asked_share);
    const { preferred } = entries.at(-1)!.checkpoint!.state;
    expect(share).toEqual([expect.any(Number), null, expect.any(Number)]);
    expect(share[0]).toBeGreaterThan(0);
    expect(preferred!.explain!.every(({ asked, text }) => !asked || text !== "")).toBe(true);
    expect(policy.longest).toBeLessThanOrEqual(policy.fitted[0]!);
    const off = await run(settings({ answers: "response" }));
    expect(cyclesOf(off.rows).map((row) => row.asked_share)).toEqual([null, null, null]);
  });

  test("asks the model for nothing twice", async () => {
    const { policy } = await run(settings({ explain_every: 0 }));
    const asked = policy.calls.map(
      ({ name, adapter, requests }) => `${name}${adapter ? "" : " base"} ${requests}`,
    );
    const evaluation = ["score 5", "score 4", "score 4", "score 1", "kl 4"];
    const updates = ["update 2", "update 2", "update 2"];
    expect(asked).toEqual([
      ...evaluation,
      "score base 5",
      ...updates,
      ...evaluation,
      ...updates,
      ...evaluation,
    ]);
  });

  test("counts visits and tokens", async () => {
    const { rows, policy } = await run(settings());
    const last = updatesOf(rows).at(-1)!;
    expect([last.question_visits, last.passage_visits]).toEqual([12, 24]);
    const tokens = updatesOf(rows).map((row) => row.supervised_tokens);
    expect(last.total_supervised_tokens).toBe(tokens.reduce((a, b) => a + b));
    expect(cyclesOf(rows).map((row) => [row.updates, row.question_visits])).toEqual([
      [0, 0],
      [3, 6],
      [6, 12],
    ]);
    expect(policy.updates.map((u) => u.settings.step)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("measures fractions of the right questions, and nothing it did not measure", async () => {
    const { rows } = await run(settings({ explain_every: 2, cycles: 3 }));
    const rowsOfCycles = cyclesOf(rows);
    for (const row of rowsOfCycles) {
      for (const [value, n] of [
        [row.closed_train, 5],
        [row.closed_test, 4],
        [row.open_test, 4],
        [row.closed_2hop, 1],
      ] as const) {
        expect(Number.isInteger(value! * n)).toBe(true);
      }
    }
    expect(rowsOfCycles.map((row) => row.closed_response !== null)).toEqual([true, false, true, true]);
    expect(rowsOfCycles.map((row) => row.open_response_accuracy !== null)).toEqual([true, false, true, true]);
    expect(rowsOfCycles.map((row) => row.open_response_rationality !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(rowsOfCycles[0]!.reward_train).toBeNull();
    expect(rowsOfCycles[0]!.kl).toBe(0);
    expect(rowsOfCycles[1]!.kl).toBeGreaterThan(0);
  });

  test("two runs with one seed are the same, another seed is another run", async () => {
    const [a, b, c] = [await run(settings()), await run(settings()), await run(settings({ seed: 6 }))];
    expect(a.rows).toEqual(b.rows);
    expect(timeless(c.rows)).not.toEqual(timeless(a.rows));
  });

  test("hands out the held-out answers of every cycle", async () => {
    const { entries, rows } = await run(settings());
    const answers = entries.flatMap((entry) => entry.answers ?? []);
    expect(answers.map(({ cycle }) => cycle)).toEqual([0, 1, 2]);
    answers.forEach(({ closed_test }, i) => {
      const right = closed_test.filter((text, q) => text === data.test[q]!.answer).length;
      expect(right / 4).toBe(cyclesOf(rows)[i]!.closed_test);
    });
  });

  test("knows the time left once every kind of work has been timed", async () => {
    const { progress } = await run(settings());
    const left = progress.filter((p) => p.phase !== "retrieving").map((p) => p.secondsLeft);
    const known = left.findIndex((seconds) => seconds !== null);
    expect(left.slice(0, known).every((seconds) => seconds === null)).toBe(true);
    expect(left.slice(known).every((seconds) => seconds !== null && seconds >= 0)).toBe(true);
    expect(progress[progress.findIndex((p) => p.secondsLeft !== null)]).toMatchObject({
      cycle: 1,
      phase: "optimising",
    });
    expect(progress.at(-1)!.secondsLeft).toBeLessThan(1);
    expect(progress.at(-1)!.tokensPerSecond).toBeGreaterThan(0);
  });
});

describe("resuming", () => {
  test.for<Partial<RunConfig>>([
    { objective: "rlag" },
    { objective: "rlag", answers: "response", explain_every: 2 },
    { objective: "rlag-paper", answers: "response" },
    { objective: "sft" },
    { objective: "cpt" },
    { objective: "cpt+sft", answers: "both", explain_every: 0 },
    { objective: "distill", answers: "both", explain_every: 0 },
    { objective: "sdft", answers: "response", explain_every: 0, retain: 1 },
    { objective: "simpo", explain_every: 0 },
    { objective: "grpo", answers: "both", num_generations: 3, explain_every: 0 },
  ])("from any checkpoint gives the same numbers: %j", async (change) => {
    const config = settings(change);
    const whole = await run(config);
    const checkpoints = whole.entries.flatMap(({ checkpoint }) => checkpoint ?? []);
    expect(checkpoints.length).toBe(planRun(config, true).length); // checkpointSeconds 0: after every piece
    for (const checkpoint of checkpoints) {
      const rest = await run(config, openControl(), checkpoint);
      const again = [...whole.rows.slice(0, checkpoint.state.rows), ...rest.rows];
      expect(timeless(again)).toEqual(timeless(whole.rows));
      expect(await rest.policy.readState()).toEqual(await whole.policy.readState());
    }
  });

  test("a finished run has nothing left to do", async () => {
    const { entries } = await run(settings());
    const rest = await run(settings(), openControl(), entries.at(-1)!.checkpoint);
    expect([rest.outcome, rest.rows, rest.policy.calls]).toEqual(["finished", [], []]);
  });

  test("time goes on where it stopped", async () => {
    const { entries } = await run(settings());
    const middle = entries.find(({ checkpoint }) => checkpoint?.state.updates === 3)!.checkpoint!;
    const rest = await run(settings(), openControl(), middle);
    expect(cyclesOf(rest.rows)[0]!.seconds).toBeGreaterThan(middle.state.seconds);
  });
});

describe("checkpoints", () => {
  test("come with the row they follow, at least at the end of each cycle", async () => {
    const on = bench({ checkpointSeconds: 1e9 });
    await runCycles(settings(), data, on.deps, openControl(), null);
    const kept = on.entries.filter(({ checkpoint }) => checkpoint !== null);
    expect(kept.map(({ rows }) => rows.at(-1)!.type)).toEqual(["cycle", "cycle", "cycle"]);
    expect(kept.map(({ checkpoint }) => checkpoint!.state.rows)).toEqual([1, 5, 9]);
  });

  test("an entry that could not be stored ends the run there", async () => {
    const full = new Error("the disk is full");
    const on = bench({
      store: async () => {
        throw full;
      },
    });
    await expect(runCycles(settings(), data, on.deps, openControl(), null)).rejects.toBe(full);
    expect(on.policy.updates).toEqual([]);
  });
});

describe("the hand on the run", () => {
  /** Runs until it pauses or ends; `paused` counts how often it came to stand. */
  function held(mode: "run" | "step", change: Partial<CycleDeps> = {}) {
    let paused = 0;
    let arrived = (): void => {};
    const control = openControl(mode, () => {
      paused++;
      arrived();
    });
    const on = bench(change);
    const outcome = runCycles(settings({ explain_every: 0 }), data, on.deps, control, null);
    const atPause = (): Promise<void> =>
      new Promise((resolve) => {
        arrived = resolve;
      });
    return { ...on, control, outcome, atPause, paused: () => paused };
  }

  test("a step is one update or the phase before it", async () => {
    const { control, atPause, policy, outcome, progress } = held("step");
    const phases: string[] = [];
    for (let i = 0; i < 8; i++) {
      await atPause();
      phases.push(`${progress.at(-1)!.phase} ${policy.updates.length}`);
      control.step();
    }
    await atPause();
    control.stop();
    expect(await outcome).toBe("stopped");
    expect(phases).toEqual([
      "closed-book 0",
      "testing 0",
      "open-book 0",
      "rewarding 0",
      "optimising 1",
      "optimising 2",
      "optimising 3",
      "closed-book 3",
    ]);
  });

  test("a pause keeps a checkpoint of its moment, and resuming goes on to the end", async () => {
    const on = held("run", { checkpointSeconds: 1e9 });
    on.control.pause();
    await on.atPause();
    expect(on.entries.at(-1)!.checkpoint!.state.position).toBe(1);
    on.control.resume();
    expect(await on.outcome).toBe("finished");
    expect(timeless(on.rows)).toEqual(timeless((await run(settings({ explain_every: 0 }))).rows));
    expect(on.paused()).toBe(1);
  });

  test("a stop keeps a checkpoint from which the run resumes", async () => {
    const on = held("step", { checkpointSeconds: 1e9 });
    for (let i = 0; i < 5; i++) {
      await on.atPause();
      if (i < 4) on.control.step();
    }
    on.control.stop();
    on.control.resume(); // too late
    expect(await on.outcome).toBe("stopped");
    const { checkpoint } = on.entries.at(-1)!;
    expect(checkpoint!.state.updates).toBe(1);
    const rest = await run(settings({ explain_every: 0 }), openControl(), checkpoint);
    const whole = await run(settings({ explain_every: 0 }));
    expect(timeless([...on.rows, ...rest.rows])).toEqual(timeless(whole.rows));
  });

  test("a stop while running ends after the piece under way", async () => {
    const on = held("run");
    on.control.stop();
    expect(await on.outcome).toBe("stopped");
    expect(on.paused()).toBe(0);
    expect(on.policy.calls).toHaveLength(1);
  });
});

describe("what each objective is given", () => {
  test("rlag: the base's answers with the book, the model's own without, gated by the reward", async () => {
    const { policy, rows, deps } = await run(settings({ cycles: 1, updates: 1, batch_size: 5 }));
    const { questions } = policy.updates[0]!;
    for (const question of questions) {
      const [c, l, w] = sequencesOf(question);
      expect(deps.tokenizer.decode(c.context)).toMatch(/Context:\n.*\n.*\n\nQuestion: .*\nAnswer briefly/s);
      expect(deps.tokenizer.decode(l.context)).not.toMatch(/Context/);
      expect(w.completion).toEqual(c.completion);
      expect(w.completion.at(-1)).toBe(2);
      expect([0, 2]).toContain(anchorOf(question));
      const passages = question.terms.filter(({ name }) => name === "z");
      expect(passages.map(({ sequence }) => sequence.context)).toEqual([[1], [1]]);
    }
    const [row] = updatesOf(rows);
    const same = questions.filter((question) => {
      const [c, l] = sequencesOf(question);
      return `${c.completion}` === `${l.completion}`;
    }).length;
    expect(row!.differ).toBe(1 - same / 5);
    expect(row!.reward).toBe(questions.filter((question) => anchorOf(question) === 2).length / 5);
    expect(row!.zero_reward).toBe(1 - row!.reward!);
    expect(row!.clipped_chosen).toBe(policyShare(await s_c(questions), (s) => s > -0.2));
  });

  type Updated = StandIn["updates"][number]["questions"][number];
  /** What s_c, s_l and s_w are the means of. */
  const sequencesOf = ({ terms }: Updated) =>
    (["c", "l", "w"] as const).map((name) => terms.find((term) => term.name === name)!.sequence) as [
      Sequence,
      Sequence,
      Sequence,
    ];
  const slopeOf = ({ terms, slopes }: Updated, name: TermName): number =>
    slopes[terms.findIndex((term) => term.name === name)]!;
  const anchorOf = (question: Updated): number => Math.abs(slopeOf(question, "w"));

  /** s_c again, from the stand-in before any update. */
  async function s_c(questions: Updated[]): Promise<number[]> {
    const terms = questions.map((q) => q.terms.filter(({ name }) => name === "c"));
    const stats = await bench().policy.update(
      terms.map((terms) => ({ terms, loss: [0] })),
      { step: 1, learning_rate: 0, weight_decay: 0, max_grad_norm: 1 },
    );
    return stats.values.map(([s]) => s!);
  }
  const policyShare = (values: number[], test: (s: number) => boolean): number =>
    values.filter(test).length / values.length;

  test("rlag-paper: the policy teaches itself, anew every cycle, and nothing is gated", async () => {
    const { policy } = await run(settings({ objective: "rlag-paper", explain_every: 0 }));
    expect(policy.calls.every(({ adapter }) => adapter)).toBe(true);
    expect(policy.calls.filter(({ name, requests }) => name === "score" && requests === 5)).toHaveLength(
      3 + 2,
    );
    for (const question of policy.updates.flatMap((u) => u.questions)) {
      const [c, l] = sequencesOf(question);
      expect(anchorOf(question)).toBe(0);
      const ungated = -2 * slopeOf(question, "z") * (0.5 / 0.2); // of two passages; times β / β_z
      const differ = `${c.completion}` !== `${l.completion}`;
      for (const slope of [slopeOf(question, "c"), slopeOf(question, "l")].filter((s) => s !== 0)) {
        expect(differ).toBe(true);
        expect(Math.abs(slope)).toBeCloseTo(ungated, 10);
      }
      expect(question.terms.find(({ name }) => name === "w")!.watched).toBe(true); // scored for the log
    }
  });

  test("sft: the gold answers, and no answering at all", async () => {
    const { policy, rows, deps } = await run(settings({ objective: "sft", explain_every: 0 }));
    const taught = policy.updates.flatMap((u) =>
      u.questions.map((q) => deps.tokenizer.decode(q.terms[0]!.sequence.completion)),
    );
    expect(new Set(taught)).toEqual(new Set(["flute <end>", "drum <end>", "zither <end>"]));
    expect(policy.calls.some(({ adapter }) => !adapter)).toBe(false);
    expect(updatesOf(rows)[0]).toMatchObject({
      reward: null,
      differ: null,
      zero_reward: null,
      s_z: null,
      s_c: null,
    });
    expect(cyclesOf(rows)[1]!.reward_train).toBeNull();
  });

  test("sft with responses: the evidence, then the answer", async () => {
    const { policy, deps } = await run(settings({ objective: "sft", answers: "response" }));
    const { context, completion } = policy.updates[0]!.questions[0]!.terms[0]!.sequence;
    expect(deps.tokenizer.decode(completion)).toMatch(/^(\w+) loves the (\w+) \. The answer is \2\. <end>$/);
    expect(deps.tokenizer.decode(context)).toMatch(/Explain, then answer/);
  });

  test("rlag with responses: what was generated, token for token", async () => {
    const { policy, deps, rows } = await run(settings({ answers: "response", cycles: 1 }));
    const said = policy.updates.flatMap((u) =>
      u.questions.map((q) => deps.tokenizer.decode(sequencesOf(q)[0].completion)),
    );
    for (const text of said) expect(SAYINGS.map((s) => `${s} <end>`)).toContain(text);
    const rewards = updatesOf(rows).map((row) => row.reward!);
    expect(rewards.every((r) => r >= 0 && r <= 1)).toBe(true);
    expect(policy.calls.filter(({ name, adapter }) => name === "generate" && !adapter)).toHaveLength(1);
  });
});

describe("settings that change what is asked", () => {
  test("order picks the questions", async () => {
    const { policy, deps } = await run(settings({ objective: "sft", order: [[4], [0, 2]], cycles: 1 }));
    const asked = policy.updates.map((u) =>
      u.questions.map((q) => deps.tokenizer.decode(q.terms[0]!.sequence.context)),
    );
    expect(asked.map((batch) => batch.map((text) => NAMES.find((name) => text.includes(name))))).toEqual([
      ["Eve"],
      ["Ada", "Cem"],
      ["Eve"],
    ]);
  });

  test("an adapter that is there already is where the run starts", async () => {
    const on = bench();
    on.policy.writeState({
      weights: Float32Array.of(0.5, 0),
      m: new Float32Array(2),
      v: new Float32Array(2),
    });
    await runCycles(settings(), data, on.deps, openControl(), null);
    expect(cyclesOf(on.rows)[0]!.kl).toBe(0.5);
  });

  test("gold: false rewards sureness and never looks at the answers", async () => {
    const config = settings({ gold: false, answers: "response", explain_every: 0 });
    const blind = { ...data, train: data.train.map((q) => ({ ...q, answer: "drum", evidence: "nothing" })) };
    const [seeing, blinded] = [bench(), bench()];
    await runCycles(config, data, seeing.deps, openControl(), null);
    await runCycles(config, blind, blinded.deps, openControl(), null);
    expect(blinded.policy.updates).toEqual(seeing.policy.updates);
    const base = seeing.policy.calls.filter(({ adapter }) => !adapter).map(({ name }) => name);
    expect(base).toEqual(["generate", "score"]); // the response, then how sure its teacher is
  });

  test("questions takes the first N of each set, a set without options has no accuracy", async () => {
    const open = { ...data, test: data.test.map((q) => ({ ...q, options: {} })), twohop: [] };
    const on = bench();
    await runCycles(settings({ questions: 2, explain_every: 0 }), open, on.deps, openControl(), null);
    const [row] = cyclesOf(on.rows);
    expect([row!.closed_test, row!.open_test, row!.closed_2hop]).toEqual([null, null, null]);
    expect(Number.isInteger(row!.closed_train! * 2)).toBe(true);
  });

  test.for<[string, Partial<RunConfig>, (q: Question) => Question, string, RegExp]>([
    ["an index outside the set", { order: [[0, 5]] }, (q) => q, "bad-config", /question 5.*has 5/],
    ["options where there are none", {}, (q) => ({ ...q, options: {} }), "bad-data", /train question 0/],
    ["sft without gold", { objective: "sft", gold: false }, (q) => q, "bad-config", /gold: false/],
    [
      "sft responses without evidence",
      { objective: "sft", answers: "response" },
      (q) => ({ ...q, evidence: null }),
      "bad-data",
      /evidence.*train question 0/,
    ],
    [
      "no gold and no options",
      { gold: false, answers: "response" },
      (q) => ({ ...q, options: {} }),
      "bad-data",
      /gold: false needs options/,
    ],
  ])("refuses %s before any work", async ([, change, edit, code, message]) => {
    const on = bench();
    const outcome = runCycles(
      settings(change),
      { ...data, train: data.train.map(edit) },
      on.deps,
      openControl(),
      null,
    );
    await expect(outcome).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(on.policy.calls).toEqual([]);
  });
});

test("a loss that is no number stops the run and says at which update", async () => {
  const on = bench();
  on.policy.breakAtUpdate = 5;
  const outcome = runCycles(settings(), data, on.deps, openControl(), null);
  await expect(outcome).rejects.toMatchObject({
    code: "not-finite",
    message: expect.stringMatching(/update 5 \(cycle 2\)/),
  });
  expect(updatesOf(on.rows)).toHaveLength(4);
});
