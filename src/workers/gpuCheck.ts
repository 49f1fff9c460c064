/** "Check my GPU" in the train worker; loaded when it is asked for. */
import { reportError } from "../core/errors.ts";
import type { GpuCheck, GpuCheckProgress } from "../core/messages.ts";
import { openGpu } from "../gpu/device.ts";
import { allChecks, runChecks } from "../gpu/selfCheck.ts";

/** @throws LabError no-webgpu, no-adapter */
export async function checkGpu(
  onProgress: (progress: GpuCheckProgress) => void,
  stopped: () => boolean,
): Promise<GpuCheck> {
  const gpu = await openGpu();
  const { name: gpuAdapter, isFallbackAdapter } = gpu.info;
  const found: GpuCheck = { gpuAdapter, isFallbackAdapter, of: 0, results: [], fault: null };
  try {
    const checks = await allChecks(gpu);
    found.of = checks.length;
    await runChecks(gpu, checks, {
      timed: true,
      stopped,
      onResult(latest, done) {
        found.results.push(latest);
        onProgress({ done, of: checks.length, latest });
      },
    });
  } catch (error) {
    found.fault = reportError(error).message;
  } finally {
    gpu.destroy();
  }
  return found;
}
