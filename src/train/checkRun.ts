import type { RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { hasOptions } from "../core/questions.ts";
import type { Question } from "../core/run.ts";
import type { RunData } from "./context.ts";
import { otherArchive } from "./elsewhere.ts";
import { formsOf, weightOf } from "./forms.ts";
import { objectives } from "./objectives/registry.ts";

/**
 * Whether the questions have what the settings need, before any work is done.
 * @throws LabError bad-config or bad-data, naming the setting and the first question it does not fit (counted from 0)
 */
export function checkRun(config: RunConfig, { train }: RunData): void {
  const { needs } = objectives[config.objective];
  const [answers, gold] = [needs.includes("preferred"), needs.includes("gold")];
  const chooses = answers || needs.includes("rejected");
  const explained = formsOf(config).includes("explain");
  if (train.length === 0) throw new LabError("bad-data", "train: there is no question to train on");
  const outside = config.order?.flat().find((i) => i >= train.length);
  if (outside !== undefined) {
    throw new LabError(
      "bad-config",
      `order names question ${outside}, train has ${train.length} (0 to ${train.length - 1})`,
    );
  }
  if (!config.gold && gold) {
    throw new LabError(
      "bad-config",
      `gold: false leaves ${config.objective} nothing to teach; choose rlag, rlag-paper or cpt`,
    );
  }
  if (chooses && config.answers === "options") {
    demand(
      train,
      hasOptions,
      'answers: "options" needs options',
      'give it some, or set answers to "response"',
    );
  }
  if (answers && !config.gold) {
    demand(
      train,
      hasOptions,
      "gold: false needs options to choose between",
      "give it some, or a gold answer",
    );
  }
  if (config.chains > 0 && (!(answers || gold) || !explained)) {
    const way = 'choose credit, rlag or sft, with answers "both" or "response", or set chains to 0';
    throw new LabError("bad-config", `chains put two explanations together, and this run has none: ${way}`);
  }
  checkRetention(config);
  if (formsOf(config).every((form) => weightOf(config, form) === 0)) {
    const key = config.answers === "options" ? "weight_brief" : "weight_explain";
    throw new LabError("bad-config", `${key} is 0, and so nothing is taught: make it 1`);
  }
  const own = config.retain > 0 && config.retain_data === null;
  const kept = own && !answers; // gold texts stand where an objective teaches none of its own
  if (kept && !config.gold) {
    throw new LabError("bad-config", "gold: false leaves retain no text to keep readable: set retain to 0");
  }
  if ((gold || kept) && explained) {
    demand(
      train,
      ({ evidence }) => evidence !== null,
      `${config.objective} with responses teaches the evidence`,
      'give it evidence, or set answers to "options"',
    );
  }
}

/** Whether the settings of retention fit each other and what is measured. */
function checkRetention(config: RunConfig): void {
  const { cycles, retain, retain_share, retain_cycles, retain_data } = config;
  if (retain_cycles > cycles) {
    throw new LabError("bad-config", `retain_cycles is ${retain_cycles}, the run has ${cycles} cycles`);
  }
  if (retain_cycles > 0 && retain * retain_share === 0) {
    const way = "give retain and retain_share a value above 0, or set retain_cycles to 0";
    throw new LabError("bad-config", `retain_cycles have nothing to do while nothing is retained: ${way}`);
  }
  if (retain > 0 && retain_data !== null && retain_data === otherArchive(config)) {
    const way = "name another one for retain_data, or for other_data";
    throw new LabError(
      "bad-config",
      `retain_data is ${retain_data}, by which reading elsewhere is measured: what is trained on would not tell; ${way}`,
    );
  }
}

function demand(train: Question[], has: (question: Question) => boolean, need: string, way: string): void {
  const i = train.findIndex((question) => !has(question));
  if (i >= 0)
    throw new LabError("bad-data", `${need}; train question ${i} ("${train[i]!.question}") has none: ${way}`);
}
