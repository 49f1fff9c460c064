import type { FileSource } from "../core/files.ts";
import { fromUrl } from "../core/files.ts";
import { storedModelId } from "../core/models.ts";
import { openStoredModel } from "../storage/modelStore.ts";

/** The files of a model in the settings' words made absolute (`absoluteModel`): a folder's URL, or a model stored in the browser. */
export async function openModelFiles(model: string): Promise<FileSource> {
  const id = storedModelId(model);
  return id === null ? fromUrl(model) : openStoredModel(id);
}
