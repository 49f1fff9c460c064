/** Five ways to start; everything they do not name is the archive preset of core/config.ts. */
import { ANSWERS_CALLED, type RunConfig } from "../core/config.ts";
import { OBJECTIVES } from "../core/objectives.ts";
import type { RunRecord } from "../core/run.ts";

export interface Preset {
  id: string;
  title: string;
  says: string; // one sentence: what it teaches and by what
  config: Partial<RunConfig>;
}

export const PRESETS: readonly [Preset, ...Preset[]] = [
  {
    id: "credit",
    title: "Credit: answers and explanations",
    says: "Asked briefly and for an explanation, it learns for the closed book what earned a reward with the book open, most where the book helped.",
    config: { objective: "credit", answers: "both" },
  },
  {
    id: "sft-both",
    title: "SFT, answers and explanations (to compare)",
    says: "The first way's control: the same visits, wordings and rate, but the gold answer and the gold evidence are imitated and nothing is rewarded.",
    config: {
      objective: "sft",
      answers: "both",
      phrasings: null,
      retain: 1,
      learning_rate: 4e-3,
      lr_scheduler_type: "linear",
    },
  },
  {
    id: "rlag-response",
    title: "RLAG with explanations",
    says: "It explains and answers with the book open; what earned a reward it then learns to say with the book closed.",
    config: { objective: "rlag", answers: "response" },
  },
  {
    id: "rlag-options",
    title: "RLAG, brief answers",
    says: "The same with answers of a word or two, chosen among the options. Quicker, and explanations do not follow.",
    config: { objective: "rlag", answers: "options" },
  },
  {
    id: "sft-options",
    title: "SFT, brief answers (to compare)",
    says: "Plain fine-tuning on the gold answers: no retrieval, no reward. The baseline RLAG has to beat.",
    config: { objective: "sft", answers: "options" },
  },
];

export const presetById = (id: string): Preset => PRESETS.find((p) => p.id === id) ?? PRESETS[0];

/** What a run's method is called on screen, whatever preset it came from. */
export const methodName = (config: RunConfig): string =>
  `${OBJECTIVES[config.objective].name}${ANSWERS_CALLED[config.answers]}`;

/** What a run is called: as a person named it, else as its method is. */
export const runName = ({ name, config }: Pick<RunRecord, "name" | "config">): string =>
  name || methodName(config);
