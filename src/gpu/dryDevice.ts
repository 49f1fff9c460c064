/**
 * A device that computes nothing and counts everything: buffers have sizes but no contents, dispatches vanish, reads give
 * zeros. The engine's own code on it says what memory it will take, so an estimate and the allocation cannot disagree.
 */
import { Gpu, type GpuInfo } from "./device.ts";

/** What of a device's limits decides how memory is laid out. */
export interface MemoryLimits {
  maxStorageBufferBindingSize: number;
  maxBufferSize: number;
}

/** WebGPU's defaults: what every device has at least. */
export const DEFAULT_LIMITS: MemoryLimits = {
  maxStorageBufferBindingSize: 128 << 20,
  maxBufferSize: 256 << 20,
};

const NOBODY: GpuInfo = { name: "dry", isFallbackAdapter: false, subgroupMinSize: 0, subgroupMaxSize: 0 };

/** A `Gpu` whose `allocatedBytes` and `peakBytes` are those of a real one with these limits. Needs WebGPU's globals. */
export function openDryGpu(limits: MemoryLimits = DEFAULT_LIMITS): Gpu {
  const nothing = (): object => ({});
  const pass = { setPipeline() {}, setBindGroup() {}, dispatchWorkgroups() {}, end() {} };
  const encoder = { beginComputePass: () => pass, copyBufferToBuffer() {}, finish: nothing };
  const device = {
    limits,
    features: new Set<string>(),
    lost: new Promise<never>(() => {}),
    addEventListener() {},
    pushErrorScope() {},
    popErrorScope: async () => null,
    createBuffer: ({ size, label = "" }: GPUBufferDescriptor) => ({
      size,
      label,
      destroy() {},
      mapAsync: async () => {},
      getMappedRange: () => new ArrayBuffer(size),
    }),
    createBindGroupLayout: nothing,
    createPipelineLayout: nothing,
    createShaderModule: nothing,
    createComputePipeline: nothing,
    createComputePipelineAsync: async () => ({}),
    createBindGroup: nothing,
    createCommandEncoder: () => encoder,
    queue: { writeBuffer() {}, submit() {}, onSubmittedWorkDone: async () => {} },
    destroy() {},
  };
  return new Gpu(device as unknown as GPUDevice, NOBODY);
}
