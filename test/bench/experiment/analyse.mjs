/**
 * The experiment's table, out of what was run so far: test/bench/results/experiment/README.md and, for the page's "How it works",
 * src/app/panels/how/experiment.json.
 *
 *   node test/bench/experiment/analyse.mjs
 *
 * Written before any number was made. Unit: archives. Primary endpoints: gap recovered of closed_test (answers) and of
 * closed_response (explanations), over all held-out questions of the archives that every compared arm has. Interval and p: a
 * paired bootstrap in two levels (archives, then questions), 10,000 draws, seed 1; p two-sided, Holm over arms × endpoints. The
 * gap is the base's on the archive itself, the same for every arm. "RL embeds better than SFT" may be said only where `credit`
 * is above SFT with equal forms, wordings and token credit, on both endpoints, after Holm.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ARCHIVES, ARMS, ENDPOINTS, REFERENCE } from "./arms.mjs";
import { everywhere, gapRecovered, holm, percentiles, pValue, resamples } from "./statistics.mjs";

const DRAWS = 10_000;
const SEED = 1;
const LEAST = 3; // archives: with fewer, no interval over archives means anything
const root = resolve(import.meta.dirname, "../../..");
const folder = join(root, "test/bench/results/experiment");

/** @typedef {{ closed_test: (number | null)[], open_test: (number | null)[], closed_response: number[] | null, open_response: number[] | null }} Outcome */
/** @typedef {{ archive: number, arm: string, date: string, gpuAdapter: string, cycles: Record<string, number | null>[], outcomes: [Outcome, Outcome] }} Result */
/** @type {Result[]} */
const found = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => /^\d+-.*\.json$/.test(file))
      .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")))
  : [];
/** @type {(archive: number, arm: string) => Result | undefined} */
const resultOf = (archive, arm) => found.find((r) => r.archive === archive && r.arm === arm);
// The base before training: of an arm on the archive itself, all of which have the same.
const bases = new Map(
  ARCHIVES.map((archive) => [
    archive,
    ARMS.flatMap(({ name, data }) =>
      data(archive) === String(archive) ? (resultOf(archive, name) ?? []) : [],
    )[0],
  ]),
);

/** @type {(endpoint: "closed_test" | "closed_response", result: Result, base: Result) => import("./statistics.mjs").Outcomes} */
const outcomesOf = (endpoint, result, base) => {
  const open = endpoint === "closed_test" ? "open_test" : "open_response";
  return {
    closed: result.outcomes[1][endpoint] ?? [],
    before: { closed: base.outcomes[0][endpoint] ?? [], open: base.outcomes[0][open] ?? [] },
  };
};

/** The same draws for the same sizes: made once. */
const drawn = new Map();
/** @type {(sizes: number[]) => ReturnType<typeof resamples>} */
const draws = (sizes) => {
  const key = sizes.join();
  if (!drawn.has(key)) drawn.set(key, resamples(sizes, DRAWS, SEED));
  return drawn.get(key);
};

const rows = ARMS.map((arm) => {
  const archives = ARCHIVES.filter((archive) => resultOf(archive, arm.name) && bases.get(archive));
  const results = archives.map((archive) => /** @type {Result} */ (resultOf(archive, arm.name)));
  return { arm, archives, results };
});
const reference = rows.find(({ arm }) => arm.name === REFERENCE);

/** One endpoint of one arm: what it recovers and, where it is not the reference, by how much the reference is above it. */
const measured = rows.flatMap(({ arm, archives }) =>
  ENDPOINTS.map((endpoint) => {
    /** @type {(name: string, of: number[]) => import("./statistics.mjs").Outcomes[]} */
    const take = (name, of) =>
      of.map((archive) =>
        outcomesOf(
          endpoint,
          /** @type {Result} */ (resultOf(archive, name)),
          /** @type {Result} */ (bases.get(archive)),
        ),
      );
    const own = take(arm.name, archives);
    const sizes = own.map(({ closed }) => closed.length);
    const recovered = gapRecovered(own, everywhere(sizes));
    const enough = archives.length >= LEAST;
    const spread = enough ? draws(sizes).flatMap((places) => gapRecovered(own, places) ?? []) : [];
    const shared = archives.filter((archive) => reference?.archives.includes(archive));
    let against = null;
    if (arm.name !== REFERENCE && shared.length >= LEAST) {
      const [a, b] = [take(REFERENCE, shared), take(arm.name, shared)];
      const both = a.map(({ closed }) => closed.length);
      const difference = (/** @type {readonly (readonly [number, number])[]} */ places) => {
        const [x, y] = [gapRecovered(a, places), gapRecovered(b, places)];
        return x === null || y === null ? null : x - y;
      };
      const differences = draws(both).flatMap((places) => difference(places) ?? []);
      against = {
        difference: difference(everywhere(both)),
        ...percentiles(differences),
        p: pValue(differences),
        archives: shared.length,
      };
    }
    return { arm: arm.name, endpoint, recovered, interval: percentiles(spread), against };
  }),
);
const family = measured.filter(({ against }) => against !== null);
const adjusted = holm(family.map(({ against }) => against?.p ?? 1));
const holmOf = new Map(family.map((m, i) => [m, adjusted[i] ?? 1]));

/** @type {(results: Result[], key: string, at: 0 | 1) => number | null} */
const meanOf = (results, key, at) => {
  const values = results.map(({ cycles }) => cycles[at]?.[key]).filter((v) => typeof v === "number");
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
};
/** @type {(x: number | null | undefined) => string} */
const percent = (x) => (x === null || x === undefined ? "–" : (100 * x).toFixed(1));
const table = rows.map(({ arm, archives, results }) => ({
  arm: arm.name,
  says: arm.says,
  control: arm.control,
  archives: archives.length,
  endpoints: Object.fromEntries(
    ENDPOINTS.map((endpoint) => {
      const m = measured.find((one) => one.arm === arm.name && one.endpoint === endpoint);
      return [
        endpoint,
        m === undefined
          ? null
          : {
              recovered: m.recovered,
              interval: m.interval,
              against: m.against && { ...m.against, holm: holmOf.get(m) ?? null },
            },
      ];
    }),
  ),
  after: Object.fromEntries(
    [
      "closed_test",
      "closed_exact",
      "open_test",
      "closed_response",
      "open_response",
      "other_open",
      "other_open_response",
      "supervised_tokens",
      "passage_visits",
      "question_visits",
      "updates",
    ].map((key) => [key, meanOf(results, key, 1)]),
  ),
}));
const baseResults = [...bases.values()].filter((r) => r !== undefined);
const before = Object.fromEntries(
  ["closed_test", "open_test", "closed_response", "open_response", "other_open", "other_open_response"].map(
    (key) => [key, meanOf(baseResults, key, 0)],
  ),
);

/** What may be said of reward against imitation: only at equal forms, wordings and token credit, on both endpoints. */
const equal = table.find(({ arm }) => arm === "sft-both-credit");
const verdict = (() => {
  const against = ENDPOINTS.map((endpoint) => equal?.endpoints[endpoint]?.against ?? null);
  if (against.some((a) => a === null))
    return "Not enough archives were run to say whether rewarded text of its own is better than gold text.";
  const above = against.every((a) => a !== null && (a.low ?? -1) > 0 && (a.holm ?? 1) < 0.05);
  const below = against.every((a) => a !== null && (a.high ?? 1) < 0 && (a.holm ?? 1) < 0.05);
  return above
    ? "At equal forms, wordings and token credit, rewarded text of its own closed both gaps further than gold text did."
    : below
      ? "At equal forms, wordings and token credit, gold text closed both gaps further than rewarded text of its own did."
      : "At equal forms, wordings and token credit, rewarded text of its own and gold text cannot be told apart on both gaps: it is not shown that the reward teaches better than imitation.";
})();

const lines = [
  "# The experiment that may be quoted",
  "",
  "Arms, endpoints and this analysis were fixed before any number was made (arms.mjs, analyse.mjs, statistics.mjs in test/bench/experiment). `node test/bench/experiment/run.mjs` makes the files beside this page, `node test/bench/experiment/analyse.mjs` the page.",
  "",
  `Archives run: ${baseResults.length} of ${ARCHIVES.length}. Gap recovered in %, 95 % interval: bootstrap over archives, then questions, ${DRAWS.toLocaleString("en")} draws; shown from ${LEAST} archives on. "${REFERENCE} above": points of gap recovered, with p after Holm over arms × endpoints. A dash was not run.`,
  "",
  "| arm | archives | answers | credit above | explanations | credit above | supervised tokens |",
  "|---|---|---|---|---|---|---|",
  ...table.map((row) => {
    const cells = ENDPOINTS.flatMap((endpoint) => {
      const e = row.endpoints[endpoint];
      const span = (/** @type {{ low?: number, high?: number } | null | undefined} */ i) =>
        i?.low === undefined ? "" : ` (${percent(i.low)} to ${percent(i.high)})`;
      const a = e?.against;
      return [
        `${percent(e?.recovered)}${span(e?.interval)}`,
        a ? `${percent(a.difference)}${span(a)}, p ${a.holm === null ? "–" : a.holm.toFixed(4)}` : "–",
      ];
    });
    const tokens = row.after.supervised_tokens;
    return `| ${row.control ? "*control:* " : ""}${row.says} | ${row.archives} | ${cells.join(" | ")} | ${tokens == null ? "–" : Math.round(tokens).toLocaleString("en")} |`;
  }),
  "",
  verdict,
  "",
  "Means over the archives after the last cycle, % (before: " +
    `closed ${percent(before.closed_test)}, open ${percent(before.open_test)}, explained closed ${percent(before.closed_response)}, open ${percent(before.open_response)}, elsewhere ${percent(before.other_open)} / ${percent(before.other_open_response)}):`,
  "",
  "| arm | closed | own words | open | explained, closed | open | elsewhere, open | explained |",
  "|---|---|---|---|---|---|---|---|",
  ...table.map(
    ({ says, after }) =>
      `| ${says} | ${["closed_test", "closed_exact", "open_test", "closed_response", "open_response", "other_open", "other_open_response"].map((key) => percent(after[key])).join(" | ")} |`,
  ),
  "",
];
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "README.md"), lines.join("\n"));
const dates = found.map(({ date }) => date).sort();
const page = {
  archives: baseResults.length,
  of: ARCHIVES.length,
  questions: baseResults.reduce((n, r) => n + r.outcomes[0].closed_test.length, 0),
  adapters: [...new Set(found.map(({ gpuAdapter }) => gpuAdapter))],
  dates: dates.length === 0 ? null : [dates[0], dates.at(-1)],
  verdict: baseResults.length === 0 ? null : verdict,
  before,
  rows: baseResults.length === 0 ? [] : table,
};
const shown = join(root, "src/app/panels/how/experiment.json");
writeFileSync(shown, `${JSON.stringify(page, null, 2)}\n`);
spawnSync(process.execPath, [
  join(root, "node_modules/@biomejs/biome/bin/biome"),
  "format",
  "--write",
  shown,
]);
console.log(lines.join("\n"));
