/** What is compared on the Runs page and its report: kept over reloads, so that a report can be printed later. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import type { Along } from "../charts/axes.ts";
import type { Measure } from "../charts/gap.ts";

export interface Compared {
  chosen: readonly string[]; // ids of runs
  baseline: string | null; // the key of the arm that others are measured against
  measure: Measure;
  along: Along;
}

export const useCompareStore = create<Compared>()(
  persist((): Compared => ({ chosen: [], baseline: null, measure: "answers", along: "cycles" }), {
    name: "closed-book-compared",
    version: 1,
  }),
);

export function choose(chosen: readonly string[]): void {
  useCompareStore.setState({ chosen });
}
