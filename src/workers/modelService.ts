/** What the models worker does, apart from being a worker: plans, downloads, copies, lists and deletes stored models. */
import { reportError } from "../core/errors.ts";
import type { ModelCommand, ModelEvent } from "../core/messages.ts";
import { type DownloadPlan, type DownloadProgress, planBytes, type StoredModel } from "../core/models.ts";
import { fetchModel } from "../storage/fetchModel.ts";
import { planDownload } from "../storage/hub.ts";
import { describe, readManifest } from "../storage/modelFolder.ts";
import { keepModel, listModels, openModelFolder, removeModel, requireSpace } from "../storage/modelStore.ts";
import { openPacer } from "./pacer.ts";

export interface ModelService {
  handle(command: ModelCommand): Promise<void>;
}

export function openModelService(post: (event: ModelEvent) => void): ModelService {
  const underWay = new Map<string, { stop: AbortController; ended: Promise<unknown> }>(); // downloads, by model id

  /** Ends a model's download and waits until it has let go of its files. */
  const cancel = async (id: string): Promise<void> => {
    underWay.get(id)?.stop.abort();
    await underWay.get(id)?.ended.catch(() => {}); // it says itself how it ended
  };

  const fetchAll = async (plan: DownloadPlan, signal: AbortSignal): Promise<StoredModel> => {
    const pacer = openPacer<DownloadProgress>((progress) =>
      post({ type: "downloading", id: plan.id, progress }),
    );
    try {
      const folder = await openModelFolder(plan.id);
      const manifest = await readManifest(folder);
      const stored = manifest ? (await describe(folder, manifest)).bytes : 0;
      await requireSpace(plan.id, (planBytes(plan.files) ?? 0) - stored);
      return await fetchModel(folder, plan, { signal, onProgress: pacer.say });
    } finally {
      pacer.flush();
    }
  };

  const download = async (plan: DownloadPlan): Promise<StoredModel> => {
    await cancel(plan.id);
    const stop = new AbortController();
    const mine = { stop, ended: fetchAll(plan, stop.signal) };
    underWay.set(plan.id, mine);
    try {
      return await mine.ended;
    } finally {
      if (underWay.get(plan.id) === mine) underWay.delete(plan.id);
    }
  };

  const answer = async (command: ModelCommand): Promise<ModelEvent | null> => {
    switch (command.type) {
      case "list":
        return { type: "models", requestId: command.requestId, models: await listModels() };
      case "plan": {
        const plan = await planDownload(command.source, { hub: command.hub });
        return { type: "planned", requestId: command.requestId, plan };
      }
      case "download":
        return { type: "stored", requestId: command.requestId, model: await download(command.plan) };
      case "keep":
        return {
          type: "stored",
          requestId: command.requestId,
          model: await keepModel(command.id, command.files),
        };
      case "cancel":
        await cancel(command.id);
        return null;
      case "remove":
        await cancel(command.id);
        await removeModel(command.id);
        return { type: "removed", requestId: command.requestId };
      default:
        return command satisfies never;
    }
  };

  return {
    async handle(command) {
      try {
        const event = await answer(command);
        if (event !== null) post(event);
      } catch (error) {
        const requestId = "requestId" in command ? command.requestId : null;
        post({ type: "failed", requestId, error: reportError(error) });
      }
    },
  };
}
