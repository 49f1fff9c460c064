/** What a run or a question needs in the train worker: the model in turns, questions, passages, the other archive. */
import type { RunConfig } from "../core/config.ts";
import { fromUrl } from "../core/files.ts";
import { type Fingerprint, fingerprintOf } from "../core/fingerprint.ts";
import { absoluteModel } from "../core/models.ts";
import { firstQuestions } from "../core/questions.ts";
import type { Entail, RetrievedPassage } from "../core/run.ts";
import { readCorpusFiles } from "../documents/corpus.ts";
import type { CausalLm } from "../model/causalLm.ts";
import type { Policy } from "../model/policy.ts";
import { getCorpus, readDocuments } from "../storage/corpora.ts";
import type { LabDb } from "../storage/db.ts";
import { readQuestions } from "../storage/questions.ts";
import type { RunData } from "../train/context.ts";
import { type Find, passagesFor, type Sources } from "../train/opening.ts";
import { oneAtATime } from "./engine.ts";
import type { ModelHost } from "./modelHost.ts";
import { openQueue, type Queue } from "./queue.ts";
import type { SearchClient } from "./searchClient.ts";

export class RunSources {
  readonly #db: Promise<LabDb>;
  readonly #host: ModelHost;
  readonly #client: SearchClient;
  readonly #queues = new WeakMap<CausalLm, Queue>();

  constructor(db: Promise<LabDb>, host: ModelHost, client: SearchClient) {
    this.#db = db;
    this.#host = host;
    this.#client = client;
  }

  /** In which the model's calls wait for one another. */
  queue(lm: CausalLm): Queue {
    const known = this.#queues.get(lm) ?? openQueue();
    this.#queues.set(lm, known);
    return known;
  }

  policy(lm: CausalLm): Policy {
    return oneAtATime(lm, this.queue(lm));
  }

  /** All that a run with these settings is opened with. */
  async open(config: RunConfig, lm: CausalLm): Promise<Sources> {
    const { site } = await this.#host.engine();
    return {
      policy: this.policy(lm),
      entail: this.entail(config, site),
      ...(await this.reader(config, lm.config.max_position_embeddings)),
    };
  }

  /** All that its passages are found by, for a model with a context of so many positions. */
  async reader(config: RunConfig, positions: number): Promise<Omit<Sources, "policy" | "entail">> {
    const { tokenizer, site } = await this.#host.engine();
    return {
      tokenizer,
      positions,
      find: this.#find,
      openOther: (other) => this.#openOther(other, config, site),
    };
  }

  /** The questions of a run: below the site, or a visitor's own from the database. */
  async data(id: string, onNote?: (note: string) => void): Promise<RunData> {
    if (isOwn(id)) {
      const sets = await readQuestions(await this.#db, id);
      return { train: [], test: [], twohop: [], ...sets };
    }
    const { site } = await this.#host.engine();
    return readCorpusFiles(fromUrl(new URL(id, site).href), (name) => name, onNote);
  }

  /** Of what a run works on, as it is stored now; null where nothing is indexed, which the search will say. */
  async fingerprint(config: RunConfig, data: RunData): Promise<Fingerprint | null> {
    const db = await this.#db;
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
  entail({ nli = null }: RunConfig, site: string): Entail | null {
    if (nli === null) return null;
    return (pairs) => this.#client.ask("entail", { nli: absoluteModel(nli, site), pairs });
  }

  /** The passages of a question, as far as they fit the model's context. */
  async passages(config: RunConfig, question: string, lm: CausalLm): Promise<RetrievedPassage[]> {
    const { tokenizer } = await this.#host.engine();
    const reader = { tokenizer, positions: lm.config.max_position_embeddings, find: this.#find };
    return (await passagesFor(config, [question], reader))[0]!;
  }

  readonly #find: Find = (corpus, queries, how) => this.#client.ask("search", { corpus, queries, ...how });

  /** Another archive, indexed here if it is the site's. */
  async #openOther(other: string, { embedder }: RunConfig, site: string): Promise<RunData> {
    if (isOwn(other)) return this.data(other);
    const { documents, ...sets } = await readCorpusFiles(fromUrl(new URL(other, site).href));
    await this.#client.ask("index", { corpus: other, embedder: absoluteModel(embedder, site), documents });
    return sets;
  }
}

const isOwn = (corpus: string): boolean => corpus.startsWith("corpus:");
