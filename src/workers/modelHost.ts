/** The model in the train worker: opened once, and again after its GPU has failed; one user at a time changes its adapter. */
import { LabError } from "../core/errors.ts";
import type { TrainEvent } from "../core/messages.ts";
import { flopsPerSecond } from "../gpu/autotune.ts";
import type { CausalLm } from "../model/causalLm.ts";
import type { LabDb } from "../storage/db.ts";
import { getSetting, putSetting } from "../storage/settings.ts";
import { type Engine, openEngine, prepareEngine } from "./engine.ts";
import { openQueue } from "./queue.ts";

type Variants = Record<string, string>; // kernel variants, as a run stores them

interface Opened {
  site: string;
  model: string;
  engine: Promise<Engine>;
  lm: Promise<CausalLm> | null; // null until somebody needs it
}

export class ModelHost {
  readonly #db: Promise<LabDb>;
  readonly #post: (event: TrainEvent) => void;
  #opened: Opened | null = null;
  #attached: string | null = null; // whose adapter is on the model, as `attach` was told; null = the base
  /** Does what puts an adapter on the model, or relies on the one that is there, after whoever came before. */
  readonly exclusively = openQueue();

  constructor(db: Promise<LabDb>, post: (event: TrainEvent) => void) {
    this.#db = db;
    this.#post = post;
  }

  get attached(): string | null {
    return this.#attached;
  }

  /** The model that is open, as RunConfig.model names it; null before the first. */
  get name(): string | null {
    return this.#opened?.model ?? null;
  }

  /** Loads a model and announces it. One that was open goes first, when whoever uses it has ended. */
  async open(site: string, model: string): Promise<void> {
    if (this.#opened === null) await this.#load(site, model);
    else await this.exclusively(() => this.#swap(site, model));
  }

  /** Makes sure that this model is the open one; only for those who have the model exclusively. */
  async use(model: string): Promise<void> {
    if (this.name !== model) await this.#swap(this.#place().site, model);
  }

  /** The engine; opened anew when it could not be, or when its GPU has failed, which a device never recovers from. */
  async engine(): Promise<Engine> {
    const opened = this.#place();
    const engine = await opened.engine.catch(() => null);
    if (engine !== null && !engine.gpu.failed) return engine;
    if (this.#opened === opened) {
      engine?.gpu.destroy();
      await this.#load(opened.site, opened.model);
    }
    return this.engine();
  }

  async #load(site: string, model: string): Promise<void> {
    const engine = openEngine(site, model);
    this.#opened = { site, model, engine, lm: null };
    this.#attached = null;
    const { info } = await engine;
    this.#post({ type: "opened", info });
  }

  /** Frees what is open before the next one comes: two at once may not fit. */
  async #swap(site: string, model: string): Promise<void> {
    const before = await this.#place().engine.catch(() => null);
    before?.gpu.destroy();
    await this.#load(site, model);
  }

  /** The model ready to run. With `variants`, the ones a run began with, so that it goes on to the same bits. */
  async model(variants: Variants | null = null): Promise<CausalLm> {
    const engine = await this.engine();
    const opened = this.#place();
    opened.lm ??= this.#prepare(engine);
    const lm = await opened.lm;
    if (variants === null || JSON.stringify(variants) === JSON.stringify(lm.variants)) return lm;
    lm.destroy();
    this.#attached = null;
    opened.lm = prepareEngine(engine, variants);
    return opened.lm;
  }

  /** Puts an adapter on the model by `put`; `name` says whose it is. */
  async attach(lm: CausalLm, name: string, put: (engine: Engine) => Promise<void>): Promise<void> {
    this.detach(lm); // should the new one not come, none is left
    await put(await this.engine());
    this.#attached = name;
  }

  detach(lm: CausalLm): void {
    lm.detachAdapter();
    this.#attached = null;
  }

  #place(): Opened {
    if (this.#opened === null) throw new LabError("not-found", "no model is open yet: reload the page");
    return this.#opened;
  }

  async #prepare(engine: Engine): Promise<CausalLm> {
    const db = await this.#db;
    const name = `kernels of ${engine.info.gpuAdapter}`; // for every type of weights that was met on it
    const known = ((await getSetting(db, name)) ?? {}) as Variants;
    const lm = await prepareEngine(engine, known);
    this.#post({ type: "prepared", flopsPerSecond: await flopsPerSecond(engine.gpu, lm.variants) });
    await putSetting(db, name, { ...known, ...lm.variants }).catch(() => {}); // costs the next visit some seconds, no more
    return lm;
  }
}
