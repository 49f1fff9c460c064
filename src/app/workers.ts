/** The page's workers, and what the page asks them (core/messages.ts). */
import { LabError, reportError } from "../core/errors.ts";
import type {
  DocumentRequests,
  MapRequests,
  ModelRequests,
  RetrievalRequests,
  TrainEvent,
  TrainRequests,
} from "../core/messages.ts";
import {
  type Answer,
  type AskOf,
  type Client,
  isAnswer,
  type OpenClient,
  openClient,
  type RequestMap,
} from "../core/requests.ts";

/** What a client needs of a `Worker`; tests hand in a scripted one. */
export interface WorkerLike {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
}

/** The requests that start something: what comes of it is told by events, so is a refusal. */
type Command = "open" | "prepare" | "start" | "resume" | "extend" | "step" | "pause" | "stop";

export interface TrainClient extends Client<TrainRequests> {
  /** Asks and does not wait; a refusal becomes a `failed` event of the run, or of none. */
  send<K extends Command>(name: K, ask: AskOf<TrainRequests[K]>): void;
}

export const startTrainWorker = (): Worker =>
  new Worker(new URL("../workers/train.worker.ts", import.meta.url), { type: "module", name: "train" });

export const startRetrievalWorker = (): Worker =>
  new Worker(new URL("../workers/retrieval.worker.ts", import.meta.url), {
    type: "module",
    name: "retrieval",
  });

export const startModelsWorker = (): Worker =>
  new Worker(new URL("../workers/models.worker.ts", import.meta.url), { type: "module", name: "models" });

export const startMapWorker = (): Worker =>
  new Worker(new URL("../workers/map.worker.ts", import.meta.url), { type: "module", name: "map" });

export const startDocumentsWorker = (): Worker =>
  new Worker(new URL("../workers/documents.worker.ts", import.meta.url), {
    type: "module",
    name: "documents",
  });

/** @param onEvent gets what the worker says unasked, its death among it */
export function openTrainClient(worker: WorkerLike, onEvent: (event: TrainEvent) => void): TrainClient {
  let dead = false;
  const fail = (runId: string | null, error: unknown) => {
    if (!dead) onEvent({ type: "failed", runId, error: reportError(error) });
  };
  const client = clientOf<TrainRequests, TrainEvent>("train", worker, onEvent, (error) => {
    fail(null, error);
    dead = true; // its requests all end now, and each would say the same
  });
  return {
    ask: client.ask,
    send(name, ask) {
      const about: AskOf<TrainRequests[Command]> = ask;
      const runId = about !== null && "runId" in about ? about.runId : null;
      client.ask(name, ask).catch((error) => fail(runId, error));
    },
  };
}

export const openRetrievalClient = (worker: WorkerLike): Client<RetrievalRequests> =>
  clientOf("retrieval", worker);

/** A worker that starts when it is first needed. */
function openLater<M extends RequestMap<M>>(name: string, start: () => WorkerLike): Client<M> {
  let client: Client<M> | null = null;
  return {
    ask(request, ask, options) {
      client ??= clientOf<M>(name, start());
      return client.ask(request, ask, options);
    },
  };
}

export const openModelsClient = (start: () => WorkerLike): Client<ModelRequests> =>
  openLater("models", start);

export const openMapClient = (start: () => WorkerLike): Client<MapRequests> => openLater("map", start);

/** Reads what is dropped. It starts when it is first needed, and after every stop anew. */
export interface DocumentsClient extends Client<DocumentRequests> {
  /** Ends whatever is being read, however busy that keeps the worker: it rejects with `aborted`. */
  stop(): void;
}

export function openDocumentsClient(start: () => WorkerLike & { terminate(): void }): DocumentsClient {
  let open: { worker: { terminate(): void }; client: OpenClient<DocumentRequests> } | null = null;
  return {
    ask(name, ask, options) {
      if (open === null) {
        const worker = start();
        open = { worker, client: clientOf("documents", worker) };
      }
      return open.client.ask(name, ask, options);
    },
    stop() {
      open?.worker.terminate();
      open?.client.rejectAll(new LabError("aborted", "stopped: nothing of what was dropped was taken"));
      open = null;
    },
  };
}

/**
 * @param onEvent gets what is no answer
 * @param onDeath hears that the worker died or never loaded, before every open request rejects with it
 */
function clientOf<M extends RequestMap<M>, Event = never>(
  name: string,
  worker: WorkerLike,
  onEvent: (event: Event) => void = () => {},
  onDeath: (error: Error) => void = () => {},
): OpenClient<M> {
  const client = openClient<M>((call, transfer) => worker.postMessage(call, transfer));
  worker.addEventListener("message", ({ data }: MessageEvent<Answer | Event>) => {
    if (isAnswer(data)) client.take(data);
    else onEvent(data);
  });
  worker.addEventListener("error", ({ message }) => {
    const error = new Error(message || `The ${name} worker's script could not be loaded; reload the page.`);
    onDeath(error);
    client.rejectAll(error);
  });
  return client;
}
