/** All files of a model into its folder, with a manifest that says at every moment what is there. */
import { LabError } from "../core/errors.ts";
import type {
  DownloadPlan,
  DownloadProgress,
  ModelManifest,
  StoredFile,
  StoredModel,
} from "../core/models.ts";
import { planBytes } from "../core/models.ts";
import { type DownloadOptions, downloadFile } from "./download.ts";
import { describe, type ModelFolder, PART, readManifest, writeManifest } from "./modelFolder.ts";
import { openRateMeter } from "./rateMeter.ts";

export interface FetchOptions extends Pick<DownloadOptions, "signal" | "fetch" | "sleep" | "stallMs"> {
  onProgress(progress: DownloadProgress): void;
  now?: () => number; // ms
}

/**
 * Fetches what is not there yet. A second call goes on where the first one was cut.
 * @throws LabError as `downloadFile`
 */
export async function fetchModel(
  folder: ModelFolder,
  plan: DownloadPlan,
  options: FetchOptions,
): Promise<StoredModel> {
  if (plan.files.length === 0)
    throw new LabError(
      "bad-config",
      `${plan.id} has several models: pick one of ${plan.choices.map(({ name }) => name).join(", ")}`,
    );
  const { now = () => performance.now() } = options;
  const manifest = await takeUp(folder, plan);
  await writeManifest(folder, manifest);
  const sizeOf = async ({ name, date }: StoredFile) =>
    (await folder.sizeOf(date === null ? name + PART : name)) ?? 0;
  const stored = await Promise.all(manifest.files.map(sizeOf));
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
  const meter = openRateMeter(sum(stored), now());

  for (const [i, file] of manifest.files.entries()) {
    if (file.date !== null) continue;
    const { size, checked } = await downloadFile(folder, plan.files[i]!, file, {
      ...options,
      async onVersion(version) {
        Object.assign(file, version);
        await writeManifest(folder, manifest);
      },
      onProgress(bytes, _of, note) {
        stored[i] = bytes;
        const done = sum(stored);
        const of = planBytes(manifest.files);
        const bytesPerSecond = meter.rate(done, now());
        const secondsLeft = of === null || !bytesPerSecond ? null : (of - done) / bytesPerSecond;
        options.onProgress({ file: file.name, done, of, bytesPerSecond, secondsLeft, note });
      },
    });
    stored[i] = size;
    Object.assign(file, { size, checked, date: new Date().toISOString() });
    await writeManifest(folder, manifest);
  }
  return describe(folder, manifest);
}

/** The plan as a manifest, with what an earlier visit has of the same files; what belongs to no file of it goes. */
async function takeUp(folder: ModelFolder, plan: DownloadPlan): Promise<ModelManifest> {
  const { id, source, revision, licence } = plan;
  const before = await readManifest(folder);
  const files = await Promise.all(
    plan.files.map(async (file): Promise<StoredFile> => {
      const old = before?.files.find(({ name }) => name === file.name);
      const same =
        old !== undefined &&
        (file.sha256 !== null && old.sha256 !== null ? old.sha256 === file.sha256 : old.url === file.url) &&
        (file.size === null || old.size === null || old.size === file.size);
      if (same) {
        const whole = old.date !== null && (await folder.sizeOf(file.name)) === old.size;
        return {
          ...file,
          size: old.size ?? file.size,
          etag: old.etag,
          checked: whole && old.checked,
          date: whole ? old.date : null,
        };
      }
      await Promise.all([folder.remove(file.name), folder.remove(file.name + PART)]);
      return { ...file, etag: null, checked: false, date: null };
    }),
  );
  return { id, source, revision, licence, files };
}
