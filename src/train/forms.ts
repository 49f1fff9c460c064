/** The two ways to ask one question and to answer it (method.md §3, "two prompt forms"). */
import type { RunConfig } from "../core/config.ts";

/** Briefly: "Answer briefly.", an option or a few words. Explained: "Explain, then answer." */
export type Form = "brief" | "explain";

/** Something of each form that a run has. Plain data where its values are. */
export type ByForm<T> = Partial<Record<Form, T>>;

const FORMS: Record<RunConfig["answers"], readonly Form[]> = {
  options: ["brief"],
  response: ["explain"],
  both: ["brief", "explain"],
};

/** The forms that every visit of a question carries. */
export const formsOf = ({ answers }: Pick<RunConfig, "answers">): readonly Form[] => FORMS[answers];

/** ω of a form (method.md §3): by what its loss is multiplied. */
export const weightOf = (
  { weight_brief, weight_explain }: Pick<RunConfig, "weight_brief" | "weight_explain">,
  form: Form,
): number => (form === "brief" ? weight_brief : weight_explain);
