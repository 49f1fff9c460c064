/** The models stored in this browser, a folder each; the folder's name is the model's id, made fit for a file name. */
import { LabError } from "../core/errors.ts";
import { type FileSource, fromBlobs } from "../core/files.ts";
import type { ModelManifest, StoredFile, StoredModel } from "../core/models.ts";
import { modelName } from "../core/models.ts";
import { describe, type ModelFolder, PART, readManifest, writeManifest } from "./modelFolder.ts";
import { fileName, openOpfsFolder, openRoot, orNull } from "./opfs.ts";
import { storageSpace } from "./quota.ts";

const COPY_BYTES = 8 << 20; // of a dropped file at once

/** All models, unfinished ones too, by name. */
export async function listModels(): Promise<StoredModel[]> {
  const root = await openRoot();
  const models: StoredModel[] = [];
  for await (const folder of root.values()) {
    if (folder.kind !== "directory") continue;
    const files = openOpfsFolder(folder as FileSystemDirectoryHandle);
    const manifest = await readManifest(files);
    if (manifest !== null) models.push(await describe(files, manifest));
  }
  return models.sort((a, b) => a.id.localeCompare(b.id, "en"));
}

/** A model's folder, made where it is not there. */
export async function openModelFolder(id: string): Promise<ModelFolder> {
  const root = await openRoot();
  return openOpfsFolder(await root.getDirectoryHandle(encodeURIComponent(id), { create: true }));
}

/** Deletes a model with whatever of it is there. @throws LabError busy while it is being written */
export async function removeModel(id: string): Promise<void> {
  const root = await openRoot();
  try {
    await orNull(root.removeEntry(encodeURIComponent(id), { recursive: true }));
  } catch (cause) {
    if ((cause as DOMException).name !== "NoModificationAllowedError") throw cause;
    throw new LabError("busy", `${modelName(id)} is being written: cancel its download first`, { cause });
  }
}

/** The files of a stored model. @throws LabError not-found where it is not there, or not whole */
export async function openStoredModel(id: string): Promise<FileSource> {
  const root = await openRoot();
  const directory = await orNull(root.getDirectoryHandle(encodeURIComponent(id)));
  const folder = directory && openOpfsFolder(directory);
  const manifest = folder && (await readManifest(folder));
  const state = manifest && (await describe(folder, manifest));
  if (directory === null || !state?.whole) {
    const what = state ? "is not all there" : "is not stored in this browser";
    throw new LabError(
      "not-found",
      `the model ${modelName(id)} ${what}: open Models and ${state ? "resume" : "start"} its download, or choose another one`,
    );
  }
  const files = state.files.map(async ({ name }): Promise<[string, Blob]> => {
    const handle = await directory.getFileHandle(fileName(name));
    return [name, await handle.getFile()];
  });
  return fromBlobs(new Map(await Promise.all(files)));
}

/** @throws LabError quota-exceeded, saying both numbers, when the browser will not let us store so many bytes more */
export async function requireSpace(id: string, bytes: number): Promise<void> {
  const { used, quota } = await storageSpace();
  if (used === null || quota === null || used + bytes <= quota) return;
  const mb = (n: number) => `${Math.ceil(n / 1e6).toLocaleString("en")} MB`;
  throw new LabError(
    "quota-exceeded",
    `${modelName(id)} needs ${mb(bytes)}, the browser has ${mb(Math.max(0, quota - used))} left for this page. Nothing was changed; delete a model or free space on the disk, then try again`,
  );
}

/** Copies dropped files in. @throws LabError bad-model when they are no model, quota-exceeded */
export async function keepModel(id: string, files: readonly File[]): Promise<StoredModel> {
  const names = files.map((file) => file.name);
  const isGguf = names.length === 1 && /\.gguf$/i.test(names[0]!);
  const isFolder = names.includes("config.json") && names.some((name) => name.endsWith(".safetensors"));
  if (!isGguf && !isFolder)
    throw new LabError(
      "bad-model",
      `${names.join(", ") || "nothing"} is not a model: it takes one .gguf file, or a folder with config.json, tokenizer.json and .safetensors`,
    );
  await requireSpace(
    id,
    files.reduce((sum, file) => sum + file.size, 0),
  );
  const folder = await openModelFolder(id);
  const manifest: ModelManifest = { id, source: "files", revision: null, licence: null, files: [] };
  await writeManifest(folder, manifest);
  for (const file of files) {
    const stored = await copyIn(folder, file);
    manifest.files.push(stored);
  }
  await writeManifest(folder, manifest);
  return describe(folder, manifest);
}

async function copyIn(folder: ModelFolder, file: File): Promise<StoredFile> {
  const part = await folder.open(file.name + PART);
  try {
    await part.truncate(0);
    for (let at = 0; at < file.size; at += COPY_BYTES)
      await part.write(new Uint8Array(await file.slice(at, at + COPY_BYTES).arrayBuffer()), at);
    await part.flush();
  } finally {
    await part.close();
  }
  await folder.rename(file.name + PART, file.name);
  const nothingKnown = { url: "", sha256: null, etag: null, checked: false };
  return { name: file.name, size: file.size, date: new Date().toISOString(), ...nothingKnown };
}
