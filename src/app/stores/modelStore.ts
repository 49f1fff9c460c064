/** The stored models and the downloads under way; outlives the dialog, so that a download goes on when it is closed. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { LabError } from "../../core/errors.ts";
import type { DownloadPlan, DownloadProgress, StoredModel } from "../../core/models.ts";
import { HUB } from "../../storage/hub.ts";
import { requestPersistence, type StorageSpace, storageSpace } from "../../storage/quota.ts";
import type { Lab } from "../lab.ts";

export interface ModelState {
  models: StoredModel[] | null; // null until they were listed
  space: StorageSpace | null;
  downloads: Record<string, DownloadProgress | null>; // by id; null before the first byte
  faults: Record<string, string>; // by id: how the last attempt ended
  hub: string; // where repositories are looked up
}

export const useModelStore = create<ModelState>()(
  persist((): ModelState => ({ models: null, space: null, downloads: {}, faults: {}, hub: HUB }), {
    name: "closed-book-models",
    version: 1,
    partialize: ({ hub }) => ({ hub }),
  }),
);

const { setState } = useModelStore;

const without = <T>(record: Record<string, T>, id: string): Record<string, T> => {
  const { [id]: _gone, ...others } = record;
  return others;
};

export async function listStored(lab: Lab): Promise<void> {
  const [models, space] = await Promise.all([lab.models.ask("list", null), storageSpace()]);
  setState({ models, space });
}

/** Fetches a model, or the rest of it; how it ends shows in the store. Answers whether it is whole. */
export async function startDownload(lab: Lab, plan: DownloadPlan): Promise<boolean> {
  const { id } = plan;
  setState(({ downloads, faults }) => ({
    downloads: { ...downloads, [id]: null },
    faults: without(faults, id),
  }));
  void requestPersistence(); // so that the browser does not throw gigabytes away when the disk is full
  let whole = false;
  try {
    const onProgress = (progress: DownloadProgress) =>
      setState(({ downloads }) => (id in downloads ? { downloads: { ...downloads, [id]: progress } } : {}));
    await lab.models.ask("download", { plan }, { onProgress });
    whole = true;
  } catch (error) {
    const stopped = error instanceof LabError && error.code === "aborted";
    if (!stopped) setState(({ faults }) => ({ faults: { ...faults, [id]: messageOf(error) } }));
  }
  await listStored(lab).catch(() => {}); // the list of before is better than none
  setState(({ downloads }) => ({ downloads: without(downloads, id) }));
  return whole;
}

/** Deletes a model, ending its download first. */
export async function removeStored(lab: Lab, id: string): Promise<void> {
  try {
    await lab.models.ask("remove", { id });
    setState(({ faults }) => ({ faults: without(faults, id) }));
  } catch (error) {
    setState(({ faults }) => ({ faults: { ...faults, [id]: messageOf(error) } }));
  }
  await listStored(lab);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
