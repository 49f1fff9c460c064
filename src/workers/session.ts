/**
 * The run state machine of the train worker: idle → preparing → running ⇄ paused → finished, stopped or failed. It is the
 * sole writer of a run's record, rows and checkpoints: the database first, then the event.
 */
import { parseRunConfig, type RunConfig } from "../core/config.ts";
import { readCorpusFiles } from "../core/corpus.ts";
import { LabError, reportError } from "../core/errors.ts";
import { fromUrl } from "../core/files.ts";
import type { Progress, TrainCommand, TrainEvent } from "../core/messages.ts";
import type { Question, QuestionSet, RetrievedPassage, RunRecord, RunStatus } from "../core/run.ts";
import type { CausalLm } from "../model/causalLm.ts";
import { loadCheckpoint, resumeRun, saveCheckpoint } from "../storage/checkpoints.ts";
import type { LabDb, StoredCheckpoint } from "../storage/db.ts";
import { readQuestions } from "../storage/questions.ts";
import { getRun, saveRun } from "../storage/runs.ts";
import { getSetting, putSetting } from "../storage/settings.ts";
import type { Entry, RunData } from "../train/context.ts";
import { type Control, openControl } from "../train/control.ts";
import { runCycles } from "../train/cycle.ts";
import { askFreely, inspectQuestion } from "../train/inspect.ts";
import type { CycleState } from "../train/state.ts";
import { attachFor, type Engine, oneAtATime, openEngine, prepareEngine } from "./engine.ts";
import { openPacer } from "./pacer.ts";
import type { SearchClient } from "./searchClient.ts";
import type { TrainingLock } from "./trainingLock.ts";

type Of<T extends TrainCommand["type"]> = Extract<TrainCommand, { type: T }>;

const CHECKPOINT_SECONDS = 5; // of work that a reload may cost at most

export interface SessionDeps {
  db: Promise<LabDb>;
  search: SearchClient;
  lock: TrainingLock;
  post(event: TrainEvent): void;
}

interface Active {
  run: RunRecord;
  control: Control;
  status: RunStatus;
}

export class Session {
  readonly #deps: SessionDeps;
  #engine: Promise<Engine> | null = null;
  #lm: Promise<CausalLm> | null = null;
  #active: Active | null = null;
  #attached: string | null = null; // the run whose adapter is on the model

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** Loads the model and says so; then chooses the kernels and says that. */
  async open({ site, model }: Of<"open">): Promise<void> {
    this.#engine = openEngine(site, model);
    const engine = await this.#engine;
    this.#deps.post({ type: "opened", info: engine.info });
    const elsewhere = await this.#deps.lock.elsewhere();
    if (elsewhere !== undefined) this.#deps.post({ type: "locked", runId: elsewhere });
    const db = await this.#deps.db;
    const name = `variants of ${engine.info.gpuAdapter}`;
    const saved = (await getSetting(db, name)) as Record<string, string> | undefined;
    this.#lm = prepareEngine(engine, saved ?? null);
    const { variants } = await this.#lm;
    this.#deps.post({ type: "prepared" });
    await putSetting(db, name, variants);
  }

  async start({ runId, name, createdAt, config: raw, step }: Of<"start">): Promise<void> {
    const config = parseRunConfig(raw);
    if (!(await this.#takeLock(runId))) return;
    const engine = await this.#opened();
    const run: RunRecord = {
      id: runId,
      name,
      createdAt,
      config,
      status: "preparing",
      cycle: 0,
      update: 0,
      checkpointId: null,
      baselines: null,
      gpuAdapter: engine.info.gpuAdapter,
      variants: null,
      error: null,
    };
    await saveRun(await this.#deps.db, run);
    this.#deps.post({ type: "run", run });
    await this.#run(run, null, step);
  }

  /** Goes on with a paused run, or with one that an earlier page left behind. */
  async resume({ runId, step }: Of<"resume">): Promise<void> {
    const active = this.#active;
    if (active?.run.id === runId) {
      this.#setStatus("running");
      return step ? active.control.step() : active.control.resume();
    }
    if (!(await this.#takeLock(runId))) return;
    const { run, checkpoint } = await resumeRun(await this.#deps.db, runId);
    await this.#run({ ...run, error: null }, checkpoint, step);
  }

  step(runId: string): void {
    if (this.#active?.run.id !== runId) return;
    this.#setStatus("running");
    this.#active.control.step();
  }

  pause(runId: string): void {
    if (this.#active?.run.id !== runId || this.#active.status !== "running") return;
    this.#setStatus("pausing");
    this.#active.control.pause();
  }

  /** Ends a run; one that only the database knows of is marked so. */
  async stop(runId: string): Promise<void> {
    if (this.#active?.run.id === runId) return this.#active.control.stop();
    const db = await this.#deps.db;
    const run = await getRun(db, runId);
    if (run !== null) await this.#keep({ ...run, status: "stopped" });
  }

  async inspect({ requestId, runId, set, index, config }: Of<"inspect">): Promise<void> {
    const { engine, lm } = await this.#modelOf(runId, config);
    const questions = (await this.#data(config))[set satisfies QuestionSet];
    const question = questions[index];
    if (!question)
      throw new LabError(
        "not-found",
        `there is no question ${index + 1} in "${set}", it has ${questions.length}`,
      );
    const [passages] = await this.#search(config, [question], lm);
    const inspection = await inspectQuestion(
      { policy: this.#policy(lm), tokenizer: engine.tokenizer },
      config,
      set,
      index,
      question,
      passages!,
    );
    this.#deps.post({ type: "inspection", requestId, inspection });
  }

  async ask({ requestId, runId, question, explain, adapter, config }: Of<"ask">): Promise<void> {
    const { engine, lm } = await this.#modelOf(runId, config);
    const [passages] = await this.#search(config, [{ question }], lm);
    const reply = await askFreely(
      { policy: this.#policy(lm), tokenizer: engine.tokenizer },
      question,
      passages!,
      explain,
      adapter,
    );
    this.#deps.post({ type: "reply", requestId, reply });
  }

  async export({ requestId, runId }: Of<"export">): Promise<void> {
    const run = await getRun(await this.#deps.db, runId);
    if (run === null)
      throw new LabError("not-found", `the run ${runId} is not stored here: it may have been deleted`);
    const { lm } = await this.#modelOf(runId, run.config);
    const files = await lm.exportAdapter(run.config.model);
    this.#deps.post({ type: "exported", requestId, files });
  }

  // ---- the run ----

  async #run(record: RunRecord, checkpoint: StoredCheckpoint | null, step: boolean): Promise<void> {
    const { db: opening, lock, post } = this.#deps;
    const control = openControl(step ? "step" : "run", () => void this.#pausedOrFailed());
    const active: Active = { run: record, control, status: "preparing" };
    this.#active = active;
    const pacer = openPacer<Progress>((progress) =>
      post({ type: "progress", runId: record.id, progress: { ...progress, status: active.status } }),
    );
    pacer.say({
      status: "preparing",
      phase: "preparing",
      cycle: record.cycle,
      cycles: record.config.cycles,
      done: 0,
      of: 1,
      secondsLeft: null,
      tokensPerSecond: null,
    });
    try {
      const db = await opening;
      const engine = await this.#opened();
      const lm = await this.#withVariants(record.variants);
      const { config } = record;
      const data = await this.#data(config);
      const state = checkpoint && { weights: checkpoint.weights, m: checkpoint.m, v: checkpoint.v };
      await attachFor(engine, lm, config, state);
      this.#attached = record.id;
      active.status = "running";
      await this.#keep({ ...record, status: "running", variants: lm.variants });
      const outcome = await runCycles(
        config,
        data,
        {
          policy: this.#policy(lm),
          tokenizer: engine.tokenizer,
          retrieve: (questions, k) =>
            this.#search(
              { ...config, k },
              questions.map((question) => ({ question })),
              lm,
            ),
          now: () => performance.now(),
          checkpointSeconds: CHECKPOINT_SECONDS,
          store: (entry) => this.#store(db, active, entry),
          onBaselines: (baselines) => {
            active.run = { ...active.run, baselines };
          },
          onProgress: (progress) => pacer.say({ ...progress, status: active.status }),
        },
        control,
        checkpoint && { state: checkpoint.state as CycleState, adapter: state! },
      );
      await this.#keep({ ...active.run, status: outcome });
    } catch (error) {
      await this.#keep({ ...active.run, status: "failed", error: reportError(error).message });
      post({ type: "failed", runId: record.id, requestId: null, error: reportError(error) });
    } finally {
      pacer.say({ ...pacer.last, status: active.run.status });
      pacer.flush();
      this.#active = null;
      lock.release();
    }
  }

  /** Stores what a boundary left behind, then announces it. */
  async #store(db: LabDb, active: Active, { rows, answers, checkpoint }: Entry): Promise<void> {
    const { post } = this.#deps;
    const list = answers ? [answers] : [];
    const cycle = Math.max(active.run.cycle, ...rows.map((r) => (r.type === "cycle" ? r.cycle : 0)));
    if (checkpoint === null) await saveRun(db, active.run, rows, list);
    else {
      const { state, adapter } = checkpoint;
      active.run = await saveCheckpoint(db, {
        run: active.run,
        checkpoint: { cycle, update: state.updates, ...adapter, state },
        rows,
        answers: list,
      });
      post({ type: "run", run: active.run });
    }
    if (rows.length > 0) post({ type: "metrics", runId: active.run.id, rows });
    if (answers) post({ type: "answers", runId: active.run.id, answers });
  }

  /** Stores a run's record and announces it. */
  async #keep(run: RunRecord): Promise<void> {
    if (this.#active?.run.id === run.id) {
      this.#active.run = run;
      this.#active.status = run.status;
    }
    await saveRun(await this.#deps.db, run);
    this.#deps.post({ type: "run", run });
  }

  async #pausedOrFailed(): Promise<void> {
    const active = this.#active;
    if (active === null) return;
    try {
      await this.#keep({ ...active.run, status: "paused" });
    } catch (error) {
      this.#deps.post({ type: "failed", runId: active.run.id, requestId: null, error: reportError(error) });
    }
  }

  #setStatus(status: RunStatus): void {
    if (!this.#active) return;
    const { run } = this.#active;
    this.#active.status = status;
    this.#active.run = { ...run, status };
    this.#deps.post({ type: "run", run: this.#active.run });
  }

  async #takeLock(runId: string): Promise<boolean> {
    const { lock, post } = this.#deps;
    if (this.#active !== null) {
      throw new LabError(
        "busy",
        `the run "${this.#active.run.name}" is under way here: pause and stop it first`,
      );
    }
    if (await lock.take(runId)) return true;
    post({ type: "locked", runId: (await lock.elsewhere()) ?? null });
    return false;
  }

  // ---- what a run or a question needs ----

  async #opened(): Promise<Engine> {
    if (this.#engine === null) throw new LabError("not-found", "no model is open yet");
    return this.#engine;
  }

  async #prepared(): Promise<CausalLm> {
    await this.#opened();
    if (this.#lm === null)
      throw new LabError("not-found", "the GPU is still being prepared: try again in a moment");
    return this.#lm;
  }

  /** The model with the kernels a run began with, so that it goes on to the same bits. */
  async #withVariants(variants: Record<string, string> | null): Promise<CausalLm> {
    const engine = await this.#opened();
    while (this.#lm === null) await new Promise((later) => setTimeout(later, 20)); // `open` is about to set it
    const lm = await this.#lm;
    if (variants === null || JSON.stringify(variants) === JSON.stringify(lm.variants)) return lm;
    lm.destroy();
    this.#attached = null;
    this.#lm = prepareEngine(engine, variants);
    return this.#lm;
  }

  /** The model with the adapter of a run: the one under way, or a stored one's newest checkpoint; null = the base. */
  async #modelOf(runId: string | null, config: RunConfig): Promise<{ engine: Engine; lm: CausalLm }> {
    const engine = await this.#opened();
    const lm = await this.#prepared();
    if (this.#active !== null || runId === this.#attached) return { engine, lm };
    const checkpoint = runId === null ? null : await loadCheckpoint(await this.#deps.db, runId);
    if (this.#active !== null) return { engine, lm }; // one began meanwhile
    if (checkpoint === null) lm.detachAdapter();
    else await attachFor(engine, lm, { ...config, init_adapter: null }, checkpoint);
    this.#attached = runId;
    return { engine, lm };
  }

  readonly #policies = new WeakMap<CausalLm, ReturnType<typeof oneAtATime>>();
  #policy(lm: CausalLm) {
    const known = this.#policies.get(lm) ?? oneAtATime(lm);
    this.#policies.set(lm, known);
    return known;
  }

  /** The questions of a run: below the site, or a visitor's own from the database. */
  async #data(config: RunConfig): Promise<RunData> {
    if (config.data.startsWith("corpus:")) {
      const sets = await readQuestions(await this.#deps.db, config.data);
      return { train: [], test: [], twohop: [], ...sets };
    }
    const { site } = await this.#opened();
    return readCorpusFiles(fromUrl(new URL(config.data, site).href));
  }

  #search(
    config: RunConfig,
    questions: readonly Pick<Question, "question">[],
    lm: CausalLm,
  ): Promise<RetrievedPassage[][]> {
    return this.#deps.search.search({
      corpus: config.data,
      queries: questions.map((q) => q.question),
      retrieval: config.retrieval,
      k: config.k,
      tokenBudget: Math.floor(lm.config.max_position_embeddings / 2), // the rest is for question, answer and another tokenizer
    });
  }
}
