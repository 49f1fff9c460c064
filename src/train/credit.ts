/**
 * Token credit (method.md §3, `credit`): a token of a taught completion counts by how much the open book made it likelier,
 * the gap itself, token by token.
 */
import { LabError } from "../core/errors.ts";
import type { ScoreRequest } from "../model/policy.ts";
import type { CycleContext } from "./context.ts";
import { type ByForm, formsOf } from "./forms.ts";
import { completionTaught } from "./taught.ts";

const MOST = 5; // nats: beyond, a token is not worth more

/**
 * w_t = ε + clip(open_t − closed_t, 0, 5), from the log-probabilities of the same tokens with and without passages.
 * Plain numbers: a checkpoint keeps them.
 */
export const creditOf = (open: ArrayLike<number>, closed: ArrayLike<number>, epsilon: number): number[] =>
  Array.from(open, (logprob, t) => epsilon + Math.min(Math.max(logprob - closed[t]!, 0), MOST));

/** The weights of every view's taught completion in every form, by the base: once a run while its y_w stay. */
export async function weighTokens(run: CycleContext): Promise<ByForm<number[][]>> {
  const { deps, config, prompts, views, Z, meter } = run;
  const credit: ByForm<number[][]> = {};
  let done = 0;
  for (const form of formsOf(config)) {
    const explain = form === "explain";
    const score = async (passages: (v: number) => string[]): Promise<Float32Array[]> => {
      const requests = views.map(
        ({ question }, v): ScoreRequest => ({
          context: prompts.ask(question, passages(v), explain),
          completions: [completionTaught(run, v, form)],
        }),
      );
      const scored = await deps.policy.score(requests, false, (n) => meter.advance(done + n));
      done += views.length;
      meter.tokens(
        requests.reduce((n, { context, completions }) => n + context.length + completions[0]!.length, 0),
      );
      return scored.map(([logprobs]) => logprobs!);
    };
    const open = await score((v) => Z.train[v]!);
    const closed = await score(() => []);
    credit[form] = open.map((logprobs, v) => {
      const weights = creditOf(logprobs, closed[v]!, config.credit);
      if (weights.every(Number.isFinite)) return weights;
      throw new LabError("not-finite", `"${views[v]!.question.question}": a token's weight is not a number`);
    });
  }
  return credit;
}
