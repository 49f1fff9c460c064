/** `fetch`: a model from Hugging Face or any URL into a folder; the same command again goes on where it was cut. */
import type { DownloadProgress } from "../core/models.ts";
import { planBytes } from "../core/models.ts";
import { fetchModel } from "../storage/fetchModel.ts";
import { planDownload } from "../storage/hub.ts";
import { openDiskFolder } from "./diskFolder.ts";
import { clearStatus, showStatus } from "./show.ts";

/** @throws LabError as `planDownload` and `fetchModel` */
export async function fetchCommand(
  source: string,
  out: string,
  { hub, signal }: { hub?: string | undefined; signal: AbortSignal },
): Promise<void> {
  const plan = await planDownload(source, { signal, ...(hub !== undefined && { hub }) });
  const licence = plan.licence === null ? "" : `, licence ${plan.licence}`;
  if (plan.files.length > 0)
    console.log(
      `${plan.id}: ${size(planBytes(plan.files))} in ${plan.files.map((file) => file.name).join(", ")}${licence}`,
    );
  let note: string | null = null;
  const model = await fetchModel(await openDiskFolder(out), plan, {
    signal,
    onProgress(progress) {
      showStatus(progressLine(progress));
      if (progress.note !== null && progress.note !== note) {
        clearStatus();
        console.error(`${progress.file}: ${progress.note}`);
      }
      note = progress.note;
    },
  });
  clearStatus();
  for (const { name, size: bytes, checked } of model.files)
    console.log(
      `${name}  ${size(bytes)}  ${checked ? "SHA-256 right" : "SHA-256 not published, not checked"}`,
    );
}

const size = (bytes: number | null): string => {
  if (bytes === null) return "–";
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
};

function progressLine({ file, done, of, bytesPerSecond, secondsLeft }: DownloadProgress): string {
  const rate = bytesPerSecond === null ? "" : `, ${size(bytesPerSecond)}/s`;
  const left = secondsLeft === null ? "" : `, ${Math.ceil(secondsLeft)} s left`;
  return `${file}: ${size(done)} of ${size(of)}${rate}${left}`;
}
