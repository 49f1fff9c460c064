import type { Objective } from "../../core/objectives.ts";
import { cpt } from "./cpt.ts";
import { cptSft } from "./cptSft.ts";
import { credit } from "./credit.ts";
import { distill } from "./distill.ts";
import { grpo } from "./grpo.ts";
import type { ObjectiveRecipe } from "./objective.ts";
import { rlag } from "./rlag.ts";
import { rlagPaper } from "./rlagPaper.ts";
import { sdft } from "./sdft.ts";
import { sft } from "./sft.ts";
import { simpo } from "./simpo.ts";

/** Every objective a run can name. */
export const objectives: Record<Objective, ObjectiveRecipe> = {
  credit,
  rlag,
  "rlag-paper": rlagPaper,
  sft,
  cpt,
  "cpt+sft": cptSft,
  distill,
  sdft,
  simpo,
  grpo,
};
