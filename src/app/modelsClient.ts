/** The page's end of the models worker; the worker starts when it is first needed. */
import { reviveError } from "../core/errors.ts";
import type { ModelEvent } from "../core/messages.ts";
import type { DownloadPlan, DownloadProgress, StoredModel } from "../core/models.ts";
import { openRequests, type Requests, type WorkerLike, workerError } from "./requests.ts";

type OnDownload = (progress: DownloadProgress) => void;

export interface ModelsClient {
  list(): Promise<StoredModel[]>;
  /** What a repository's name or a URL stands for; fetches nothing. */
  plan(source: string, hub: string): Promise<DownloadPlan>;
  /** Goes on where an earlier download of the same model was cut. Rejects with `aborted` after `cancel`. */
  download(plan: DownloadPlan, onProgress: OnDownload): Promise<StoredModel>;
  /** Stores dropped files as a model. */
  keep(id: string, files: File[]): Promise<StoredModel>;
  cancel(id: string): void;
  remove(id: string): Promise<void>;
}

export const startModelsWorker = (): Worker =>
  new Worker(new URL("../workers/models.worker.ts", import.meta.url), { type: "module", name: "models" });

export function openModelsClient(start: () => WorkerLike): ModelsClient {
  const downloads = new Map<string, OnDownload>();
  let opened: { worker: WorkerLike; requests: Requests } | null = null;
  const open = () => {
    opened ??= listen(start(), downloads);
    return opened;
  };
  const send = <T>(command: object): Promise<T> => open().requests.send(command);
  return {
    list: () => send({ type: "list" }),
    plan: (source, hub) => send({ type: "plan", source, hub }),
    download(plan, onProgress) {
      downloads.set(plan.id, onProgress);
      return send({ type: "download", plan });
    },
    keep: (id, files) => send({ type: "keep", id, files }),
    cancel: (id) => open().worker.postMessage({ type: "cancel", id }),
    remove: (id) => send({ type: "remove", id }),
  };
}

function listen(worker: WorkerLike, downloads: ReadonlyMap<string, OnDownload>) {
  const requests = openRequests(worker);
  worker.addEventListener("message", ({ data }: MessageEvent<ModelEvent>) => {
    switch (data.type) {
      case "models":
        return requests.resolve(data.requestId, data.models);
      case "planned":
        return requests.resolve(data.requestId, data.plan);
      case "downloading":
        return downloads.get(data.id)?.(data.progress);
      case "stored":
        return requests.resolve(data.requestId, data.model);
      case "removed":
        return requests.resolve(data.requestId, undefined);
      case "failed":
        if (data.requestId !== null) requests.reject(data.requestId, reviveError(data.error));
        return;
      default:
        return data satisfies never;
    }
  });
  worker.addEventListener("error", (event) => requests.rejectAll(new Error(workerError(event, "models"))));
  return { worker, requests };
}
