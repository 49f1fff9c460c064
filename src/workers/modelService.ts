/** What the models worker does, apart from being a worker: plans, downloads, copies, lists and deletes stored models. */
import type { ModelRequests } from "../core/messages.ts";
import { type DownloadPlan, type DownloadProgress, planBytes, type StoredModel } from "../core/models.ts";
import type { Handlers } from "../core/requests.ts";
import { fetchModel } from "../storage/fetchModel.ts";
import { planDownload } from "../storage/hub.ts";
import { describe, readManifest } from "../storage/modelFolder.ts";
import { keepModel, listModels, openModelFolder, removeModel, requireSpace } from "../storage/modelStore.ts";
import { openPacer } from "./pacer.ts";

type OnProgress = (progress: DownloadProgress) => void;

export function openModelService(): Handlers<ModelRequests> {
  const underWay = new Map<string, { stop: AbortController; ended: Promise<unknown> }>(); // downloads, by model id

  /** Ends a model's download and waits until it has let go of its files. */
  const cancel = async (id: string): Promise<void> => {
    underWay.get(id)?.stop.abort();
    await underWay.get(id)?.ended.catch(() => {}); // it says itself how it ended
  };

  const fetchAll = async (plan: DownloadPlan, signal: AbortSignal, onProgress: OnProgress) => {
    const pacer = openPacer(onProgress);
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

  const download = async (plan: DownloadPlan, onProgress: OnProgress): Promise<StoredModel> => {
    await cancel(plan.id);
    const stop = new AbortController();
    const mine = { stop, ended: fetchAll(plan, stop.signal, onProgress) };
    underWay.set(plan.id, mine);
    try {
      return await mine.ended;
    } finally {
      if (underWay.get(plan.id) === mine) underWay.delete(plan.id);
    }
  };

  return {
    list: () => listModels(),
    plan: ({ source, hub }) => planDownload(source, { hub }),
    download: ({ plan }, onProgress) => download(plan, onProgress),
    keep: ({ id, files }) => keepModel(id, files),
    cancel: ({ id }) => cancel(id),
    async remove({ id }) {
      await cancel(id);
      await removeModel(id);
    },
  };
}
