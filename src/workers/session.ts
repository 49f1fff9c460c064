/**
 * The run state machine of the train worker: idle → preparing → running ⇄ paused → finished, stopped or failed. It is the
 * sole writer of a run's record, rows and checkpoints: the database first, then the event.
 */
import { parseRunConfig, type RunConfig } from "../core/config.ts";
import { type ErrorReport, LabError, reportError } from "../core/errors.ts";
import { fromBlobs, fromUrl } from "../core/files.ts";
import { type Fingerprint, fingerprintOf, requireSame } from "../core/fingerprint.ts";
import type { AskReply, ExportedFile, Progress, TrainEvent, TrainRequests } from "../core/messages.ts";
import { absoluteModel } from "../core/models.ts";
import type { Handlers } from "../core/requests.ts";
import type {
  Entail,
  Inspection,
  Question,
  QuestionSet,
  RetrievedPassage,
  RunRecord,
  RunStatus,
} from "../core/run.ts";
import { readCorpusFiles } from "../documents/corpus.ts";
import type { CausalLm } from "../model/causalLm.ts";
import type { Policy } from "../model/policy.ts";
import { passageBudget } from "../retrieval/search.ts";
import { loadCheckpoint, resumeRun, saveCheckpoint } from "../storage/checkpoints.ts";
import { getCorpus, readDocuments } from "../storage/corpora.ts";
import type { LabDb, StoredCheckpoint } from "../storage/db.ts";
import { readQuestions } from "../storage/questions.ts";
import { getRun, saveRun } from "../storage/runs.ts";
import type { Entry, RunData } from "../train/context.ts";
import { type Control, openControl } from "../train/control.ts";
import { firstQuestions, runCycles } from "../train/cycle.ts";
import { type Elsewhere, otherArchive, spreadQuestions } from "../train/elsewhere.ts";
import { fitContext } from "../train/fitContext.ts";
import { askFreely, inspectQuestion } from "../train/inspect.ts";
import { scoreOptions } from "../train/judge.ts";
import { openPrompts } from "../train/prompts.ts";
import type { CycleState } from "../train/state.ts";
import { AdapterShelf } from "./adapterShelf.ts";
import { type Engine, inTurn, oneAtATime } from "./engine.ts";
import { exportedFiles } from "./exportedFiles.ts";
import { ModelHost } from "./modelHost.ts";
import { openPacer } from "./pacer.ts";
import { openQueue, type Queue } from "./queue.ts";
import type { SearchClient } from "./searchClient.ts";
import type { TrainingLock } from "./trainingLock.ts";

type Of<K extends keyof TrainRequests> = TrainRequests[K]["ask"];

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

/** Each public method answers the request of its name. */
export class Session implements Handlers<TrainRequests> {
  readonly #deps: SessionDeps;
  readonly #host: ModelHost;
  readonly #shelf = new AdapterShelf();
  #active: Active | null = null;
  #claimed = false; // a run is under way here, or about to be

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#host = new ModelHost(deps.db, deps.post);
  }

  connect({ port }: Of<"connect">): void {
    this.#deps.search.connect(port);
  }

  /** Loads the model, in the place of another one if need be; says whether another tab trains. */
  async open({ site, model }: Of<"open">): Promise<void> {
    if (this.#claimed && this.#host.name !== model) throw this.#busy();
    await this.#host.open(site, model);
    const elsewhere = await this.#deps.lock.elsewhere();
    if (elsewhere !== undefined) this.#deps.post({ type: "locked", runId: elsewhere });
  }

  /** Chooses the kernels. */
  async prepare(): Promise<void> {
    await this.#host.exclusively(() => this.#host.model());
  }

  async start(command: Of<"start">): Promise<void> {
    const config = parseRunConfig(command.config);
    await this.#alone(command.runId, () => this.#begin({ ...command, config }));
  }

  async #begin({ runId, name, createdAt, config, step }: Of<"start">): Promise<void> {
    await this.#host.exclusively(() => this.#host.use(config.model));
    const { info } = await this.#host.engine();
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
      memory: null,
      gpuAdapter: info.gpuAdapter,
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
    await this.#alone(runId, async () => {
      await this.#requireSameData(runId);
      const { run, checkpoint } = await resumeRun(await this.#deps.db, runId);
      await this.#run({ ...run, error: null }, checkpoint, step);
    });
  }

  /** Refuses to go on with a run where its data has changed since it began; before anything stored is touched. */
  async #requireSameData(runId: string): Promise<void> {
    const run = await getRun(await this.#deps.db, runId);
    if (!run?.fingerprint || run.checkpointId === null) return; // from its beginning it can take what is there
    const now = await this.#fingerprint(run.config, await this.#data(run.config.data));
    if (now !== null) requireSame(`the run "${run.name}"`, run.fingerprint, now);
  }

  step({ runId }: Of<"step">): void {
    if (this.#active?.run.id !== runId) return;
    this.#setStatus("running");
    this.#active.control.step();
  }

  pause({ runId }: Of<"pause">): void {
    if (this.#active?.run.id !== runId || this.#active.status !== "running") return;
    this.#setStatus("pausing");
    this.#active.control.pause();
  }

  /** Ends a run; one that only the database knows of is marked so. */
  async stop({ runId }: Of<"stop">): Promise<void> {
    if (this.#active?.run.id === runId) return this.#active.control.stop();
    const db = await this.#deps.db;
    const run = await getRun(db, runId);
    if (run !== null) await this.#keep({ ...run, status: "stopped" });
  }

  async inspect({ runId, set, index, config }: Of<"inspect">): Promise<Inspection> {
    return this.#withModel(runId, config, async (engine, lm) => {
      const questions = (await this.#data(config.data))[set satisfies QuestionSet] ?? [];
      const question = questions[index];
      if (!question)
        throw new LabError(
          "not-found",
          `there is no question ${index + 1} in "${set}", it has ${questions.length}`,
        );
      const [passages] = await this.#search(config, [question], lm);
      return inspectQuestion(
        {
          policy: this.#policy(lm),
          tokenizer: engine.tokenizer,
          entail: this.#entail(config, engine.site),
        },
        config,
        set,
        index,
        question,
        passages!,
      );
    });
  }

  async ask({ runId, question, adapter, config, ...how }: Of<"ask">): Promise<AskReply> {
    const answer = async ({ tokenizer }: Engine, lm: CausalLm): Promise<AskReply> => {
      const [passages] = await this.#search(config, [{ question }], lm);
      const model = inTurn(adapter === null ? lm : this.#shelf.using(lm, adapter), this.#queue(lm));
      const asked = { ...how, adapter: adapter !== null };
      return askFreely({ model, tokenizer }, config, question, passages!, asked);
    };
    const ofRun = adapter !== null && adapter.name === null;
    return ofRun ? this.#withModel(runId, config, answer) : this.#onModel(config.model, answer);
  }

  /** Scores the options of made questions by the base; whoever asks stops by asking no more. */
  async judge(
    { sittings, config }: Of<"judge">,
    onProgress: (progress: TrainRequests["judge"]["progress"]) => void,
  ): Promise<number[][]> {
    return this.#onModel(config.model, ({ tokenizer }, lm) => {
      const reader = {
        policy: inTurn(lm, this.#queue(lm)),
        prompts: openPrompts(tokenizer, config),
        encode: tokenizer.encode,
        positions: lm.config.max_position_embeddings,
      };
      return scoreOptions(sittings, reader, (done) => onProgress({ done, of: sittings.length }));
    });
  }

  /** Keeps an adapter beside the run's own, to be asked. */
  async loadAdapter({ name, files }: Of<"loadAdapter">): Promise<string[]> {
    const { model } = await this.#host.engine();
    await this.#shelf.put(name, fromBlobs(new Map(files.map((file) => [file.name, file]))), model.config);
    return this.#shelf.names;
  }

  async unloadAdapter({ name }: Of<"unloadAdapter">): Promise<string[]> {
    await this.#onModel(null, async (_engine, lm) => this.#shelf.remove(name, lm));
    return this.#shelf.names;
  }

  async export({ runId, format }: Of<"export">): Promise<ExportedFile[]> {
    const run = await getRun(await this.#deps.db, runId);
    if (run === null)
      throw new LabError("not-found", `the run ${runId} is not stored here: it may have been deleted`);
    const { engine, weights } = await this.#withModel(runId, run.config, async (engine, lm) => ({
      engine,
      weights: await lm.adapter.read(),
    }));
    return exportedFiles(format, engine, weights, run.config.model);
  }

  // ---- the run ----

  async #run(record: RunRecord, checkpoint: StoredCheckpoint | null, step: boolean): Promise<void> {
    const { db: opening, post } = this.#deps;
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
    let end: RunRecord;
    let failure: ErrorReport | null = null;
    try {
      const db = await opening;
      const { config } = record;
      const notes: string[] = [];
      const data = await this.#data(config.data, (note) => notes.push(note));
      const state = checkpoint && { weights: checkpoint.weights, m: checkpoint.m, v: checkpoint.v };
      const lm = await this.#host.exclusively(async () => {
        await this.#host.use(config.model);
        const ready = await this.#host.model(record.variants);
        await this.#host.attach(ready, record.id, config, state);
        return ready;
      });
      const { tokenizer, site } = await this.#host.engine();
      active.status = "running";
      const fingerprint =
        checkpoint === null ? await this.#fingerprint(config, data) : (record.fingerprint ?? null);
      await this.#keep({ ...record, status: "running", variants: lm.variants, fingerprint, notes });
      const outcome = await runCycles(
        config,
        data,
        {
          policy: this.#policy(lm),
          tokenizer,
          retrieve: (questions, k) => this.#search({ ...config, k }, questions.map(asked), lm),
          elsewhere: await this.#elsewhere(config, site, lm),
          entail: this.#entail(config, site),
          now: () => performance.now(),
          checkpointSeconds: CHECKPOINT_SECONDS,
          store: (entry) => this.#store(db, active, entry),
          onBaselines: (baselines) => {
            active.run = { ...active.run, baselines };
          },
          onMemory: (memory) => {
            active.run = { ...active.run, memory };
          },
          onProgress: (progress) => pacer.say({ ...progress, status: active.status }),
        },
        control,
        checkpoint && { state: checkpoint.state as CycleState, adapter: state! },
      );
      end = { ...active.run, status: outcome };
    } catch (error) {
      failure = reportError(error);
      end = { ...active.run, status: "failed", error: failure.message };
    }
    try {
      await saveRun(await opening, end);
    } catch (error) {
      failure ??= reportError(error); // often what has failed already: the storage
    }
    active.status = end.status;
    pacer.say(pacer.last);
    pacer.flush();
    this.#release(); // who hears of the end can begin anew
    post({ type: "run", run: end });
    if (failure !== null) post({ type: "failed", runId: record.id, error: failure });
  }

  /** Stores what a boundary left behind, then announces it. */
  async #store(db: LabDb, active: Active, { rows, answers, checkpoint }: Entry): Promise<void> {
    const { post } = this.#deps;
    const list = answers ? [answers] : [];
    const cycle = Math.max(active.run.cycle, ...rows.map((r) => (r.type === "cycle" ? r.cycle : 0)));
    if (checkpoint === null) await saveRun(db, active.run, rows, list);
    else {
      const { state, adapter } = checkpoint;
      const stored = await saveCheckpoint(db, {
        run: active.run,
        checkpoint: { cycle, update: state.updates, ...adapter, state },
        rows,
        answers: list,
      });
      active.run = { ...stored, status: active.status }; // pause may have been asked for meanwhile
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
      this.#deps.post({ type: "run", run: active.run }); // it stands all the same, behind its checkpoint
      this.#deps.post({ type: "failed", runId: active.run.id, error: reportError(error) });
    }
  }

  #setStatus(status: RunStatus): void {
    if (!this.#active) return;
    const { run } = this.#active;
    this.#active.status = status;
    this.#active.run = { ...run, status };
    this.#deps.post({ type: "run", run: this.#active.run });
  }

  /** Does `work` as the only one that trains, here and in all tabs; says so where another tab is. */
  async #alone(runId: string, work: () => Promise<void>): Promise<void> {
    const { lock, post } = this.#deps;
    if (this.#claimed) throw this.#busy();
    this.#claimed = true;
    try {
      if (await lock.take(runId)) await work();
      else post({ type: "locked", runId: (await lock.elsewhere()) ?? null });
    } finally {
      this.#release();
    }
  }

  #busy(): LabError {
    const name = this.#active === null ? "a run" : `the run "${this.#active.run.name}"`;
    return new LabError("busy", `${name} is under way here: pause and stop it first`);
  }

  #release(): void {
    this.#active = null;
    this.#claimed = false;
    this.#deps.lock.release();
  }

  // ---- what a run or a question needs ----

  /** The model with a run's adapter: of the run under way, or a stored one's newest checkpoint; null = the base. */
  #withModel<T>(
    runId: string | null,
    config: RunConfig,
    work: (engine: Engine, lm: CausalLm) => Promise<T>,
  ): Promise<T> {
    const host = this.#host;
    return this.#onModel(config.model, async (engine, lm) => {
      if (runId !== host.attached) {
        const active = this.#active; // until its adapter is on the model, the model is free
        if (active !== null && host.attached === active.run.id) {
          throw new LabError("busy", `the run "${active.run.name}" has the model: pause and stop it first`);
        }
        const checkpoint = runId === null ? null : await loadCheckpoint(await this.#deps.db, runId);
        if (checkpoint === null || runId === null) host.detach(lm);
        else await host.attach(lm, runId, { ...config, init_adapter: null }, checkpoint);
      }
      return work(engine, lm);
    });
  }

  /** A model (null: the one that is open), whatever adapter is on it. */
  #onModel<T>(model: string | null, work: (engine: Engine, lm: CausalLm) => Promise<T>): Promise<T> {
    const host = this.#host;
    return host.exclusively(async () => {
      if (model !== null && model !== host.name) {
        if (this.#claimed) throw this.#busy();
        await host.use(model);
      }
      const lm = await host.model();
      return work(await host.engine(), lm);
    });
  }

  readonly #queues = new WeakMap<CausalLm, Queue>();
  #queue(lm: CausalLm): Queue {
    const known = this.#queues.get(lm) ?? openQueue();
    this.#queues.set(lm, known);
    return known;
  }

  #policy(lm: CausalLm): Policy {
    return oneAtATime(lm, this.#queue(lm));
  }

  /** The questions of a run: below the site, or a visitor's own from the database. */
  async #data(id: string, onNote?: (note: string) => void): Promise<RunData> {
    if (isOwn(id)) {
      const sets = await readQuestions(await this.#deps.db, id);
      return { train: [], test: [], twohop: [], ...sets };
    }
    const { site } = await this.#host.engine();
    return readCorpusFiles(fromUrl(new URL(id, site).href), (name) => name, onNote);
  }

  /** The other archive of the settings, indexed here if it is the site's; null without one. */
  async #elsewhere(config: RunConfig, site: string, lm: CausalLm): Promise<Elsewhere | null> {
    const other = otherArchive(config);
    if (other === null) return null;
    if (!isOwn(other)) {
      const { documents } = await readCorpusFiles(fromUrl(new URL(other, site).href)).catch(unread);
      const embedder = absoluteModel(config.embedder, site);
      await this.#deps.search.ask("index", { corpus: other, embedder, documents });
    }
    const { test } = await this.#data(other);
    return {
      questions: spreadQuestions(test, config.questions),
      retrieve: (questions, k) => this.#search({ ...config, data: other, k }, questions.map(asked), lm),
    };
  }

  /** Of what a run works on, as it is stored now; null where nothing is indexed, which the search will say. */
  async #fingerprint(config: RunConfig, data: RunData): Promise<Fingerprint | null> {
    const db = await this.#deps.db;
    const { site } = await this.#host.engine();
    const [corpus, documents] = await Promise.all([
      getCorpus(db, config.data),
      readDocuments(db, config.data),
    ]);
    if (corpus === null) return null;
    const embedder = corpus.embedder.startsWith(site) ? corpus.embedder.slice(site.length) : corpus.embedder;
    return fingerprintOf(documents, firstQuestions(data, config.questions), embedder);
  }

  /** What says of an explanation whether the passages say it too; null where the settings name no model for it. */
  #entail({ nli = null }: RunConfig, site: string): Entail | null {
    if (nli === null) return null;
    return (pairs) => this.#deps.search.ask("entail", { nli: absoluteModel(nli, site), pairs });
  }

  /** The passages of each question, as far as they fit the model's context. */
  async #search(
    config: RunConfig,
    questions: readonly Pick<Question, "question">[],
    lm: CausalLm,
  ): Promise<RetrievedPassage[][]> {
    const { tokenizer } = await this.#host.engine();
    const positions = lm.config.max_position_embeddings;
    const queries = questions.map((q) => q.question);
    const found = await this.#deps.search.ask("search", {
      corpus: config.data,
      queries,
      retrieval: config.retrieval,
      k: config.k,
      tokenBudget: passageBudget(positions),
    });
    return fitContext(queries, found, positions, tokenizer.encode);
  }
}

const isOwn = (corpus: string): boolean => corpus.startsWith("corpus:");
const asked = (question: string): Pick<Question, "question"> => ({ question });

/** Another archive that cannot be read, with the way out. */
function unread(error: unknown): never {
  if (!(error instanceof LabError)) throw error;
  const way = "set it to null to do without reading elsewhere";
  throw new LabError(error.code, `other_data: ${error.message}; ${way}`, { cause: error });
}
