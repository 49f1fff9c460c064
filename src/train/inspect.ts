/** One question looked at closely, and questions asked freely: what the page shows beside the plot. */
import type { RunConfig } from "../core/config.ts";
import type { AskReply } from "../core/messages.ts";
import type { ModelWords } from "../core/modelWords.ts";
import type {
  AnswerRecord,
  Entail,
  Inspection,
  Question,
  QuestionSet,
  RetrievedPassage,
} from "../core/run.ts";
import type { Inference, Policy } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";
import { type Answer, chooseOptions, respond, type Sitting } from "./answers.ts";
import { finishResponses } from "./elicit.ts";
import { entailedParts } from "./entailed.ts";
import { formsOf } from "./forms.ts";
import { greedily, MAX_NEW_TOKENS, MAX_THINKING_TOKENS } from "./greedily.ts";
import { openPrompts, said, userTurn } from "./prompts.ts";
import { splitThinking } from "./response.ts";
import { grade, isRight } from "./reward.ts";

interface Engine {
  policy: Policy;
  tokenizer: ChatTokenizer;
}

/** What an inspection needs besides: `entail` null where the run's rewards have no such part. */
interface Marker extends Engine {
  entail: Entail | null;
}

/** Answers a question open and closed book by the model as it is, and closed book by the base, each with its marks. */
export async function inspectQuestion(
  { policy, tokenizer, entail }: Marker,
  config: Pick<RunConfig, "answers" | "gold"> & ModelWords,
  set: QuestionSet,
  index: number,
  question: Question,
  passages: RetrievedPassage[],
): Promise<Inspection> {
  const Z = passages.map(({ text }) => text);
  const prompts = openPrompts(tokenizer, config);
  const explain = formsOf(config).includes("explain") || Object.keys(question.options).length === 0;
  const look = async (open: boolean, adapter: boolean): Promise<AnswerRecord> => {
    const sitting: Sitting = { policy, tokenizer, prompts, adapter, passages: open ? [Z] : null };
    const [answer] = explain ? await respond([question], sitting) : await chooseOptions([question], sitting);
    const context = prompts.ask(question, open ? Z : [], explain);
    return await recordOf(answer!, context, adapter); // one question asked, one answered
  };
  const recordOf = async (answer: Answer, context: number[], adapter: boolean): Promise<AnswerRecord> => {
    const [scored] = await policy.score([{ context, completions: [answer.completion] }], adapter);
    const choice = config.gold ? null : await openBookChoice(adapter);
    const texts = tokenizer.tokenTexts(answer.completion);
    const [entailed] = await entailedParts(entail, [answer], [Z]);
    const marks = config.gold || choice !== null ? grade(question, answer, Z, choice, entailed) : null;
    return {
      text: answer.text,
      correct: isRight(question, answer),
      option_scores: answer.option_scores,
      explanation: answer.explanation,
      rationality: marks?.rationality ?? null,
      reward: marks?.reward ?? null,
      tokens: texts.map((text, t) => ({ text, logprob: scored![0]![t]! })),
    };
  };
  const openBookChoice = async (adapter: boolean): Promise<Answer | null> =>
    (await chooseOptions([question], { policy, tokenizer, prompts, adapter, passages: [Z] }))[0]!;
  return {
    set,
    index,
    question,
    passages,
    open: await look(true, true),
    closed: await look(false, true),
    closed_before: await look(false, false),
  };
}

/** A free question, answered greedily with the passages and without, by the adapter or the base. */
export async function askFreely(
  { model, tokenizer }: { model: Inference; tokenizer: ChatTokenizer },
  words: ModelWords,
  question: string,
  passages: RetrievedPassage[],
  { explain, thinking, adapter }: { explain: boolean; thinking: boolean; adapter: boolean },
): Promise<AskReply> {
  const asked = { question, options: {} };
  const books = [passages.map(({ text }) => text), []];
  const requests = books.map((Z) =>
    greedily(
      tokenizer.promptIds(userTurn(asked, Z, explain, words), { thinking }),
      tokenizer.stopIds,
      thinking ? MAX_THINKING_TOKENS : MAX_NEW_TOKENS,
    ),
  );
  const generated = await model.generate(requests, adapter);
  const spoken = generated.map((ids) => splitThinking(tokenizer.decode(said(ids, tokenizer))));
  if (explain && spoken.every((words) => words.thinking === null)) {
    const prompts = openPrompts(tokenizer, words);
    const begun = requests.map(({ prompt }, i) => ({ question: asked, prompt, ids: generated[i]! }));
    const answers = await finishResponses(begun, { policy: model, tokenizer, prompts, adapter });
    answers.forEach(({ completion }, i) => {
      spoken[i]!.text = tokenizer.decode(completion.slice(0, -1)).trim();
    });
  }
  const [open, closed] = spoken;
  return { open: { ...open!, passages }, closed: closed! };
}
