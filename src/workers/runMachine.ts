/**
 * The run state machine of the train worker: idle → preparing → running ⇄ paused → finished, stopped or failed. It is the
 * sole writer of a run's record, rows and checkpoints: the database first, then the event.
 */
import { parseRunConfig } from "../core/config.ts";
import { type ErrorReport, LabError, reportError } from "../core/errors.ts";
import { requireSame } from "../core/fingerprint.ts";
import type { Progress, TrainEvent, TrainRequests } from "../core/messages.ts";
import { firstQuestions } from "../core/questions.ts";
import type { RunRecord, RunStatus } from "../core/run.ts";
import { loadCheckpoint, resumeRun, saveCheckpoint } from "../storage/checkpoints.ts";
import type { LabDb, StoredCheckpoint } from "../storage/db.ts";
import { getRun, saveRun } from "../storage/runs.ts";
import type { Entry } from "../train/context.ts";
import { type Control, openControl } from "../train/control.ts";
import { runCycles } from "../train/cycle.ts";
import { extend } from "../train/extend.ts";
import { openDeps } from "../train/opening.ts";
import type { CycleState } from "../train/state.ts";
import { attachFor } from "./engine.ts";
import type { ModelHost } from "./modelHost.ts";
import { openPacer, type Pacer } from "./pacer.ts";
import type { RunSources } from "./runSources.ts";
import type { TrainingLock } from "./trainingLock.ts";

type Of<K extends keyof TrainRequests> = TrainRequests[K]["ask"];

const CHECKPOINT_SECONDS = 5; // of work that a reload may cost at most

/** Before each try after a lost GPU; a browser needs a moment to start its GPU process anew. */
const LOST_WAITS_MS = [0, 1000, 3000];

export interface MachineDeps {
  db: Promise<LabDb>;
  host: ModelHost;
  sources: RunSources;
  lock: TrainingLock;
  post(event: TrainEvent): void;
}

interface Active {
  run: RunRecord;
  control: Control;
  status: RunStatus;
}

export class RunMachine {
  readonly #deps: MachineDeps;
  #active: Active | null = null;
  #claimed = false; // a run is under way here, or about to be

  constructor(deps: MachineDeps) {
    this.#deps = deps;
  }

  /** The run under way here; null while there is none. */
  get run(): RunRecord | null {
    return this.#active?.run ?? null;
  }

  /** Whether a run is under way here, or about to be. */
  get claimed(): boolean {
    return this.#claimed;
  }

  busy(): LabError {
    const name = this.#active === null ? "a run" : `the run "${this.#active.run.name}"`;
    return new LabError("busy", `${name} is under way here: pause and stop it first`);
  }

  async start(command: Of<"start">): Promise<void> {
    const config = parseRunConfig(command.config);
    await this.#alone(command.runId, () => this.#begin({ ...command, config }));
  }

  async #begin({ runId, name, createdAt, config, step }: Of<"start">): Promise<void> {
    const { host } = this.#deps;
    await host.exclusively(() => host.use(config.model));
    const { info } = await host.engine();
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
    const { sources } = this.#deps;
    const now = await sources.fingerprint(run.config, await sources.data(run.config.data));
    if (now !== null) requireSame(`the run "${run.name}"`, run.fingerprint, now);
  }

  /** Goes on with a finished run for more cycles. */
  async extend({ runId, cycles }: Of<"extend">): Promise<void> {
    await this.#alone(runId, async () => {
      await this.#requireSameData(runId);
      const db = await this.#deps.db;
      const [run, checkpoint] = await Promise.all([getRun(db, runId), loadCheckpoint(db, runId)]);
      if (run === null || checkpoint === null)
        throw new LabError(
          "not-found",
          "this run has no checkpoint here: only where it was trained can it go on",
        );
      const data = firstQuestions(await this.#deps.sources.data(run.config.data), run.config.questions);
      const hasTwoHop = data.twohop.length > 0;
      const longer = extend(run.config, checkpoint.state as CycleState, cycles, hasTwoHop);
      const extended = [...(run.extended ?? []), longer.extension];
      await saveCheckpoint(db, {
        run: { ...run, config: longer.config, extended, status: "stopped" },
        checkpoint: { ...checkpoint, state: longer.state },
        rows: [],
        answers: [],
      });
      const resumed = await resumeRun(db, runId);
      await this.#run(resumed.run, resumed.checkpoint, false);
    });
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
    const run = await getRun(await this.#deps.db, runId);
    if (run !== null) await this.#keep({ ...run, status: "stopped" });
  }

  /** Runs to the end, whatever that is, and says what it was. */
  async #run(record: RunRecord, checkpoint: StoredCheckpoint | null, step: boolean): Promise<void> {
    const { db, post } = this.#deps;
    const control = openControl(step ? "step" : "run", () => void this.#pausedOrFailed());
    const active: Active = { run: record, control, status: "preparing" };
    this.#active = active;
    const pacer = openPacer<Progress>((progress) =>
      post({ type: "progress", runId: record.id, progress: { ...progress, status: active.status } }),
    );
    let end: RunRecord;
    let failure: ErrorReport | null = null;
    try {
      const outcome = await this.#trainOn(active, checkpoint, pacer);
      end = { ...active.run, status: outcome };
    } catch (error) {
      failure = reportError(error);
      end = { ...active.run, status: "failed", error: failure.message };
    }
    try {
      await saveRun(await db, end);
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

  /** Trains; where the GPU is lost under way it goes on from the last checkpoint, on the next one it gets. */
  async #trainOn(
    active: Active,
    checkpoint: StoredCheckpoint | null,
    pacer: Pacer<Progress>,
  ): Promise<"finished" | "stopped"> {
    let from = checkpoint;
    let losses = 0; // since a checkpoint was stored
    for (;;) {
      try {
        return await this.#train(active, from, pacer);
      } catch (error) {
        const lost =
          error instanceof LabError && (error.code === "device-lost" || error.code === "no-adapter");
        if (!lost || (error.code === "no-adapter" && losses === 0)) throw error;
        if (active.run.checkpointId !== (from?.id ?? null)) losses = 0;
        const wait = LOST_WAITS_MS[losses++];
        if (wait === undefined) throw lostTooOften(error, losses);
        await new Promise((resolve) => setTimeout(resolve, wait));
        const { run, checkpoint: last } = await resumeRun(await this.#deps.db, active.run.id);
        from = last;
        active.run = { ...run, status: "preparing", lost: (run.lost ?? 0) + 1 };
        active.status = "preparing";
        this.#deps.post({ type: "run", run: active.run });
      }
    }
  }

  /** The run from its start or from a checkpoint, on the model with its adapter. */
  async #train(
    active: Active,
    checkpoint: StoredCheckpoint | null,
    pacer: Pacer<Progress>,
  ): Promise<"finished" | "stopped"> {
    const { host, sources } = this.#deps;
    const record = active.run;
    const { config } = record;
    pacer.say({
      status: "preparing",
      phase: "preparing",
      cycle: record.cycle,
      cycles: config.cycles,
      done: 0,
      of: 1,
      secondsLeft: null,
      tokensPerSecond: null,
    });
    const db = await this.#deps.db;
    const notes: string[] = [];
    const data = await sources.data(config.data, (note) => notes.push(note));
    const state = checkpoint && { weights: checkpoint.weights, m: checkpoint.m, v: checkpoint.v };
    const lm = await host.exclusively(async () => {
      await host.use(config.model);
      const ready = await host.model(record.variants);
      await host.attach(ready, record.id, (engine) => attachFor(engine, ready, config, state));
      return ready;
    });
    const opened = await sources.open(config, lm);
    active.status = "running";
    const fingerprint =
      checkpoint === null ? await sources.fingerprint(config, data) : (record.fingerprint ?? null);
    await this.#keep({ ...record, status: "running", variants: lm.variants, fingerprint, notes });
    return runCycles(
      config,
      data,
      {
        ...(await openDeps(config, opened)),
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
      active.control,
      checkpoint && { state: checkpoint.state as CycleState, adapter: state! },
    );
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
    if (this.#claimed) throw this.busy();
    this.#claimed = true;
    try {
      if (await lock.take(runId)) await work();
      else post({ type: "locked", runId: (await lock.elsewhere()) ?? null });
    } finally {
      this.#release();
    }
  }

  #release(): void {
    this.#active = null;
    this.#claimed = false;
    this.#deps.lock.release();
  }
}

const lostTooOften = (error: LabError, times: number): LabError =>
  new LabError(
    error.code,
    `the GPU was lost ${times} times without getting any further (${error.message}). What is stored is safe; close other programs that use the GPU, then resume`,
    { cause: error },
  );
