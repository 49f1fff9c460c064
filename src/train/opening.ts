/** How a run is opened, the same in the worker and in the runner; a question finds its passages as a run's do. */
import type { Retrieval, RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import type { FileSource } from "../core/files.ts";
import type { Entail, Question, RetrievedPassage } from "../core/run.ts";
import { newLoraConfig } from "../model/adapter.ts";
import type { CausalLm } from "../model/causalLm.ts";
import type { Policy } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";
import type { CycleDeps, RunData } from "./context.ts";
import { type Elsewhere, otherArchive, spreadQuestions } from "./elsewhere.ts";
import { fitContext } from "./fitContext.ts";
import { readingQuestions, readsForeign } from "./reading.ts";

/** Where passages are found: the retrieval worker, or an index in memory. */
export type Find = (
  corpus: string, // as RunConfig.data names it
  queries: string[],
  how: { retrieval: Retrieval; k: number; tokenBudget: number },
) => Promise<RetrievedPassage[][]>;

/** Who reads the passages that are found. */
export interface Reader {
  tokenizer: Pick<ChatTokenizer, "encode">;
  positions: number; // of the model's context
  find: Find;
}

/** What a run is opened with, wherever that lies. */
export interface Sources extends Reader {
  policy: Policy;
  tokenizer: ChatTokenizer;
  entail: Entail | null;
  /** The questions of another archive, whose passages can be found from then on. */
  openOther(corpus: string): Promise<Pick<RunData, "train" | "test">>;
}

/** Tokens that a question's passages may take of a model's context; the rest is for question, answer and another tokenizer. */
export const passageBudget = (positions: number): number => Math.floor(positions / 2);

/** The passages of each question, best first, as far as they fit the model's context. */
export async function passagesFor(
  { data, retrieval, k }: Pick<RunConfig, "data" | "retrieval" | "k">,
  questions: string[],
  { find, positions, tokenizer }: Reader,
): Promise<RetrievedPassage[][]> {
  const found = await find(data, questions, { retrieval, k, tokenBudget: passageBudget(positions) });
  return fitContext(questions, found, positions, tokenizer.encode);
}

/** How a run finds the passages of its own questions and of the other archives that its settings name. */
export async function lookedUpBy(
  config: RunConfig,
  sources: Reader & Pick<Sources, "openOther">,
): Promise<Pick<CycleDeps, "retrieve" | "elsewhere" | "reading">> {
  const besides = async (
    key: "other_data" | "retain_data",
    chosen: (sets: Pick<RunData, "train" | "test">) => Question[],
  ): Promise<Elsewhere> => {
    const data = config[key]!; // asked for where it is named
    const sets = await sources.openOther(data).catch(unread(key));
    return {
      questions: chosen(sets),
      retrieve: (questions, k) => passagesFor({ ...config, data, k }, questions, sources),
    };
  };
  return {
    retrieve: (questions, k) => passagesFor({ ...config, k }, questions, sources),
    elsewhere:
      otherArchive(config) === null
        ? null
        : await besides("other_data", ({ test }) => spreadQuestions(test, config.questions)),
    reading: readsForeign(config)
      ? await besides("retain_data", (sets) => readingQuestions(sets, config))
      : null,
  };
}

/** The world of a run but for where it is stored and who watches. */
export async function openDeps(
  config: RunConfig,
  sources: Sources,
): Promise<
  Pick<CycleDeps, "policy" | "tokenizer" | "retrieve" | "elsewhere" | "reading" | "entail" | "now">
> {
  const { policy, tokenizer, entail } = sources;
  return {
    policy,
    tokenizer,
    ...(await lookedUpBy(config, sources)),
    entail,
    now: () => performance.now(),
  };
}

const WAY_OUT = {
  other_data: "set it to null to do without reading elsewhere",
  retain_data: "set it to null to keep its own questions readable",
};

/** Another archive that cannot be read: the error names the setting and the way out. */
const unread =
  (key: keyof typeof WAY_OUT) =>
  (error: unknown): never => {
    if (!(error instanceof LabError)) throw error;
    throw new LabError(error.code, `${key}: ${error.message}; ${WAY_OUT[key]}`, { cause: error });
  };

/** Attaches what a run starts from: a fresh adapter, or the PEFT folder that `folder` opens. @throws LabError bad-model, not-found */
export async function attachStart(
  lm: CausalLm,
  config: RunConfig,
  folder: (path: string) => FileSource,
): Promise<void> {
  if (config.init_adapter === null) lm.newAdapter(newLoraConfig(config), config.seed);
  else await lm.attachAdapter(folder(config.init_adapter));
}
