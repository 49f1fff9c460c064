/**
 * Negative controls (method.md §3, "The experiment that may be quoted"): the same run with one ingredient made worthless. What
 * is learned all the same was not owed to it.
 */
import type { RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { openRng, shuffled } from "../core/rng.ts";
import type { View } from "./views.ts";

/**
 * What an answer's reward counts in the loss, of all views' rewards in one form. Permuted, every view has the reward of one
 * drawn by the seed, each of them once. The choice among several candidates is made before, by what they really earned.
 */
export function controlledReward(
  { reward_control, seed }: Pick<RunConfig, "reward_control" | "seed">,
  rewards: readonly number[],
  view: number,
): number {
  switch (reward_control) {
    case "none":
      return rewards[view]!;
    case "ones":
      return 1;
    case "permuted":
      return shuffled([...rewards], openRng(seed, "control"))[view]!;
  }
}

/**
 * The passages of every view, or with `other` those that were found for another training question, the same for all views of
 * one: the first from the middle of the set on that has none of its own.
 * @throws LabError bad-data where every other question has a passage in common
 */
export function controlledPassages(
  { passages_control }: Pick<RunConfig, "passages_control">,
  views: readonly View[],
  Z: string[][],
): string[][] {
  if (passages_control === "none") return Z;
  const count = views.filter(({ of }, v) => of === v).length; // the training questions in their own words come first
  const donors = Array.from({ length: count }, (_, i) => {
    const own = new Set(views.flatMap(({ of }, v) => (of === i ? Z[v]! : [])));
    for (let step = 0; step < count; step++) {
      const donor = (i + Math.floor(count / 2) + step) % count;
      if (Z[donor]!.length > 0 && !Z[donor]!.some((passage) => own.has(passage))) return donor;
    }
    throw new LabError(
      "bad-data",
      `passages_control "other": no other question has passages that train question ${i} has not; it needs more documents`,
    );
  });
  return views.map(({ of }) => Z[donors[of]!]!);
}
