/** A bundle is complete, opens again, and its plan is what the run's updates really were. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROGRAM_FILES, writeBundle } from "../../src/core/bundle.ts";
import type { RunConfig } from "../../src/core/config.ts";
import { fromBlobs } from "../../src/core/files.ts";
import type { Question } from "../../src/core/run.ts";
import { rateAt } from "../../src/core/schedule.ts";
import { openZip } from "../../src/core/unzip.ts";
import { collectionFiles } from "../../src/documents/collection.ts";
import { readCorpusFiles } from "../../src/documents/corpus.ts";
import type { Sequence } from "../../src/model/policy.ts";
import { bundleTexts, checkBundled } from "../../src/train/bundle.ts";
import type { RunData } from "../../src/train/context.ts";
import { formsOf } from "../../src/train/forms.ts";
import { lookUp } from "../../src/train/lookUp.ts";
import { openPrompts } from "../../src/train/prompts.ts";
import type { KeptRow } from "../../src/train/retention.ts";
import { newState } from "../../src/train/state.ts";
import { data, NAMES, question, run, settings } from "../helpers/cycleBench.ts";

type Form = "brief" | "explain";
interface Said {
  text: string;
  ids: number[] | null;
  reward: number;
}
interface Line extends Pick<Question, "question" | "options"> {
  passages: number[];
  gold: Record<Form, string>;
  taught: Record<Form, Said> | null;
  kept: Record<Form, Said>;
}
interface Visited {
  view: number;
  form: Form;
}
interface PlaceLine {
  visits: Visited[];
  kept: KeptRow[];
  chains: number[];
}
interface UpdateLine {
  update: number;
  learning_rate: number;
  places: PlaceLine[];
}
interface ChainLine {
  question: string;
  said: Record<Form, string>;
}
interface Counted extends Sequence {
  slope: number;
}

const program = join(import.meta.dirname, "../../public/bundle");
const readProgram = async (name: string) => new Uint8Array(readFileSync(join(program, name)));

/** The questions of the bench in several wordings, two of which make a chain. */
const worded: RunData = {
  ...data,
  train: [
    ...data.train.map((one, i) => ({
      ...one,
      phrasings: [`Tell what ${NAMES[i]} plays ?`, `What is the joy of ${NAMES[i]}?`],
    })),
    { ...question("Ada", "Who made the flute of"), phrasings: [] },
  ],
};

/** A run on the stand-in, and the files of its bundle. */
async function bundled(change: Partial<RunConfig>) {
  const config = settings({ explain_every: 0, phrasings: null, ...change });
  const { policy, deps, entries, rows } = await run(config, undefined, null, worded);
  const { tokenizer } = deps;
  const { state } = entries.at(-1)!.checkpoint!;
  const looked = await lookUp(config, worded, deps);
  const texts = bundleTexts({ config, data: worded, ...looked, state, chains: null, tokenizer });
  return { config, policy, texts, rows, prompts: openPrompts(tokenizer, config), linesOf };
  function linesOf<T>(name: string): T[] {
    const file = texts.find((one) => one.name === `${name}.jsonl`)!;
    return file.text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as T]));
  }
}

describe("a bundle's plan", () => {
  test.for<Partial<RunConfig>>([
    { objective: "sft", answers: "both", chains: 1, weight_explain: 0.5, lr_scheduler_type: "linear" },
    { objective: "sft", retain: 2, retain_share: 0.5, retain_cycles: 1 },
    { objective: "sft", answers: "both", retain: 1, retain_data: "foreign" },
    { objective: "credit", answers: "both", retain: 1, samples: 2, credit: 0.2 },
    { objective: "credit", answers: "response", reward_control: "permuted" },
    { objective: "cpt", passages_control: "other" },
    { objective: "distill", answers: "both" },
  ])("is what its updates were: %j", async (change) => {
    const { config, policy, prompts, linesOf } = await bundled(change);
    const [views, foreign] = [linesOf<Line>("views"), linesOf<Line>("foreign")];
    const [passages, chains] = [linesOf<string>("passages"), linesOf<ChainLine>("chains")];
    const plan = linesOf<UpdateLine>("plan");
    const book = (of: Line): string[] => of.passages.map((i) => passages[i]!);
    const explained = (form: Form) => form === "explain";
    const weight = (form: Form) => (explained(form) ? config.weight_explain : config.weight_brief);
    const idsOf = ({ text, ids }: Pick<Said, "text" | "ids">) => ids ?? prompts.completion(text);
    const taught = (of: Line, form: Form) => idsOf(of.taught?.[form] ?? { text: of.gold[form], ids: null });
    const visit = ({ view, form }: Visited): Counted[] => {
      const of = views[view]!;
      if (config.objective === "cpt")
        return book(of).map((text) => ({
          ...prompts.passage(text),
          slope: -weight(form) / book(of).length,
        }));
      const one = { context: prompts.ask(of, [], explained(form)), completion: taught(of, form) };
      if (config.objective === "distill") return [-weight(form), 0].map((slope) => ({ ...one, slope }));
      return [{ ...one, slope: -(of.taught?.[form].reward ?? 1) * weight(form) }];
    };
    const kept = ({ form, row, slope }: KeptRow): Counted => {
      const of = (foreign.length > 0 ? foreign : views)[row]!;
      const completion = foreign.length > 0 ? idsOf(of.kept[form]) : taught(of, form);
      return { context: prompts.ask(of, book(of), explained(form)), completion, slope };
    };
    const chain = (n: number): Counted[] =>
      formsOf(config).map((form) => ({
        context: prompts.ask({ question: chains[n]!.question, options: {} }, [], explained(form)),
        completion: prompts.completion(chains[n]!.said[form]),
        slope: -1,
      }));
    const told = plan.map(({ places }) =>
      places.map((place) => [
        ...place.visits.flatMap(visit),
        ...place.kept.map(kept),
        ...place.chains.flatMap(chain),
      ]),
    );
    const were = policy.updates.map(({ questions }) =>
      questions.map(({ terms, slopes }) =>
        terms.map(({ sequence }, t) => ({ ...sequence, slope: slopes[t]! })),
      ),
    );
    const plain = (all: Counted[][][]) =>
      all.map((update) =>
        update.map((terms) =>
          terms.map(({ context, completion, slope }) => [`${context}`, `${completion}`, slope.toFixed(9)]),
        ),
      );
    expect(plain(told)).toEqual(plain(were));
    expect(plan.map(({ learning_rate }) => learning_rate)).toEqual(
      policy.updates.map(({ settings: { learning_rate } }) => learning_rate),
    );
    expect(plan.map(({ update, learning_rate }) => [update, learning_rate])).toEqual(
      plan.map((_, update) => [update, rateAt(update, config)]),
    );
    if (change.chains) expect(chains.length).toBeGreaterThan(0);
    if (change.retain)
      expect(plan.some(({ places }) => places.some((place) => place.kept.length > 0))).toBe(true);
    if (change.retain_data) expect(foreign.length).toBeGreaterThan(0);
  });

  test("has the token weights as they were made, for comparison", async () => {
    const { policy, linesOf } = await bundled({
      objective: "credit",
      answers: "both",
      credit: 0.2,
      samples: 1,
      retain: 0,
    });
    const ours = linesOf<Visited & { weights: number[] }>("credit");
    const [plan, views] = [linesOf<UpdateLine>("plan"), linesOf<Line>("views")];
    expect(ours).toHaveLength(2 * views.length);
    const first = plan[0]!.places[0]!.visits[0]!;
    const { weights } = ours.find(({ view, form }) => view === first.view && form === first.form)!;
    expect(Float32Array.from(weights)).toEqual(policy.updates[0]!.questions[0]!.terms[0]!.tokens);
  });
});

describe("a bundle", () => {
  test("has every file of the program, and no other", () => {
    const there = readdirSync(program, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".pyc"))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(program.length + 1)
          .replaceAll("\\", "/"),
      );
    expect(there.sort()).toEqual([...PROGRAM_FILES].sort());
  });

  test("opens again with all it was made of", async () => {
    const { texts, rows, config } = await bundled({ objective: "rlag" });
    const documents = [{ id: "a", title: "A", text: "Ada loves the flute .", passages: null }];
    const start = [{ name: "adapter_config.json", content: new Blob(["{}"]) }];
    const parts = { run: texts, data: collectionFiles("d", { documents, ...worded }), rows, start };
    const files = await openZip(await writeBundle(parts, readProgram), "b.zip");
    const read = async (path: string) =>
      new TextDecoder().decode(await files.find((one) => one.path === path)!.read());
    for (const name of PROGRAM_FILES)
      expect(await read(name)).toBe(readFileSync(join(program, name), "utf8"));
    for (const { name, text } of texts) expect(await read(`run/${name}`)).toBe(text);
    expect(JSON.parse(await read("run/bundle.json"))).toMatchObject({ config, updates: 6, views: 16 });
    expect(
      (await read("run/metrics.jsonl"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(rows);
    expect(await read("start/adapter_config.json")).toBe("{}");
    const within = files.filter(({ path }) => path.startsWith("data/"));
    const blobs = await Promise.all(
      within.map(async ({ path, read: bytes }) => [path.slice(5), new Blob([await bytes()])] as const),
    );
    const corpus = await readCorpusFiles(fromBlobs(new Map(blobs)));
    expect(corpus.documents.map(({ id, text }) => [id, text])).toEqual([["a", "Ada loves the flute ."]]);
    expect([corpus.train, corpus.test, corpus.twohop]).toEqual([worded.train, worded.test, worded.twohop]);
  });

  test("what its program cannot do is refused by name, with the way out", () => {
    const refused = (change: Partial<RunConfig>) => () => checkBundled(settings(change));
    expect(refused({ objective: "grpo" })).toThrow(/^objective is "grpo"; a bundle trains credit, rlag,/);
    expect(refused({ teacher: "policy", answers: "both" })).toThrow(
      /marks no explanations; set teacher to "base"/,
    );
    expect(refused({ objective: "rlag-paper", answers: "response", samples: 3 })).toThrow(/samples is 3/);
    expect(refused({ objective: "rlag-paper", chains: 0.5 })).toThrow(/chains is 0.5/);
    expect(refused({ teacher: "policy", reward_control: "permuted" })).toThrow(
      /reward_control is "permuted"/,
    );
    for (const change of [
      { teacher: "policy" },
      { objective: "rlag-paper", answers: "both" },
      { objective: "cpt" },
    ] as const)
      expect(refused(change)).not.toThrow();
  });

  test("of a run without an update there is none yet", async () => {
    const config = settings();
    const { deps } = await run(config);
    const looked = await lookUp(config, data, deps);
    const early = { config, data, ...looked, state: newState(), chains: null, tokenizer: deps.tokenizer };
    expect(() => bundleTexts(early)).toThrow(expect.objectContaining({ code: "not-found" }));
  });
});
