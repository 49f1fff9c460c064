import type { Objective } from "../../core/objectives.ts";
import { cpt } from "./cpt.ts";
import { credit } from "./credit.ts";
import type { ObjectiveRecipe } from "./objective.ts";
import { rlag } from "./rlag.ts";
import { rlagPaper } from "./rlagPaper.ts";
import { sft } from "./sft.ts";

/** Every objective a run can name. */
export const objectives: Record<Objective, ObjectiveRecipe> = {
  credit,
  rlag,
  "rlag-paper": rlagPaper,
  sft,
  cpt,
};
