/** The model's own closed-book answers, drawn several to a question and marked: what `grpo` learns from. */
import { hash3 } from "../core/rng.ts";
import { type Answer, type Draw, respond, sayBriefly } from "./answers.ts";
import { type CycleContext, sit } from "./context.ts";
import { entailedParts } from "./entailed.ts";
import { type ByForm, formsOf } from "./forms.ts";
import { grade } from "./reward.ts";

const TEMPERATURE = 1; // the policy itself

/** Plain data: a checkpoint keeps it. */
export interface Sample {
  completion: number[];
  reward: number;
}

/** `num_generations` samples of every training question in every form, by the model as it is at the start of `cycle`. */
export async function drawSamples(run: CycleContext, cycle: number): Promise<ByForm<Sample[][]>> {
  const { config, data, deps, meter, Z } = run;
  const G = config.num_generations;
  const each = data.train.flatMap((question, of) =>
    Array.from({ length: G }, (_, g) => ({ question, of, g })),
  );
  const questions = each.map(({ question }) => question);
  const passages = each.map(({ of }) => Z.train[of]!); // that an explanation is marked by, though it never saw them
  const samples: ByForm<Sample[][]> = {};
  let done = 0;
  for (const form of formsOf(config)) {
    const seed = hash3(config.seed, cycle, form === "explain" ? 1 : 0);
    const draws = each.map(({ of, g }): Draw => ({ temperature: TEMPERATURE, seed: hash3(seed, of, g) }));
    const sitting = { ...sit(run, null), onProgress: (n: number) => meter.advance(done + n) };
    const answer = form === "explain" ? respond : sayBriefly;
    const said: Answer[] = await answer(questions, sitting, draws);
    const entailed = await entailedParts(deps.entail, said, passages);
    const marked = said.map((one, i): Sample => {
      const { reward } = grade(questions[i]!, one, passages[i]!, null, entailed[i]);
      return { completion: one.completion, reward };
    });
    samples[form] = data.train.map((_, of) => marked.slice(of * G, (of + 1) * G));
    done += questions.length;
  }
  return samples;
}
