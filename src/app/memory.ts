/** How much GPU memory a model needs to learn, from the planner that allocates. */
import type { CatalogModel } from "../core/catalog.ts";

/** Bytes for one LoRA update on one sequence of `tokens`; null where it is not known. */
export type TrainingMemory = (model: CatalogModel, tokens: number) => number | null;

/** The planner does not say it before a model is loaded: not known. */
export const trainingMemory: TrainingMemory = () => null;
