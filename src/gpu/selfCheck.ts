/** "Check my GPU": every kernel on small data against its float64 reference, on the visitor's own machine. */
import type { Range } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import type { Kernel } from "./kernel.ts";
import { withRows } from "./kernels/rows.ts";

export interface CheckResult {
  kernel: string; // its key: name, constants, parts
  maxError: number; // the largest |got − want|
  share: number; // the largest |got − want| / (atol + rtol·|want|): 1 is what the kernel's tolerance allows
  passed: boolean;
}

/**
 * Runs the given kernels (f32 weights), and of the others the plain one as this adapter gets it, in one go. The references
 * are loaded when this is called.
 * @throws LabError kernel-failed where a shader does not build
 */
export async function selfCheck(gpu: Gpu, variants: readonly Kernel[] = []): Promise<CheckResult[]> {
  const { checkCases } = await import("./selfCheckCases.ts");
  const runs = checkCases().flatMap((check) => {
    const given = variants.filter((v) => (v.variantOf ?? v.name) === check.kernel.name);
    const plain = "WG" in check.kernel.constants ? withRows(gpu, check.kernel) : check.kernel;
    return (given.length > 0 ? given : [plain]).map((kernel) => ({ ...check, kernel }));
  });
  await gpu.prepare(runs.map((run) => run.kernel));

  const inputs: Range[] = [];
  const outputs: Range[] = [];
  for (const { kernel, data, params, want } of runs) {
    const ranges: Record<string, Range> = {};
    for (const name in kernel.bindings) {
      const range = gpu.upload(data[name]!, `check ${kernel.name}.${name}`);
      ranges[name] = range;
      (name in want ? outputs : inputs).push(range);
    }
    gpu.run(kernel, ranges, params);
  }
  const results = await gpu.read(...outputs);
  for (const range of [...inputs, ...outputs]) gpu.free(range);

  let at = 0;
  return runs.map(({ kernel, data, want }) => {
    let [maxError, share] = [0, 0];
    for (const name of Object.keys(kernel.bindings).filter((b) => b in want)) {
      const bytes = results[at++]!;
      const got = data[name] instanceof Uint32Array ? new Uint32Array(bytes) : new Float32Array(bytes);
      const { rtol, atol } = kernel.tolerance;
      for (let i = 0; i < want[name]!.length; i++) {
        const value = want[name]![i]!;
        const error = Math.abs(got[i]! - value);
        maxError = Math.max(maxError, error); // not a number stays not a number
        if (error !== 0) share = Math.max(share, error / (atol + rtol * Math.abs(value)));
      }
    }
    return { kernel: kernel.key, maxError, share, passed: share <= 1 };
  });
}
