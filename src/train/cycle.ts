/**
 * The cycle of method.md §2: retrieve → answer twice → reward → optimise → evaluate. `plan.ts` says what comes when;
 * here each piece is done, and after each the run can be stored, paused or stopped.
 */

import { baselines } from "../core/baselines.ts";
import type { RunConfig } from "../core/config.ts";
import { firstQuestions } from "../core/questions.ts";
import { type Answer, answerBriefly, respond } from "./answers.ts";
import { checkRun } from "./checkRun.ts";
import { type CycleContext, type CycleDeps, type Entry, type RunData, sit } from "./context.ts";
import type { Control } from "./control.ts";
import { weighTokens } from "./credit.ts";
import { measure, PROBE_QUESTIONS, recordCycle } from "./evaluate.ts";
import { type ByForm, formsOf } from "./forms.ts";
import { measureFurther } from "./further.ts";
import { longestTogether } from "./longest.ts";
import { lookUp } from "./lookUp.ts";
import { openMeter } from "./meter.ts";
import { answerOpenBook, rewardAnswers, tryCandidate } from "./openBook.ts";
import { updateOnce } from "./optimise.ts";
import { type Piece, planRun } from "./plan.ts";
import { openPrompts } from "./prompts.ts";
import { readForeign } from "./reading.ts";
import { retainedCount, retainedRows } from "./retention.ts";
import { drawSamples } from "./samples.ts";
import { makeSoftTargets, softRows } from "./softTargets.ts";
import { type Checkpoint, newState, takenUp } from "./state.ts";

/**
 * Runs `config` from its start, with the adapter as it is, or from a checkpoint, whose adapter is put back: then every
 * number but the seconds is that of an uninterrupted run.
 * @returns "stopped" when `control` ended it, with a checkpoint of that moment stored
 * @throws LabError bad-config, bad-data or out-of-memory before any work; not-finite with the update's number
 */
export async function runCycles(
  config: RunConfig,
  data: RunData,
  deps: CycleDeps,
  control: Control,
  from: Checkpoint | null,
): Promise<"finished" | "stopped"> {
  const sets = firstQuestions(data, config.questions);
  checkRun(config, sets);
  const plan = planRun(config, sets.twohop.length > 0);
  const run = await openRun(config, sets, deps, plan, from);
  const { state } = run;
  let since = deps.now(); // ms; pauses are left out
  let storedAt = since;

  while (state.position < plan.length) {
    const piece = plan[state.position]!;
    const entry = await perform(run, piece);
    state.position++;
    state.rows += entry.rows.length;
    state.seconds += (deps.now() - since) / 1000;

    let stored = piece.work === "record" || deps.now() - storedAt >= deps.checkpointSeconds * 1000;
    if (stored) storedAt = deps.now();
    if (stored || entry.rows.length > 0) {
      await deps.store({ ...entry, checkpoint: stored ? await checkpointOf(run) : null });
    }
    const next = plan[state.position];
    if (next === undefined) break;
    const stepEnds = piece.work === "update" || next.phase !== piece.phase;
    const goOn = await control.between(stepEnds, async () => {
      if (!stored) await deps.store({ ...NOTHING, checkpoint: await checkpointOf(run) });
      stored = true;
    });
    if (!goOn) return "stopped";
    since = deps.now();
  }
  return "finished";
}

/** Retrieves the passages, which depend on documents and embedder only, and takes the run up where it was. */
async function openRun(
  config: RunConfig,
  data: RunData,
  deps: CycleDeps,
  plan: Piece[],
  from: Checkpoint | null,
): Promise<CycleContext> {
  const state = from === null ? newState() : takenUp(from.state, config);
  const cycle = plan[state.position]?.cycle ?? config.cycles;
  const announce = (done: number, of: number): void =>
    deps.onProgress({
      phase: "retrieving",
      cycle,
      cycles: config.cycles,
      done,
      of,
      secondsLeft: null,
      tokensPerSecond: null,
    });
  const found = await lookUp(config, data, deps, announce);
  const { views, Z, elsewhere, reading } = found;
  deps.onBaselines(baselines(data.test, Z.test, data.train));
  if (from !== null) deps.policy.writeState(from.adapter);
  const prompts = openPrompts(deps.tokenizer, config);
  const untaught = [{ questions: data.test, Z: Z.test }, elsewhere, reading].filter((set) => set !== null);
  const all = {
    train: views.map(({ question }) => question),
    test: untaught.flatMap(({ questions }) => questions),
  };
  const allZ = { train: Z.train, test: untaught.flatMap((set) => set.Z) };
  deps.onMemory(await deps.policy.fit(longestTogether(config, all, allZ, prompts)));
  return {
    config,
    data,
    deps,
    prompts,
    ...found,
    chains: null,
    retained: null,
    targets: null,
    state,
    meter: openMeter(plan, deps.now, deps.onProgress),
  };
}

/** One piece of the plan; what it found out goes into the run's state, what others should know is returned. */
async function perform(run: CycleContext, piece: Piece): Promise<Omit<Entry, "checkpoint">> {
  const { config, state, meter } = run;
  const updating = piece.work === "update";
  meter.begin(state.position, updating ? state.updates % config.updates : 0, sizeOf(run, piece));
  let entry = NOTHING;
  switch (piece.work) {
    case "preferred":
      state.preferred = await answerOpenBook(run);
      run.chains = null;
      run.retained = null;
      break;
    case "samples":
      state.samples = await drawSamples(run, piece.cycle);
      break;
    case "rejected":
      state.rejected = await answerClosedBook(run);
      break;
    case "reward":
      state.grades = await rewardAnswers(run, state.preferred!); // the piece before
      break;
    case "candidate":
      await tryCandidate(run, piece.cycle, piece.candidate!);
      break;
    case "credit":
      state.credit = await weighTokens(run);
      break;
    case "reading":
      state.reading = await readForeign(run);
      break;
    case "teach":
      run.targets = null; // of what was said before
      await makeSoftTargets(run, meter.advance);
      if (config.retain > 0) await retainedRows(run, (rows) => meter.advance(softRows(run) + rows));
      break;
    case "update":
      entry = { rows: [await updateOnce(run, piece.cycle)], answers: null };
      break;
    case "record": {
      const { row, answers } = recordCycle(run, piece.cycle);
      entry = { rows: [row], answers };
      break;
    }
    case "closed_exact":
    case "open_exact":
    case "twohop_explained":
    case "other_open":
    case "other_open_response":
      await measureFurther(run, piece.work);
      break;
    default:
      await measure(run, piece.work);
  }
  meter.end();
  return entry;
}

/**
 * y_l: what the model as it is says without the book. A brief choice among options is known already, the evaluation of
 * `closed_train` just before has made it; left are explanations, and brief answers where there are no options.
 */
async function answerClosedBook(run: CycleContext): Promise<ByForm<Answer[]>> {
  const { config, data, state } = run;
  const sitting = sit(run, null);
  const rejected: ByForm<Answer[]> = { ...state.rejected };
  const forms = formsOf(config);
  if (forms.includes("brief") && rejected.brief === undefined) {
    rejected.brief = await answerBriefly(data.train, sitting);
  }
  if (forms.includes("explain")) rejected.explain = await respond(data.train, sitting);
  return rejected;
}

/** Questions or updates in a piece. */
function sizeOf(run: CycleContext, { work }: Piece): number {
  const { config, data, views, elsewhere, reading } = run;
  switch (work) {
    case "preferred":
    case "reward":
      return views.length * formsOf(config).length;
    case "candidate":
      return views.length;
    case "credit":
      return 2 * views.length * formsOf(config).length; // with the book and without
    case "samples":
      return data.train.length * formsOf(config).length * config.num_generations;
    case "teach":
      return softRows(run) + retainedCount(run);
    case "reading":
      return (reading?.questions.length ?? 0) * formsOf(config).length;
    case "rejected":
    case "closed_train":
      return data.train.length;
    case "update":
      return config.updates;
    case "closed_2hop":
    case "twohop_explained":
      return data.twohop.length;
    case "other_open":
    case "other_open_response":
      return elsewhere?.questions.length ?? 0;
    case "kl":
      return Math.min(PROBE_QUESTIONS, data.test.length);
    case "record":
      return 1;
    default:
      return data.test.length;
  }
}

const NOTHING: Omit<Entry, "checkpoint"> = { rows: [], answers: null };

const checkpointOf = async ({ state, deps }: CycleContext): Promise<Checkpoint> => ({
  state: structuredClone(state),
  adapter: await deps.policy.readState(),
});
