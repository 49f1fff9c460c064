/** The least device that WebGPU promises: the default limits and no optional feature, whatever the adapter has. */

/** The specification's defaults (WebGPU, "Limits"), as far as a compute shader meets them. */
export const FLOOR_LIMITS = {
  maxBindGroups: 4,
  maxBindingsPerBindGroup: 1000,
  maxDynamicUniformBuffersPerPipelineLayout: 8,
  maxStorageBuffersPerShaderStage: 8,
  maxUniformBuffersPerShaderStage: 12,
  maxUniformBufferBindingSize: 65_536,
  maxStorageBufferBindingSize: 134_217_728,
  minUniformBufferOffsetAlignment: 256,
  minStorageBufferOffsetAlignment: 256,
  maxBufferSize: 268_435_456,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65_535,
} as const;

/** Whether the tests run on the least device: GPU_FLOOR=1. Handed on by vite.config.ts, to Node and the browser alike. */
export const atFloor = (): boolean => import.meta.env.GPU_FLOOR === "1";

/** A WebGPU whose adapters have no more than that. */
export function floored(gpu: GPU): GPU {
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await gpu.requestAdapter(options);
    if (adapter === null) return null;
    const less: Partial<Record<keyof GPUAdapter, unknown>> = {
      features: new Set<string>(),
      limits: FLOOR_LIMITS,
      info: adapter.info,
      requestDevice: (wanted: GPUDeviceDescriptor = {}) => {
        for (const feature of wanted.requiredFeatures ?? [])
          throw new TypeError(`this adapter has no ${feature}`);
        return adapter.requestDevice({ ...wanted, requiredLimits: FLOOR_LIMITS });
      },
    };
    return less as GPUAdapter;
  };
  return { requestAdapter } as GPU;
}
