/** A lab whose workers say what a test tells them to; the page itself is the real one. */

import type { Corpus } from "../../../src/app/corpora.ts";
import type { Experiments } from "../../../src/app/experiments.ts";
import type { Lab } from "../../../src/app/lab.ts";
import type { Reviews } from "../../../src/app/reviews.ts";
import type { StoredRuns } from "../../../src/app/storedRuns.ts";
import type { StoredRun } from "../../../src/app/stores/runStore.ts";
import { applyTrainEvent } from "../../../src/app/stores/runStore.ts";
import { type DocumentsClient, openTrainClient } from "../../../src/app/workers.ts";
import { LabError } from "../../../src/core/errors.ts";
import type { Experiment } from "../../../src/core/experiment.ts";
import type { ReadPassage } from "../../../src/core/facts.ts";
import type {
  DocumentRequests,
  KernelCheck,
  MapRequests,
  RetrievalRequests,
  TrainEvent,
  TrainRequests,
} from "../../../src/core/messages.ts";
import { type Answer, answer, type Call, type Handlers } from "../../../src/core/requests.ts";
import { NO_LABEL, type RetrievedPassage, type RunRecord } from "../../../src/core/run.ts";
import { bm25Rank, openBm25 } from "../../../src/core/text.ts";
import { makeFacts } from "../../../src/documents/questionMaking.ts";
import type { Review } from "../../../src/documents/review.ts";
import { openDocumentService } from "../../../src/workers/documentService.ts";
import { openMapService } from "../../../src/workers/mapService.ts";
import { type DirectClient, directClient } from "../../helpers/directClient.ts";
import { type ScriptedModels, scriptedModels } from "./scriptedModels.ts";
import { addedOf, inspectionOf, KERNELS, NORMS, QUESTIONS, runRecord } from "./story.ts";

export const CORPUS: Corpus = {
  id: "data/archive",
  name: "The archive",
  documents: Array.from({ length: 22 }, (_, i) => ({
    id: `d${i}`,
    title: `Document ${i + 1}`,
    text: null,
    passages: ["One.", "Two."],
  })),
  train: QUESTIONS,
  test: QUESTIONS,
  twohop: QUESTIONS.slice(0, 42),
};

const TOWNS = [
  ...["Thornmoor", "Naithford", "Saixwater", "Eldham", "Grimsey", "Orlow"],
  ...["Hieltgate", "Brackfen", "Quoahaven"],
];
export const PASSAGES: ReadPassage[] = [
  "Brem Coprea",
  "Lina Orvath",
  "Tomas Keld",
  "Ysa Brondt",
  "Odo Fenwick",
  "Mara Quill",
  "Hanno Brisk",
  "Edda Corran",
  "Pell Vantor",
].map((title, i, all) => ({
  documentId: `d${i}`,
  title,
  text: `${title} was born in ${TOWNS[i]}. ${title} was taught by ${all[(i + 1) % all.length]}.`,
}));

const index = openBm25(PASSAGES.map(({ text }) => text));
const inPassages = (query: string): RetrievedPassage[] =>
  bm25Rank(index, query)
    .slice(0, 3)
    .map((hit) => ({ ...hit, ...PASSAGES[hit.index]! }));

/** Reviews in memory; the passages are `PASSAGES`, of which `makeFacts` makes its facts. */
function scriptedReviews(): Reviews {
  const stored = new Map<string, Review>();
  return {
    load: async (corpus) => stored.get(corpus) ?? null,
    save: async (corpus, review) => void stored.set(corpus, review),
    saveDecided: async (corpus, review) => void stored.set(corpus, review),
    passages: async () => PASSAGES,
  };
}

/** Runs in memory, those of `stored`. */
function scriptedRuns(stored: Map<string, StoredRun>): StoredRuns {
  const isDeleted = ({ label }: RunRecord) => (label?.deletedAt ?? null) !== null;
  const label: StoredRuns["label"] = async (id, change) => {
    const one = stored.get(id)!;
    const said = { ...NO_LABEL, ...one.run.label, ...change };
    stored.set(id, { ...one, run: { ...one.run, label: said, name: said.name ?? one.run.name } });
    return said;
  };
  const all = () => [...stored.values()].map(({ run }) => run).sort((a, b) => b.createdAt - a.createdAt);
  const listAll = async () => ({
    runs: all().filter((run) => !isDeleted(run)),
    deleted: all().filter(isDeleted),
    unread: [],
  });
  return {
    list: async () => (await listAll()).runs,
    listAll,
    load: async (id) => stored.get(id) ?? null,
    label,
    remove: async (id) => void (await label(id, { deletedAt: 1 })),
    putBack: async (id) => void (await label(id, { deletedAt: null })),
    removeForGood: async (id) => void stored.delete(id),
    async add({ rows, answers, questions, name, config }, id) {
      const run = runRecord({ id, name, config, status: "finished", imported: { adapter: null } });
      stored.set(id, { run, rows, answers, questions });
      return run;
    },
    size: async () => 3_200_000,
    trains: async () => undefined,
  };
}

/** Experiments in memory. */
function scriptedExperiments(): Experiments {
  const stored = new Map<string, Experiment>();
  return {
    list: async () => [...stored.values()].sort((a, b) => a.createdAt - b.createdAt),
    save: async (experiment) => void stored.set(experiment.id, experiment),
    async change(id, change) {
      const before = stored.get(id);
      if (before) stored.set(id, change(before));
    },
    remove: async (id) => void stored.delete(id),
  };
}

/** A request to the train worker, its name as `type`. */
export type Sent = {
  [K in keyof TrainRequests]: { type: K } & (TrainRequests[K]["ask"] extends null
    ? object
    : TrainRequests[K]["ask"]);
}[keyof TrainRequests];

export interface ScriptedLab extends Lab {
  sent: Sent[];
  retrieval: DirectClient<RetrievalRequests>;
  documents: DirectClient<DocumentRequests> & DocumentsClient;
  say(event: TrainEvent): void; // as if from the train worker
  stored: Map<string, StoredRun>;
  models: ScriptedModels;
  kernels: KernelCheck[]; // what a check of the GPU finds
}

export function scriptedLab(options: { webGpu?: boolean; corpus?: Corpus } = {}): ScriptedLab {
  const { webGpu = true, corpus = CORPUS } = options;
  const sent: Sent[] = [];
  const adapters = new Set<string>();
  const kernels = [...KERNELS];
  const stored = new Map<string, StoredRun>();
  const listeners: ((event: MessageEvent) => void)[] = [];
  const hear = (data: TrainEvent | Answer) => {
    for (const listener of listeners) listener(new MessageEvent("message", { data }));
  };

  const handlers: Partial<Handlers<TrainRequests>> = {
    inspect: ({ set, index }) => inspectionOf(set, index),
    added: ({ config }) => ({
      passages: inspectionOf("test", 16).passages,
      forms: addedOf(config),
    }),
    ask() {
      const { passages } = inspectionOf("test", 16);
      return {
        open: { text: "The answer is Thornmoor.", thinking: null, passages },
        closed: { text: "The answer is Naithford.", thinking: "Brem Coprea lived in Naithford." },
      };
    },
    // The book decides: the answer, which is first, leads with a passage that names it and nowhere else.
    judge: ({ sittings }) =>
      sittings.map(({ options, passages }) =>
        options.map((option, i) => (passages.some((text) => text.includes(option)) ? 2 : 0) - 0.01 * (5 - i)),
      ),
    norms: () => NORMS,
    checkGpu(_ask, onProgress) {
      const { length: of } = kernels;
      for (const [i, latest] of kernels.entries()) onProgress({ done: i + 1, of, latest });
      return { gpuAdapter: "Apple M2", isFallbackAdapter: false, of, results: [...kernels], fault: null };
    },
    stopGpuCheck() {},
    loadAdapter: ({ name }) => [...adapters.add(name)],
    unloadAdapter({ name }) {
      adapters.delete(name);
      return [...adapters];
    },
    export({ format }) {
      const names = { peft: "adapter_config.json", gguf: "adapter.gguf", merged: "model.safetensors" };
      return [{ name: names[format], content: new Blob(["{}"]) }];
    },
    bundle({ runId }) {
      if (runId === "b") throw new LabError("bad-config", 'objective is "grpo"; a bundle trains credit');
      return new Blob(["PK"]);
    },
  };
  const worker = {
    postMessage(message: unknown) {
      const call = message as Call<TrainRequests>;
      sent.push({ type: call.name, ...call.ask } as Sent);
      if (call.name in handlers) void answer(handlers as Handlers<TrainRequests>, call, hear);
    },
    addEventListener(type: string, listener: (event: never) => void) {
      if (type === "message") listeners.push(listener as (event: MessageEvent) => void);
    },
  };
  return {
    sent,
    say: hear,
    stored,
    train: webGpu ? openTrainClient(worker, applyTrainEvent) : null,
    retrieval: directClient<RetrievalRequests>({
      connect() {},
      index({ documents }, onProgress) {
        onProgress({ done: 44, of: 44 });
        return { documents: documents.length, passages: 44, embedder: "static", dimension: 128 };
      },
      forget() {},
      stopIndex() {},
      // A run's search finds a story's passages; by words alone it is a real one over `PASSAGES`.
      search: ({ queries, retrieval }) =>
        queries.map((query) =>
          retrieval === "bm25" ? inPassages(query) : inspectionOf("test", 16).passages,
        ),
      // On the line of the passages of `corpora.vectors`, the first near passage 3.
      embed: ({ queries }) =>
        Float32Array.from({ length: 3 * queries.length }, (_, i) => (i % 3 === 0 ? 3.2 + (i % 5) : 1)),
      makeFacts: ({ seed }) => ({ passages: PASSAGES, facts: makeFacts(PASSAGES, seed) }),
      entail: ({ pairs }) => pairs.map(() => 1),
    }),
    documents: Object.assign(directClient<DocumentRequests>(openDocumentService()), { stop() {} }),
    runs: scriptedRuns(stored),
    models: scriptedModels(),
    maps: directClient<MapRequests>(openMapService()),
    kernels,
    reviews: scriptedReviews(),
    experiments: scriptedExperiments(),
    corpora: {
      list: async () => [],
      load: async () => corpus,
      // Ten passages on a line in a space of three.
      vectors: async () => ({
        vectors: Float32Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? i / 3 : 1)),
        dimension: 3,
        names: Array.from({ length: 10 }, (_, i) => `Passage ${i}`),
      }),
      requireFree: async () => {},
      remove: async () => {},
    },
  };
}
