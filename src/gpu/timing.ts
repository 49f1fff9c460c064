/** Where the time goes: with profiling on, every dispatch runs in a pass of its own between two timestamps. */

interface Timed {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  slot: number;
  grid: readonly [number, number, number];
  flops: number;
  name: string;
}

export interface KernelTime {
  name: string;
  seconds: number;
  dispatches: number;
  flops: number;
}

const QUERIES = 4096; // WebGPU's limit for one query set

/** How a wait ends though the device is lost (`Gpu`). */
interface Waits {
  orLost<T>(promise: Promise<T>): Promise<T | undefined>;
  check(): void;
}

/** Collects GPU time per kernel; needs the feature timestamp-query, and quantisation off for short kernels. */
export class Profiler {
  active = false;
  readonly #device: GPUDevice;
  readonly #gpu: Waits;
  #set: GPUQuerySet | null = null;
  #batches: { names: Timed[]; resolved: GPUBuffer; result: GPUBuffer }[] = [];

  constructor(gpu: Waits & { device: GPUDevice }) {
    this.#device = gpu.device;
    this.#gpu = gpu;
  }

  /** Encodes the steps with timestamps; a submission longer than the query set leaves its tail untimed. */
  encode(encoder: GPUCommandEncoder, steps: readonly Timed[]): void {
    this.#set ??= this.#device.createQuerySet({ type: "timestamp", count: QUERIES });
    const timed = steps.slice(0, QUERIES / 2);
    steps.forEach((s, i) => {
      const pass = encoder.beginComputePass(
        i < timed.length
          ? {
              timestampWrites: {
                querySet: this.#set!,
                beginningOfPassWriteIndex: 2 * i,
                endOfPassWriteIndex: 2 * i + 1,
              },
            }
          : {},
      );
      pass.setPipeline(s.pipeline);
      pass.setBindGroup(0, s.group, [s.slot * 256]);
      pass.dispatchWorkgroups(...s.grid);
      pass.end();
    });
    const size = timed.length * 16;
    const resolved = this.#device.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const result = this.#device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.resolveQuerySet(this.#set, 0, timed.length * 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, result, 0, size);
    this.#batches.push({ names: timed, resolved, result });
  }

  /**
   * Seconds per kernel since the last call, longest first. What was measured is gone afterwards, read or not.
   * @throws LabError what went wrong on the device
   */
  async collect(): Promise<KernelTime[]> {
    const times = new Map<string, KernelTime>();
    const batches = this.#batches;
    this.#batches = [];
    try {
      for (const { names, result } of batches) {
        await this.#gpu.orLost(result.mapAsync(GPUMapMode.READ));
        this.#gpu.check();
        const t = new BigUint64Array(result.getMappedRange());
        names.forEach((s, i) => {
          const entry = times.get(s.name) ?? { name: s.name, seconds: 0, dispatches: 0, flops: 0 };
          entry.seconds += Number(t[2 * i + 1]! - t[2 * i]!) / 1e9;
          entry.dispatches++;
          entry.flops += s.flops;
          times.set(s.name, entry);
        });
      }
    } finally {
      for (const { resolved, result } of batches) {
        resolved.destroy();
        result.destroy();
      }
    }
    return [...times.values()].sort((a, b) => b.seconds - a.seconds);
  }
}
