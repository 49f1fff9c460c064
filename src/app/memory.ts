/** How much GPU memory a listed model needs to learn: the planner's figures, kept true by test/unit/modelMemory.test.ts. */
import type { CatalogModel } from "../core/catalog.ts";
import needs from "../core/modelMemory.json" with { type: "json" };

/** Tokens of a sequence that figures are there for. */
export const MEMORY_LENGTHS = [256, 512, 1024] as const;

/** Bytes for one LoRA update (r 8, all projections) on one sequence of `tokens`, at the least; null where it is not known. */
export const trainingMemory = (model: CatalogModel, tokens: number): number | null =>
  (needs as Record<string, Record<string, number>>)[model.model]?.[tokens] ?? null;
