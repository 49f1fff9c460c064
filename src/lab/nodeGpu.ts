/** `navigator.gpu` for Node: Dawn, from the npm package `webgpu`. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../core/errors.ts";

const ICD_FOLDER = "/usr/share/vulkan/icd.d";
const HARDWARE = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"]; // any of them: a GPU whose own driver should be found

let opened: GPU | null = null; // Dawn dies with the object `create` returns, whatever devices still live

/**
 * The WebGPU entry point of this process, the same object at every call; also puts `GPUBufferUsage` and its like where a
 * browser has them. Vulkan's usual variables (VK_DRIVER_FILES) choose the driver; without them and without GPU hardware
 * Mesa's software driver is taken.
 * @throws LabError no-adapter when Dawn has no build for this machine
 */
export async function nodeGpu(): Promise<GPU> {
  if (opened) return opened;
  if (process.platform === "linux") prepareVulkan(process.env);
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    opened = create([]);
  } catch (cause) {
    const machine = `${process.platform}-${process.arch}`;
    throw new LabError(
      "no-adapter",
      `The npm package webgpu (Dawn) did not load on ${machine}. Run \`npm ci\` again on this machine; if it has no build for ${machine}, use the browser.`,
      { cause },
    );
  }
  return opened;
}

/** Fills in what Vulkan on a bare Linux machine lacks; what the user has set stays. */
export function prepareVulkan(env: NodeJS.ProcessEnv): void {
  if (!env.XDG_RUNTIME_DIR) {
    env.XDG_RUNTIME_DIR = join(tmpdir(), "closed-book-xdg"); // Mesa wants a private folder
    mkdirSync(env.XDG_RUNTIME_DIR, { recursive: true, mode: 0o700 });
  }
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES || HARDWARE.some((path) => existsSync(path))) return;
  const lavapipe =
    existsSync(ICD_FOLDER) && readdirSync(ICD_FOLDER).find((name) => /^lvp_icd.*\.json$/.test(name));
  if (lavapipe) env.VK_DRIVER_FILES = join(ICD_FOLDER, lavapipe);
}
