/** The measures besides the plot's two lines, in the page's words: one record each for tables, charts and comparisons. */
import { type Interval, wilson } from "../core/intervals.ts";
import type { CycleRow, FurtherMeasures } from "../core/run.ts";
import { compact, fixed, integer, percent } from "./format.ts";

export interface FurtherWords {
  key: keyof FurtherMeasures;
  heading: string; // of a column
  says: string; // what the number is
  tone: "plain" | "open" | "closed" | "elsewhere";
  kind: "share" | "reward" | "nats";
  of(row: CycleRow): number | null; // how many questions it is of; null where that is not known
}

const rightOf = ({ closed_test, test_scored }: CycleRow): number | null =>
  closed_test === null || test_scored == null ? null : Math.round(closed_test * test_scored);

export const FURTHER: readonly FurtherWords[] = [
  {
    key: "open_exact",
    heading: "own words, open",
    says: "Share answered rightly in its own words, without options, book open",
    tone: "open",
    kind: "share",
    of: (row) => row.exact_of ?? null,
  },
  {
    key: "closed_exact",
    heading: "own words, closed",
    says: "Share answered rightly in its own words, without options, book closed",
    tone: "closed",
    kind: "share",
    of: (row) => row.exact_of ?? null,
  },
  {
    key: "twohop_explained",
    heading: "two facts joined",
    says: "Of the two-hop questions whose two facts it knows: share that names what joins them and answers rightly, book closed",
    tone: "closed",
    kind: "share",
    of: (row) => row.twohop_known ?? null,
  },
  {
    key: "other_open",
    heading: "elsewhere, open",
    says: "Book open on an archive it never trains on, share right: whether it can still read",
    tone: "elsewhere",
    kind: "share",
    of: (row) => row.other_scored ?? null,
  },
  {
    key: "other_open_response",
    heading: "elsewhere, explained",
    says: "Book open on an archive it never trains on, mean reward of its explanations",
    tone: "elsewhere",
    kind: "reward",
    of: (row) => row.other_explained ?? null,
  },
  {
    key: "asked_share",
    heading: "answer asked for",
    says: "Share of its explanations, both books, that never said their answer, so that it was asked for",
    tone: "plain",
    kind: "share",
    of: (row) => row.asked_of ?? null,
  },
  {
    key: "margin_right",
    heading: "lead when right",
    says: "Mean lead of the chosen option over the second where it is right, book closed, nats per token",
    tone: "plain",
    kind: "nats",
    of: rightOf,
  },
  {
    key: "margin_wrong",
    heading: "lead when wrong",
    says: "The same where it is wrong: a model that knows what it does not know leads by less here",
    tone: "plain",
    kind: "nats",
    of: (row) => {
      const right = rightOf(row);
      return right === null ? null : row.test_scored! - right;
    },
  },
];

/** How a value of each kind is said. */
export const SAY: Record<FurtherWords["kind"], (value: number | null | undefined) => string> = {
  share: percent,
  reward: (value) => fixed(value),
  nats: compact,
};

/** The value as a reader meets it, and what it is of: a share with its interval, another number with its count. */
export function sayFurther(words: FurtherWords, row: CycleRow): string {
  const value = row[words.key] ?? null;
  const n = words.of(row);
  if (value === null) return percent(null);
  const said = SAY[words.kind](value);
  if (n === null) return said;
  const interval = words.kind === "share" ? wilson(value, n) : null;
  return interval === null ? `${said} (${integer(n)})` : `${said} ${between(interval)} of ${integer(n)}`;
}

const between = ({ low, high }: Interval): string => `(${percent(low)} to ${percent(high)})`;

/** The last row that measured it: many are not taken at every cycle. */
export const lastMeasured = (rows: readonly CycleRow[], key: keyof CycleRow): CycleRow | undefined =>
  rows.findLast((row) => row[key] !== null && row[key] !== undefined);
