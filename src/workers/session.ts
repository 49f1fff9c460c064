/** The train worker's service: a method for each request. How a run goes is the machine's; here the model is asked. */
import type { RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { fromBlobs } from "../core/files.ts";
import type {
  AdapterNorms,
  AskReply,
  ExportedFile,
  GpuCheck,
  TrainEvent,
  TrainRequests,
} from "../core/messages.ts";
import type { Handlers } from "../core/requests.ts";
import type { Inspection, Question, QuestionSet, RunRecord } from "../core/run.ts";
import { newLoraConfig } from "../model/adapter.ts";
import type { CausalLm } from "../model/causalLm.ts";
import { adapterOf } from "../storage/checkpoints.ts";
import type { LabDb } from "../storage/db.ts";
import { getRun } from "../storage/runs.ts";
import { bookAdded } from "../train/added.ts";
import { askFreely, inspectQuestion } from "../train/inspect.ts";
import { scoreOptions } from "../train/judge.ts";
import { openPrompts } from "../train/prompts.ts";
import { AdapterShelf } from "./adapterShelf.ts";
import { type Engine, inTurn } from "./engine.ts";
import { exportedFiles } from "./exportedFiles.ts";
import { ModelHost } from "./modelHost.ts";
import { RunMachine } from "./runMachine.ts";
import { RunSources } from "./runSources.ts";
import type { SearchClient } from "./searchClient.ts";
import type { TrainingLock } from "./trainingLock.ts";

type Of<K extends keyof TrainRequests> = TrainRequests[K]["ask"];

export interface SessionDeps {
  db: Promise<LabDb>;
  search: SearchClient;
  lock: TrainingLock;
  post(event: TrainEvent): void;
}

/** Each public method answers the request of its name. */
export class Session implements Handlers<TrainRequests> {
  readonly #deps: SessionDeps;
  readonly #host: ModelHost;
  readonly #sources: RunSources;
  readonly #machine: RunMachine;
  readonly #shelf = new AdapterShelf();
  #checkStopped = false;

  constructor(deps: SessionDeps) {
    const { db, search, post, lock } = deps;
    this.#deps = deps;
    this.#host = new ModelHost(db, post);
    this.#sources = new RunSources(db, this.#host, search);
    this.#machine = new RunMachine({ db, host: this.#host, sources: this.#sources, lock, post });
  }

  connect({ port }: Of<"connect">): void {
    this.#deps.search.connect(port);
  }

  /** Loads the model, in the place of another one if need be; says whether another tab trains. */
  async open({ site, model }: Of<"open">): Promise<void> {
    if (this.#machine.claimed && this.#host.name !== model) throw this.#machine.busy();
    await this.#host.open(site, model);
    const elsewhere = await this.#deps.lock.elsewhere();
    if (elsewhere !== undefined) this.#deps.post({ type: "locked", runId: elsewhere });
  }

  /** Chooses the kernels. */
  async prepare(): Promise<void> {
    await this.#host.exclusively(() => this.#host.model());
  }

  start(command: Of<"start">): Promise<void> {
    return this.#machine.start(command);
  }

  resume(command: Of<"resume">): Promise<void> {
    return this.#machine.resume(command);
  }

  extend(command: Of<"extend">): Promise<void> {
    return this.#machine.extend(command);
  }

  step(command: Of<"step">): void {
    this.#machine.step(command);
  }

  pause(command: Of<"pause">): void {
    this.#machine.pause(command);
  }

  stop(command: Of<"stop">): Promise<void> {
    return this.#machine.stop(command);
  }

  async inspect({ runId, set, index, config }: Of<"inspect">): Promise<Inspection> {
    return this.#withModel(runId, config, async (engine, lm) => {
      const question = await this.#question(config, set, index);
      const passages = await this.#sources.passages(config, question.question, lm);
      return inspectQuestion(
        {
          policy: this.#sources.policy(lm),
          tokenizer: engine.tokenizer,
          entail: this.#sources.entail(config, engine.site),
        },
        config,
        set,
        index,
        question,
        passages,
      );
    });
  }

  async added({ set, index, config }: Of<"added">): Promise<TrainRequests["added"]["reply"]> {
    return this.#onModel(config.model, async ({ tokenizer }, lm) => {
      const question = await this.#question(config, set, index);
      const passages = await this.#sources.passages(config, question.question, lm);
      const policy = inTurn(lm, this.#sources.queue(lm));
      return { passages, forms: await bookAdded({ policy, tokenizer }, config, question, passages) };
    });
  }

  async #question(config: RunConfig, set: QuestionSet, index: number): Promise<Question> {
    const questions = (await this.#sources.data(config.data))[set] ?? [];
    const question = questions[index];
    if (question) return question;
    throw new LabError(
      "not-found",
      `there is no question ${index + 1} in "${set}", it has ${questions.length}`,
    );
  }

  async ask({ runId, question, adapter, config, ...how }: Of<"ask">): Promise<AskReply> {
    const answer = async ({ tokenizer }: Engine, lm: CausalLm): Promise<AskReply> => {
      const passages = await this.#sources.passages(config, question, lm);
      const model = inTurn(adapter === null ? lm : this.#shelf.using(lm, adapter), this.#sources.queue(lm));
      const asked = { ...how, adapter: adapter !== null };
      return askFreely({ model, tokenizer }, config, question, passages, asked);
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
        policy: inTurn(lm, this.#sources.queue(lm)),
        prompts: openPrompts(tokenizer, config),
        encode: tokenizer.encode,
        positions: lm.config.max_position_embeddings,
      };
      return scoreOptions(sittings, reader, (done) => onProgress({ done, of: sittings.length }));
    });
  }

  /** Every kernel against its reference, on a device of its own: what goes wrong there leaves the model's alone. */
  async checkGpu(
    _ask: null,
    onProgress: (progress: TrainRequests["checkGpu"]["progress"]) => void,
  ): Promise<GpuCheck> {
    if (this.#machine.claimed) throw this.#machine.busy();
    this.#checkStopped = false;
    const { checkGpu } = await import("./gpuCheck.ts");
    return this.#host.exclusively(() =>
      checkGpu(onProgress, () => this.#checkStopped || this.#machine.claimed),
    );
  }

  stopGpuCheck(): void {
    this.#checkStopped = true;
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
    const run = await this.#stored(runId);
    const { engine, weights } = await this.#withModel(runId, run.config, async (engine, lm) => ({
      engine,
      weights: await lm.adapter.read(),
    }));
    return exportedFiles(format, engine, weights, run.config.model);
  }

  async norms({ runId }: Of<"norms">): Promise<AdapterNorms> {
    const db = await this.#deps.db;
    const [run, { normsOfAdapter, normsOfRun }] = await Promise.all([
      this.#stored(runId),
      import("./norms.ts"),
    ]);
    const cycle = run.imported?.adapter ?? null;
    if (cycle !== null)
      return this.#withModel(runId, run.config, async (_engine, lm) =>
        normsOfAdapter(await lm.adapter.read(), cycle),
      );
    return this.#onModel(run.config.model, ({ model }) => normsOfRun(db, run, model.config));
  }

  async #stored(runId: string): Promise<RunRecord> {
    const run = await getRun(await this.#deps.db, runId);
    if (run !== null) return run;
    throw new LabError("not-found", `the run ${runId} is not stored here: it may have been deleted`);
  }

  /** A run with what it was made of and a program that trains the same elsewhere. Its model is opened for its tokenizer. */
  async bundle({ runId }: Of<"bundle">): Promise<Blob> {
    const run = await this.#stored(runId);
    const { bundleOf, checkBundled } = await import("./bundledRun.ts");
    checkBundled(run.config);
    const engine = await this.#host.exclusively(() => this.#opened(run.config.model));
    return bundleOf(run, { db: await this.#deps.db, engine, sources: this.#sources });
  }

  /** The model with a run's adapter: of the run under way, or the one of a stored run that is asked; null = the base. */
  #withModel<T>(
    runId: string | null,
    config: RunConfig,
    work: (engine: Engine, lm: CausalLm) => Promise<T>,
  ): Promise<T> {
    const host = this.#host;
    return this.#onModel(config.model, async (engine, lm) => {
      const { run: active } = this.#machine;
      if (runId === null || runId !== active?.id || host.attached !== runId) {
        // until its adapter is on the model, the model is free
        if (active !== null && host.attached === active.id) {
          throw new LabError("busy", `the run "${active.name}" has the model: pause and stop it first`);
        }
        await this.#attachStored(runId, config, lm);
      }
      return work(engine, lm);
    });
  }

  async #attachStored(runId: string | null, config: RunConfig, lm: CausalLm): Promise<void> {
    const db = await this.#deps.db;
    const run = runId === null ? null : await getRun(db, runId);
    const name = run && `${run.id} ${run.checkpointId} ${run.label?.use ?? null}`;
    if (name !== null && name === this.#host.attached) return;
    const kept = run && (await adapterOf(db, run));
    if (name === null || kept === null) return this.#host.detach(lm);
    await this.#host.attach(lm, name, async () => {
      if ("files" in kept) {
        const files = kept.files.map(({ name, bytes }) => [name, new Blob([bytes])] as const);
        return lm.attachAdapter(fromBlobs(new Map(files)));
      }
      lm.newAdapter(newLoraConfig(config), config.seed);
      lm.adapter.load(kept.weights);
    });
  }

  /** A model (null: the one that is open), whatever adapter is on it. */
  #onModel<T>(model: string | null, work: (engine: Engine, lm: CausalLm) => Promise<T>): Promise<T> {
    const host = this.#host;
    return host.exclusively(async () => {
      if (model !== null) await this.#opened(model);
      const lm = await host.model();
      return work(await host.engine(), lm);
    });
  }

  /** This model, in the place of another if need be; only for those who have the model exclusively. */
  async #opened(model: string): Promise<Engine> {
    const host = this.#host;
    if (model !== host.name) {
      if (this.#machine.claimed) throw this.#machine.busy();
      await host.use(model);
    }
    return host.engine();
  }
}
