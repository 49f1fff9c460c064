/** What the cycle prepares before it trains: wordings, further candidates, token weights; against a stand-in. */
import { describe, expect, test } from "vitest";
import type { RunConfig } from "../../src/core/config.ts";
import type { RunData } from "../../src/train/context.ts";
import { openControl } from "../../src/train/control.ts";
import { planRun } from "../../src/train/plan.ts";
import { readingQuestions } from "../../src/train/reading.ts";
import { drawRetained } from "../../src/train/retention.ts";
import { expectClose } from "../helpers/close.ts";
import { type Bench, cyclesOf, data, READ, run, settings, timeless } from "../helpers/cycleBench.ts";
import { TOP } from "../helpers/standIn.ts";

/** Every training question in three wordings. */
const worded: RunData = {
  ...data,
  train: data.train.map((q) => ({
    ...q,
    phrasings: [q.question.replace("What plays", "Which instrument plays"), `${q.question} Tell me .`],
  })),
};
const ask = (change: Partial<RunConfig>) => run(settings(change), openControl(), null, worded);
const stateOf = ({ entries }: Bench) => entries.at(-1)!.checkpoint!.state;
const base = ({ policy }: Bench) => policy.calls.filter(({ adapter }) => !adapter);

describe("wordings", () => {
  test("each is looked up, answered and rewarded by itself, and visited", async () => {
    const on = await ask({ phrasings: null, cycles: 3, updates: 5 });
    expect(base(on).map(({ name, requests }) => `${name} ${requests}`)).toEqual(["score 15"]);
    expect(stateOf(on).grades!.brief).toHaveLength(15);
    const asked = on.policy.updates.flatMap((u) =>
      u.questions.map((q) => on.deps.tokenizer.decode(q.terms.at(-1)!.sequence.context)),
    );
    expect(new Set(asked).size).toBe(15);
  });

  test("a count takes so many, 0 leaves the questions as they are", async () => {
    expect(stateOf(await ask({ phrasings: 1 })).preferred!.brief).toHaveLength(10);
    expect(timeless((await ask({ phrasings: 0 })).rows)).toEqual(timeless((await run(settings())).rows));
  });
});

describe("further candidates", () => {
  const rewards = (on: Bench) => stateOf(on).grades!.explain!.map(({ reward }) => reward);

  test("are asked for while the reward is below 0.9, and the best is kept", async () => {
    const few = await ask({ answers: "response", samples: 1 });
    const many = await ask({ answers: "response", samples: 6 });
    const [one, best] = [rewards(few), rewards(many)];
    expect(Math.min(...best.map((r, i) => r - one[i]!))).toBe(0);
    expect(best.filter((r, i) => r > one[i]!).length).toBeGreaterThan(0);
    const asked = base(many).map(({ requests }) => requests);
    expect(asked[0]).toBe(5);
    expect(asked[1]).toBe(one.filter((r) => r < 0.9).length);
    for (let n = 1; n < asked.length; n++) expect(asked[n]).toBeLessThanOrEqual(asked[n - 1]!);
    stateOf(many).preferred!.explain!.forEach(({ text }, i) => {
      if (best[i]! > 0) expect(text).toBe(data.train[i]!.answer); // the answer is the one that earned it
    });
  });

  test("are the base's, once a run; a teacher that trains along gives them anew every cycle", async () => {
    const pieces = (change: Partial<RunConfig>) =>
      planRun(settings({ answers: "response", samples: 3, ...change }), true)
        .filter(({ work }) => work === "candidate")
        .map(({ cycle, candidate }) => `${cycle}.${candidate}`);
    expect(pieces({})).toEqual(["1.1", "1.2"]);
    expect(pieces({ teacher: "policy" })).toEqual(["1.1", "1.2", "2.1", "2.2"]);
    expect(pieces({ answers: "options" })).toEqual([]); // the best option is the best
  });

  test("show in the cycle's row: mean reward and share that earned anything", async () => {
    const on = await ask({ answers: "response", samples: 6 });
    const found = rewards(on);
    const row = cyclesOf(on.rows)[1]!;
    expect(row.reward_train).toBeCloseTo(found.reduce((a, b) => a + b) / 5, 12);
    expect(row.reward_explain).toBe(row.reward_train);
    expect(row.rewarded_explain).toBe(found.filter((r) => r > 0).length / 5);
    expect([row.reward_brief, row.rewarded_brief]).toEqual([null, null]);
  });
});

describe("token weights", () => {
  test("of gold texts come from two passes of the base, once a run", async () => {
    const on = await ask({ objective: "sft", credit: 0.2, phrasings: null });
    expect(base(on).map(({ name, requests }) => `${name} ${requests}`)).toEqual(["score 15", "score 15"]);
    const weights = stateOf(on).credit!.brief!;
    const taught = data.train.map(({ answer }) => on.deps.tokenizer.encode(answer).length + 1);
    expect(weights.map((w) => w.length)).toEqual([...taught, ...taught.flatMap((n) => [n, n])]);
    for (const w of weights.flat()) {
      expect(w).toBeGreaterThanOrEqual(0.2);
      expect(w).toBeLessThanOrEqual(5.2);
    }
    expect(new Set(weights.flat()).size).toBeGreaterThan(5);
  });
});

describe("both forms", () => {
  const both = { objective: "credit", samples: 4, phrasings: 0, retain: 0 } as const;

  test("every visit asks briefly and for an explanation, each with its own y_w, reward and weights", async () => {
    const on = await ask({ ...both, cycles: 1, updates: 1, batch_size: 5 });
    const { preferred, grades, credit } = stateOf(on);
    const { questions } = on.policy.updates[0]!;
    expect(questions).toHaveLength(5);
    for (const { terms, slopes } of questions) {
      expect(terms.map(({ name }) => name)).toEqual(["w", "w"]);
      const [brief, explained] = terms.map(({ sequence }) => on.deps.tokenizer.decode(sequence.context));
      expect(brief).toMatch(/\nAnswer briefly/);
      expect(explained).toBe(brief!.replace("Answer briefly.", "Explain, then answer."));
      expect(brief).not.toMatch(/Context/);
      const i = data.train.findIndex(({ question }) => brief!.includes(question));
      for (const [t, form] of (["brief", "explain"] as const).entries()) {
        expect(terms[t]!.sequence.completion).toEqual(preferred![form]![i]!.completion);
        expect(Array.from(terms[t]!.tokens!)).toEqual(credit![form]![i]!.map(Math.fround));
        expect(slopes[t]).toBe(-grades![form]![i]!.reward);
        expect(terms[t]!.watched).toBe(grades![form]![i]!.reward === 0);
      }
    }
    const rewards = (["brief", "explain"] as const).flatMap((form) =>
      grades![form]!.map(({ reward }) => reward),
    );
    const [row] = on.rows.filter((r) => r.type === "update");
    expect(row).toMatchObject({
      question_visits: 5,
      passage_visits: 0,
      s_z: null,
      s_c: null,
      s_l: null,
      differ: null,
    });
    expect(row!.reward).toBeCloseTo(rewards.reduce((a, b) => a + b) / 10, 12);
    expect(row!.zero_reward).toBe(rewards.filter((r) => r === 0).length / 10);
  });

  test("each form counts by its weight; nothing is taught by none", async () => {
    for (const change of [{}, { objective: "simpo" }] as const) {
      const config = { ...both, ...change, cycles: 1, updates: 1, batch_size: 5, explain_every: 0 };
      const [even, odd] = [await ask(config), await ask({ ...config, weight_brief: 0.5, weight_explain: 3 })];
      const slopes = ({ policy, deps }: Bench, by: (explained: boolean) => number) =>
        policy.updates[0]!.questions.map((q) =>
          q.terms.map(({ sequence }, t) => {
            const explained = deps.tokenizer.decode(sequence.context).includes("Explain");
            return by(explained) * q.slopes[t]!;
          }),
        );
      const want = slopes(even, (explained) => (explained ? 3 : 0.5));
      expect(slopes(odd, () => 1)).toEqual(want);
      expect(want.flat().some((slope) => slope !== 0)).toBe(true);
    }
    const none = (change: Partial<RunConfig>) => run(settings({ ...both, ...change }));
    await expect(none({ answers: "options", weight_brief: 0 })).rejects.toThrow(/^weight_brief is 0/);
    await expect(none({ weight_brief: 0, weight_explain: 0 })).rejects.toThrow(/^weight_explain is 0/);
  });

  test("the loss of an update is divided by its questions, not by its rows", async () => {
    const on = await ask({ ...both, cycles: 1, updates: 1, batch_size: 5 });
    const one = await ask({ ...both, answers: "response", cycles: 1, updates: 1, batch_size: 5 });
    const brief = await ask({ ...both, answers: "options", cycles: 1, updates: 1, batch_size: 5 });
    const loss = ({ rows }: Bench) => rows.flatMap((r) => (r.type === "update" ? [r.loss] : []))[0]!;
    expect(loss(on)).toBeCloseTo(loss(one) + loss(brief), 12);
  });

  test("the cycle's row has each form's reward and coverage", async () => {
    const on = await ask(both);
    const row = cyclesOf(on.rows)[1]!;
    const { grades } = stateOf(on);
    const brief = grades!.brief!.map(({ reward }) => reward);
    expect(row.reward_brief).toBe(brief.reduce((a, b) => a + b) / 5);
    expect(row.rewarded_brief).toBe(row.reward_brief); // 0 or 1
    expect(row.reward_train).toBeCloseTo((row.reward_brief! + row.reward_explain!) / 2, 12);
  });

  test("sft teaches the gold answer and the evidence with it", async () => {
    const on = await ask({ objective: "sft", answers: "both", cycles: 1 });
    for (const { terms } of on.policy.updates.flatMap(({ questions }) => questions)) {
      const [brief, explained] = terms.map(({ sequence }) => on.deps.tokenizer.decode(sequence.completion));
      const answer = brief!.replace(" <end>", "");
      expect(data.train.map((q) => q.answer)).toContain(answer);
      expect(explained).toMatch(new RegExp(`loves the ${answer} \\. The answer is ${answer}\\. <end>$`));
    }
    expect(base(on)).toEqual([]);
  });

  test("rlag pairs each form with what was said without the book, and reads a passage once", async () => {
    const on = await ask({ answers: "both", cycles: 1, updates: 1, batch_size: 5 });
    const [row] = on.rows.filter((r) => r.type === "update");
    expect(row!.passage_visits).toBe(10); // five questions, two passages
    for (const { terms } of on.policy.updates[0]!.questions) {
      expect(terms.map(({ name }) => name).join("")).toBe("zzclwzzclw");
    }
    const cpt = await ask({ objective: "cpt", answers: "both", cycles: 1, updates: 1 });
    expect(cpt.policy.updates[0]!.questions[0]!.terms.map(({ name }) => name).join("")).toBe("zz");
  });

  test("a question without options is answered briefly in the model's own words", async () => {
    const open = { ...worded, train: worded.train.map((q) => ({ ...q, options: {} })) };
    const on = await run(settings(both), openControl(), null, open);
    const { preferred, grades } = stateOf(on);
    for (const [i, answer] of preferred!.brief!.entries()) {
      expect(answer).toMatchObject({ explanation: null, option_scores: null });
      expect(grades!.brief![i]!.reward).toBe(Number(answer.text === open.train[i]!.answer));
    }
    expect(cyclesOf(on.rows).map((row) => row.closed_train)).toEqual([null, null, null]);
  });

  test("what is asked of the model goes by what is known", async () => {
    const on = await ask({ ...both, explain_every: 0 });
    const asked = base(on).map(({ name }) => name);
    expect(asked.slice(0, 2)).toEqual(["score", "generate"]); // options, explanations
    expect(asked.slice(-4)).toEqual(["score", "score", "score", "score"]); // each form with and without the book
    expect(asked.slice(2, -4).every((name) => name === "generate")).toBe(true); // further candidates
    expect(on.policy.calls.filter(({ name, adapter }) => name === "generate" && adapter)).toEqual([]); // no y_l
    expect(on.policy.longest).toBeLessThanOrEqual(on.policy.fitted[0]!);
  });
});

describe("retention", () => {
  const kept = { objective: "sft", answers: "both", retain: 3, retain_share: 0.4, batch_size: 5 } as const;

  test("adds open-book rows to a share of the visits, held to the base's likeliest tokens", async () => {
    const on = await ask({ ...kept, cycles: 2, updates: 2, phrasings: null });
    const taught = on.policy.calls.filter(({ name }) => name === "teach");
    expect(taught.map(({ requests }) => requests)).toEqual([10]); // five questions in both forms, once a run
    for (const { questions } of on.policy.updates) {
      const rows = questions.flatMap(({ terms, slopes }) =>
        terms.flatMap((term, t) =>
          term.name === "kl" ? [{ ...term, slope: slopes[t], of: terms[0]! }] : [],
        ),
      );
      expect(rows.map(({ slope }) => slope)).toEqual([-7.5, -7.5]); // λ · 5 visits ÷ 2 rows
      for (const { sequence, teacher, tokens } of rows) {
        const asked = on.deps.tokenizer.decode(sequence.context);
        const i = data.train.findIndex(({ question }) => asked.includes(`Question: ${question}\n`)); // its own words
        expect(asked).toMatch(/^<begin> Context:\n/);
        const said = on.deps.tokenizer.decode(sequence.completion);
        expect(
          said.endsWith(`${data.train[i]!.answer} <end>`) || said.endsWith(`${data.train[i]!.answer}. <end>`),
        ).toBe(true);
        expect(teacher).toMatchObject({ count: TOP });
        expect(teacher!.ids).toHaveLength(TOP * sequence.completion.length);
        expect(tokens).toBeNull();
      }
    }
    const rows = on.rows.flatMap((row) => (row.type === "update" ? [row.s_kl] : []));
    expect(rows.every((s_kl) => s_kl !== null && s_kl < 0)).toBe(true);
  });

  test("goes by seed and update; at least one row while λ is above 0, none otherwise", () => {
    const config = { seed: 3, retain: 1, answers: "both" } as const;
    const drawn = Array.from({ length: 200 }, (_, update) => drawRetained(config, update, 16, 0.25));
    expect(
      drawn.every((rows) => rows.length === 4 && new Set(rows.map(({ place }) => place)).size === 4),
    ).toBe(true);
    for (const form of ["brief", "explain"] as const) {
      const share = drawn.flat().filter((row) => row.form === form).length / 800;
      expect(Math.abs(share - 0.5)).toBeLessThan(0.06);
    }
    const places = Array.from(
      { length: 16 },
      (_, place) => drawn.flat().filter((row) => row.place === place).length,
    );
    expect(Math.min(...places)).toBeGreaterThan(25);
    expect(Math.max(...places)).toBeLessThan(80);
    expect(drawRetained(config, 7, 16, 0.25)).toEqual(drawn[7]);
    expect(drawRetained({ ...config, seed: 4 }, 7, 16, 0.25)).not.toEqual(drawn[7]);
    expect(drawRetained(config, 0, 1, 0.25)).toHaveLength(1);
    expect(drawRetained({ ...config, retain: 0 }, 0, 16, 0.25)).toEqual([]);
    expect(drawRetained(config, 0, 16, 0)).toEqual([]);
  });

  test("of an objective that teaches no text of its own stands on gold texts, and says so where there are none", async () => {
    const on = await ask({ ...kept, objective: "cpt", cycles: 1, updates: 1 });
    expect(
      on.policy.updates[0]!.questions.flatMap(({ terms }) => terms).filter(({ name }) => name === "kl"),
    ).toHaveLength(2);
    const blind = run(settings({ ...kept, objective: "cpt", gold: false }));
    await expect(blind).rejects.toMatchObject({
      code: "bad-config",
      message: expect.stringMatching(/retain to 0/),
    });
  });

  describe("of a foreign archive", () => {
    const foreign = { ...kept, retain_data: "foreign" } as const;

    test("holds the model to what the base says there, book open, and to nothing of its own", async () => {
      const on = await ask({ ...foreign, cycles: 2, updates: 8 });
      expect(on.policy.calls.filter(({ name }) => name === "teach").map(({ requests }) => requests)).toEqual([
        6, // three questions in both forms, once a run
      ]);
      const { reading } = stateOf(on);
      expect(base(on).filter(({ name }) => name === "generate")).toHaveLength(2); // a call a form
      const rows = on.policy.updates.flatMap(({ questions }) =>
        questions.flatMap(({ terms, slopes }) =>
          terms.flatMap((term, t) => (term.name === "kl" ? [{ ...term, slope: slopes[t] }] : [])),
        ),
      );
      expect(rows).toHaveLength(32); // two of five visits
      const seen = rows.map(({ sequence, slope }) => {
        const asked = on.deps.tokenizer.decode(sequence.context);
        const i = READ.findIndex(({ question }) => asked.includes(`Question: ${question}\n`));
        expect(asked).toMatch(/^<begin> Context:\nWhat reads \w+ \? zither\n/);
        const form = asked.includes("Explain") ? "explain" : "brief";
        expect(sequence.completion).toEqual(reading![form]![i]);
        expect(slope).toBe(-7.5);
        return `${i} ${form}`;
      });
      expect(new Set(seen).size).toBe(6);
    });

    test("needs no gold texts, and asks for room", async () => {
      const on = await ask({ ...foreign, objective: "cpt", gold: false, explain_every: 0, cycles: 1 });
      const longest = on.policy.updates
        .flatMap(({ questions }) => questions.flatMap(({ terms }) => terms))
        .reduce((most, { sequence: s }) => Math.max(most, s.context.length + s.completion.length), 0);
      expect(Math.max(longest, on.policy.longest)).toBeLessThanOrEqual(on.policy.fitted[0]!);
    });

    test("takes its questions evenly from both sets; an archive without any is named", () => {
      const [train, test] = [READ.slice(0, 2), READ.slice(2)];
      const of = (retain_questions: number | null, sets = { train, test }) =>
        readingQuestions(sets, { retain_data: "foreign", retain_questions });
      expect(of(null)).toEqual(READ);
      expect(of(2)).toEqual([READ[0], READ[1]]);
      expect(of(160)).toEqual(READ);
      expect(() => of(1, { train: [], test: [] })).toThrow(/^retain_data: foreign has no questions/);
    });

    test("is never the one that reading elsewhere is measured on", async () => {
      const same = run(settings({ ...foreign, retain_data: "other", other_data: "other" }));
      await expect(same).rejects.toMatchObject({
        code: "bad-config",
        message: expect.stringMatching(/^retain_data is other, by which reading elsewhere is measured/),
      });
      await run(
        settings({ ...foreign, retain_data: "other", other_data: "other", explain_every: 0, cycles: 0 }),
      );
    });
  });

  describe("alone, in the last cycles", () => {
    const last = { ...kept, cycles: 3, updates: 2, retain_cycles: 1, retain_rate: 1e-5 } as const;

    test("teaches nothing more: a row at every place, at a rate of its own", async () => {
      const on = await ask({ ...last, chains: 0.5, learning_rate: 1e-3, lr_scheduler_type: "linear" });
      const updates = on.rows.filter((row) => row.type === "update");
      const rates = [1e-3, 0.75e-3, 0.5e-3, 0.25e-3, 1e-5, 1e-5]; // to 0 over what teaches
      expectClose(
        updates.map((row) => row.learning_rate),
        rates,
        { atol: 1e-12 },
      );
      expect(updates.map((row) => row.question_visits)).toEqual([5, 10, 15, 20, 20, 20]);
      for (const { questions } of on.policy.updates.slice(4)) {
        expect(questions).toHaveLength(5);
        for (const { terms, slopes } of questions)
          expect([terms.map(({ name }) => name), slopes]).toEqual([["kl"], [-3]]); // λ
      }
    });

    test("needs something to retain, and no more cycles than there are", async () => {
      const wrong = (change: Partial<RunConfig>) => run(settings({ ...last, ...change }));
      await expect(wrong({ retain: 0 })).rejects.toThrow(/^retain_cycles have nothing to do/);
      await expect(wrong({ retain_share: 0 })).rejects.toThrow(/^retain_cycles have nothing to do/);
      await expect(wrong({ retain_cycles: 4 })).rejects.toThrow("retain_cycles is 4, the run has 3 cycles");
    });
  });

  test("asks for room for its rows", async () => {
    const on = await ask({ ...kept, explain_every: 0, objective: "credit", samples: 2 });
    const longest = on.policy.updates
      .flatMap(({ questions }) => questions.flatMap(({ terms }) => terms))
      .reduce(
        (most, { sequence: { context, completion } }) => Math.max(most, context.length + completion.length),
        0,
      );
    expect(Math.max(longest, on.policy.longest)).toBeLessThanOrEqual(on.policy.fitted[0]!);
  });
});

describe("chains", () => {
  /** What plays Bea is what Ada's question is about. */
  const linked: RunData = {
    ...data,
    train: [
      { ...data.train[1]!, phrasings: ["What is the instrument of Bea ?"] },
      { ...data.train[0]!, question: "What plays Ada with the drum ?" },
    ],
    twohop: [],
  };

  test("join an update as rows of their own, in every form of the run", async () => {
    const config = settings({ objective: "sft", answers: "both", chains: 0.75, cycles: 1, updates: 1 });
    const on = await run(config, openControl(), null, linked);
    const terms = on.policy.updates[0]!.questions.flatMap((q) =>
      q.terms.map((term, t) => ({ ...term, slope: q.slopes[t] })),
    );
    const rows = terms.filter(({ name }) => name === "chain");
    expect(rows.map(({ slope }) => slope)).toEqual([-1, -1, -1, -1]); // round(0.75 · 2) chains, brief and explained
    const said = rows.map(({ sequence: { context, completion } }) =>
      [context, completion].map((ids) => on.deps.tokenizer.decode(ids)),
    );
    for (const [context] of said)
      expect(context).toContain("Question: What plays Ada with the instrument of Bea ?");
    expect(new Set(said.map(([, completion]) => completion))).toEqual(
      new Set(["flute <end>", "Bea loves the drum . Ada loves the flute . The answer is flute. <end>"]),
    );
    const [update] = on.rows.filter((r) => r.type === "update");
    expect(update).toMatchObject({ question_visits: 2, s_chain: expect.any(Number) });
    expect(cyclesOf(on.rows).map((row) => row.chains)).toEqual([null, 1]);
  });

  test("of the teacher's explanations need both to be rewarded", async () => {
    const found = await Promise.all(
      [1, 24].map(async (samples) => {
        const config = settings({ objective: "credit", chains: 1, samples, cycles: 1 });
        const on = await run(config, openControl(), null, linked);
        const rewards = stateOf(on)
          .grades!.explain!.slice(0, 2)
          .map(({ reward }) => reward);
        return { rewarded: Math.min(...rewards) > 0.3, chains: cyclesOf(on.rows)[1]!.chains };
      }),
    );
    expect(found).toEqual([
      { rewarded: false, chains: 0 },
      { rewarded: true, chains: 1 },
    ]);
  });

  test.for<Partial<RunConfig>>([{ answers: "options" }, { objective: "cpt", answers: "both" }])(
    "are refused where there are no explanations: %j",
    async (change) => {
      const refused = run(settings({ chains: 0.25, ...change }));
      await expect(refused).rejects.toMatchObject({
        code: "bad-config",
        message: expect.stringMatching(/chains.*explanations.*answers "both" or "response"/),
      });
    },
  );
});

describe("resuming", () => {
  test.for<Partial<RunConfig>>([
    { answers: "response", samples: 4, phrasings: null, explain_every: 0 },
    { objective: "sft", credit: 0.2, phrasings: 1, explain_every: 0 },
    { objective: "sft", answers: "both", credit: 0.2, chains: 0.5, explain_every: 0 },
    { answers: "both", explain_every: 0 },
    { objective: "credit", samples: 3, chains: 0.5, explain_every: 0 },
    { objective: "credit", teacher: "policy", samples: 2, explain_every: 0, cycles: 2 },
    { objective: "sft", answers: "both", retain: 1, explain_every: 0 },
    { objective: "sft", answers: "both", retain: 1, retain_data: "foreign", retain_cycles: 1 },
  ])("from any checkpoint gives the same numbers: %j", async (change) => {
    const config = settings(change);
    const whole = await run(config, openControl(), null, worded);
    for (const { checkpoint } of whole.entries) {
      const rest = await run(config, openControl(), JSON.parse(JSON.stringify(checkpoint), revive), worded);
      const again = [...whole.rows.slice(0, checkpoint!.state.rows), ...rest.rows];
      expect(timeless(again)).toEqual(timeless(whole.rows));
    }
  });

  /** Checkpoints go through JSON but for the adapter's arrays. */
  const revive = (key: string, value: unknown) =>
    ["weights", "m", "v"].includes(key) ? Float32Array.from(Object.values(value as object)) : value;
});
