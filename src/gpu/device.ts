/**
 * The GPU: device, pipelines, cached bind groups, batches of dispatches, readback, timing. Works in a browser worker and
 * in Node alike; asks for no more than the WebGPU default limits.
 */
import { LabError } from "../core/errors.ts";
import { roundUp } from "../core/shape.ts";
import { ALIGN, type Allocator, type Range } from "./buffers.ts";
import { type Kernel, packParams, paramBytes } from "./kernel.ts";
import { Profiler } from "./timing.ts";
import { waitFor } from "./wait.ts";

export interface GpuOptions {
  gpu?: GPU | undefined; // default navigator.gpu
  withhold?: GPUFeatureName[] | undefined; // features to do without, for tests
  adapterOptions?: GPURequestAdapterOptions | undefined;
}

/** What the adapter says of itself; the autotune cache is keyed by `name`. */
export interface GpuInfo {
  name: string; // "vendor architecture device"
  isFallbackAdapter: boolean;
  subgroupMinSize: number; // 0 without subgroups
  subgroupMaxSize: number;
}

const WANTED: GPUFeatureName[] = ["subgroups", "shader-f16", "timestamp-query"];
const UNIFORM_SLOTS = 1024;
/** Work of one submission before it is cut: 20 GFLOP to start with (kernels.md §10), adapted to what 80 ms hold. */
const FIRST_BUDGET = 20e9;
const TARGET_SECONDS = 0.08;
/** Overhead of a dispatch in FLOP-equivalents, so that thousands of tiny ones are cut too. */
const DISPATCH_FLOPS = 2e5;

interface Recorded {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  slot: number;
  grid: readonly [number, number, number];
  flops: number;
  name: string;
}

/** A fixed sequence of dispatches with its own parameters, replayed without touching JavaScript objects again. */
export interface Plan {
  readonly steps: readonly Recorded[];
  readonly uniforms: GPUBuffer;
  readonly flops: number;
}

/**
 * Opens a device.
 * @throws LabError no-webgpu, no-adapter
 */
export async function openGpu(options: GpuOptions = {}): Promise<Gpu> {
  const api = options.gpu ?? (typeof navigator === "undefined" ? undefined : navigator.gpu);
  if (!api)
    throw new LabError(
      "no-webgpu",
      "this browser has no WebGPU; use a current Chrome, Edge, Firefox or Safari",
    );
  const adapter = await api.requestAdapter({
    powerPreference: "high-performance",
    ...options.adapterOptions,
  });
  if (!adapter)
    throw new LabError(
      "no-adapter",
      "WebGPU found no GPU adapter; enable hardware acceleration or update the graphics driver",
    );
  const requiredFeatures = WANTED.filter((f) => adapter.features.has(f) && !options.withhold?.includes(f));
  const device = await adapter.requestDevice({ requiredFeatures, label: "closed-book" });
  const i = adapter.info;
  const subgroups = requiredFeatures.includes("subgroups");
  return new Gpu(device, {
    name: [i.vendor, i.architecture, i.device, i.description].filter((s) => s).join(" ") || "unnamed adapter",
    isFallbackAdapter: i.isFallbackAdapter ?? false,
    subgroupMinSize: subgroups ? (i.subgroupMinSize ?? 0) : 0,
    subgroupMaxSize: subgroups ? (i.subgroupMaxSize ?? 0) : 0,
  });
}

const deviceLost = (why: string, cause?: unknown): LabError =>
  new LabError(
    "device-lost",
    `the GPU device was lost (${why}); the last checkpoint is safe, resume from it`,
    cause === undefined ? {} : { cause },
  );

export class Gpu implements Allocator {
  readonly device: GPUDevice;
  readonly info: GpuInfo;
  readonly maxBindingBytes: number;
  allocatedBytes = 0;
  peakBytes = 0; // of allocatedBytes
  dispatches = 0; // since the device was opened
  readonly profiler: Profiler;

  #failure: LabError | null = null;
  #gone = false; // said by `lost`
  readonly #waiting = new Set<() => void>(); // ends each of the waits that are under way
  readonly #pipelines = new Map<string, { pipeline: GPUComputePipeline; layout: GPUBindGroupLayout }>();
  #groups = new Map<string, GPUBindGroup>();
  readonly #bufferIds = new WeakMap<GPUBuffer, number>();
  #nextBufferId = 1;
  readonly #uniforms: GPUBuffer;
  readonly #uniformData = new ArrayBuffer(UNIFORM_SLOTS * ALIGN);
  readonly #uniformView = new DataView(this.#uniformData);
  #pending: Recorded[] = [];
  #pendingFlops = 0;
  #recording: Recorded[] | null = null;
  readonly #unused: Range[] = [];
  readonly #allocations = new Set<Promise<void>>(); // of which is not known yet whether the GPU refused them

  // Pacing: how fast this adapter gets through work, and how much it has been given.
  #budget = FIRST_BUDGET;
  #flopsPerSecond: number | null = null;
  #submittedFlops = 0;
  #submittedAt = 0;

  constructor(device: GPUDevice, info: GpuInfo) {
    this.device = device;
    this.info = info;
    this.maxBindingBytes = device.limits.maxStorageBufferBindingSize;
    this.profiler = new Profiler(this);
    this.#uniforms = device.createBuffer({
      size: UNIFORM_SLOTS * ALIGN,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      label: "params",
    });
    device.lost.then((lost) => {
      this.#failure ??= deviceLost(`${lost.reason || "unknown"}: ${lost.message || "no reason given"}`);
      this.#gone = true;
      for (const end of this.#waiting) end();
    });
    device.addEventListener("uncapturederror", (event) => {
      const error = (event as GPUUncapturedErrorEvent).error;
      const oom = typeof GPUOutOfMemoryError !== "undefined" && error instanceof GPUOutOfMemoryError;
      this.#failure ??= new LabError(oom ? "out-of-memory" : "kernel-failed", error.message);
    });
  }

  has(feature: GPUFeatureName): boolean {
    return this.device.features.has(feature);
  }

  /** Throws what went wrong on the device since it was opened; every await of the GPU ends with this. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /**
   * A call on the device. By the standard one on a lost device does nothing and throws nothing; Safari 26 throws a DOMException
   * at once, before `lost` says anything, so that is what it means. What is wrong with the call itself is a TypeError or a
   * validation error, which comes as an event.
   */
  #call<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      if (!(cause instanceof DOMException)) throw cause;
      this.#failure ??= deviceLost(cause.message, cause);
      throw this.#failure;
    }
  }

  /**
   * Comes with a promise of the device, or with its loss: not every browser settles what is under way then (WebKit #24162). `check` says which
   * it was. Not a race with `lost`, which would keep something of every wait for as long as the device lives.
   */
  orLost<T>(promise: Promise<T>): Promise<T | undefined> {
    if (this.#gone) {
      promise.catch(() => {}); // whatever it says, the device is lost
      return Promise.resolve(undefined);
    }
    let end: () => void = () => {};
    const settled = new Promise<T | undefined>((resolve, reject) => {
      end = () => resolve(undefined);
      promise.then(resolve, reject);
    });
    this.#waiting.add(end);
    return settled.finally(() => this.#waiting.delete(end));
  }

  /** Whether `check` throws: from then on the device is of no use. */
  get failed(): boolean {
    return this.#failure !== null;
  }

  // ---- memory ----

  /** A zeroed buffer of at least `bytes`. An allocation the GPU refuses surfaces as out-of-memory at the next await. */
  allocate(bytes: number, label: string): Range {
    const size = Math.max(ALIGN, roundUp(bytes, ALIGN));
    if (size > this.device.limits.maxBufferSize) {
      throw new LabError(
        "out-of-memory",
        `${label} needs ${size} bytes, this device allows ${this.device.limits.maxBufferSize} a buffer`,
      );
    }
    const before = this.allocatedBytes;
    const buffer = this.#call(() => {
      this.device.pushErrorScope("out-of-memory");
      const made = this.device.createBuffer({
        size,
        label,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      const asked = this.device.popErrorScope().then(
        (error) => {
          if (error)
            this.#failure ??= new LabError(
              "out-of-memory",
              `the GPU refused ${size} bytes for ${label} on top of ${before}: ${error.message}`,
            );
        },
        () => {}, // the device is gone: `lost` reports it
      );
      this.#allocations.add(asked);
      void asked.then(() => this.#allocations.delete(asked));
      return made;
    });
    this.allocatedBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.allocatedBytes);
    return { buffer, offset: 0, size };
  }

  /** A buffer with these contents. */
  upload(data: ArrayBufferView<ArrayBuffer>, label: string): Range {
    const range = this.allocate(data.byteLength, label);
    this.write(range, data);
    return range;
  }

  /** Frees the whole buffer a range came from; recorded commands that use it must have been submitted. */
  free(range: Range): void {
    this.submit();
    this.#groups.clear();
    this.allocatedBytes -= range.buffer.size;
    range.buffer.destroy();
  }

  /** Writes from the CPU, after everything recorded so far. */
  write(range: Range, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    if (offset + data.byteLength > range.size) {
      throw new LabError(
        "bad-shape",
        `${range.buffer.label}: ${data.byteLength} bytes at ${offset} exceed its ${range.size}`,
      );
    }
    this.submit();
    const at = range.offset + offset;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const padded = bytes.length % 4 === 0 ? bytes : new Uint8Array(roundUp(bytes.length, 4));
    if (padded !== bytes) padded.set(bytes);
    this.#call(() => this.device.queue.writeBuffer(range.buffer, at, padded));
  }

  /** Something to bind where a binding goes unused: a buffer per index, since read-only and writable ones may not share. */
  unused(index: number): Range {
    const descriptor = { size: ALIGN, usage: GPUBufferUsage.STORAGE, label: `unused ${index}` };
    this.#unused[index] ??= {
      buffer: this.#call(() => this.device.createBuffer(descriptor)),
      offset: 0,
      size: ALIGN,
    };
    return this.#unused[index];
  }

  // ---- dispatching ----

  /** Builds pipelines ahead of use, in parallel. @throws LabError kernel-failed with the compiler's message */
  async prepare(kernels: readonly Kernel[]): Promise<void> {
    await Promise.all(
      kernels.map(async (kernel) => {
        if (this.#pipelines.has(kernel.key)) return;
        const { layout, descriptor } = this.#call(() => this.#describe(kernel));
        const building = this.#call(() => this.device.createComputePipelineAsync(descriptor));
        try {
          const pipeline = await this.orLost(building);
          if (pipeline !== undefined) this.#pipelines.set(kernel.key, { pipeline, layout });
        } catch (cause) {
          await Promise.resolve(); // let `lost` speak first
          this.check(); // of a lost device nothing builds
          throw new LabError(
            "kernel-failed",
            `${kernel.key}: the shader did not build: ${(cause as Error).message}`,
            { cause },
          );
        }
      }),
    );
    this.check();
  }

  /** Records one dispatch. Bindings and params by the shader's names. */
  run<B extends string, P extends string>(
    kernel: Kernel<B, P>,
    bindings: Readonly<Record<B, Range>>,
    params: Readonly<Record<P, number>>,
  ): void {
    const k = kernel as unknown as Kernel;
    const [x, y = 1, z = 1] = kernel.grid(params, kernel.constants);
    const flops = kernel.flops(params) + DISPATCH_FLOPS;
    const target = this.#recording ?? this.#pending;
    if (
      target.length === UNIFORM_SLOTS ||
      (!this.#recording && this.#pendingFlops > 0 && this.#pendingFlops + flops > this.#budget)
    ) {
      if (this.#recording)
        throw new LabError("bad-shape", `a plan holds at most ${UNIFORM_SLOTS} dispatches`);
      this.submit();
    }
    const list = this.#recording ?? this.#pending;
    const slot = list.length;
    packParams(k, params, this.#uniformView, slot * ALIGN);
    const { pipeline, layout } = this.#pipeline(k);
    const uniforms = this.#recordingUniforms ?? this.#uniforms;
    list.push({
      pipeline,
      group: this.#group(k, layout, bindings, uniforms),
      slot,
      grid: [x, y, z],
      flops,
      name: kernel.key,
    });
    if (!this.#recording) this.#pendingFlops += flops;
  }

  #recordingUniforms: GPUBuffer | null = null;

  /** Records what `body` runs as a plan instead of running it. */
  record(label: string, body: () => void): Plan {
    this.submit();
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const uniforms = this.#call(() =>
      this.device.createBuffer({ size: UNIFORM_SLOTS * ALIGN, usage, label }),
    );
    this.#recording = [];
    this.#recordingUniforms = uniforms;
    try {
      body();
      const steps = this.#recording;
      this.#writeParams(uniforms, steps.length);
      return { steps, uniforms, flops: steps.reduce((n, s) => n + s.flops, 0) };
    } catch (error) {
      this.#groups.clear(); // some may hold the parameters
      uniforms.destroy();
      throw error;
    } finally {
      this.#recording = null;
      this.#recordingUniforms = null;
    }
  }

  /** Encodes a plan once more and submits it. */
  replay(plan: Plan): void {
    this.submit();
    this.#encode(plan.steps);
  }

  /** Frees a plan's parameters. */
  discard(plan: Plan): void {
    this.submit();
    this.#groups.clear();
    plan.uniforms.destroy();
  }

  /** Hands everything recorded to the GPU; does not wait. */
  submit(): void {
    if (this.#pending.length === 0 || this.#recording) return;
    this.#writeParams(this.#uniforms, this.#pending.length);
    const steps = this.#pending;
    this.#pending = [];
    this.#pendingFlops = 0;
    this.#encode(steps);
  }

  #writeParams(uniforms: GPUBuffer, slots: number): void {
    this.#call(() => this.device.queue.writeBuffer(uniforms, 0, this.#uniformData, 0, slots * ALIGN));
  }

  #encode(steps: readonly Recorded[]): void {
    if (this.#submittedFlops === 0) this.#submittedAt = performance.now();
    this.#call(() => this.device.queue.submit([this.#encoded(steps)]));
    this.dispatches += steps.length;
    this.#submittedFlops += steps.reduce((n, s) => n + s.flops, 0);
  }

  #encoded(steps: readonly Recorded[]): GPUCommandBuffer {
    const encoder = this.device.createCommandEncoder();
    if (this.profiler.active) this.profiler.encode(encoder, steps);
    else {
      const pass = encoder.beginComputePass();
      let bound: GPUComputePipeline | null = null;
      for (const s of steps) {
        if (s.pipeline !== bound) pass.setPipeline(s.pipeline);
        bound = s.pipeline;
        pass.setBindGroup(0, s.group, [s.slot * ALIGN]);
        pass.dispatchWorkgroups(...s.grid);
      }
      pass.end();
    }
    return encoder.finish();
  }

  // ---- waiting ----

  /** Waits until the GPU has done everything recorded so far. */
  async idle(): Promise<void> {
    this.submit();
    await waitFor(this.orLost(this.#call(() => this.device.queue.onSubmittedWorkDone())));
    this.#pace();
    await this.#allocated();
    this.check();
  }

  /** Reads ranges back, in one wait. */
  async read(...ranges: Range[]): Promise<ArrayBuffer[]> {
    this.submit();
    const total = ranges.reduce((n, r) => n + roundUp(r.size, 8), 0);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = this.#call(() => this.device.createBuffer({ size: total, usage, label: "readback" }));
    try {
      this.#call(() => this.#copy(ranges, staging));
      await this.#map(staging);
      this.#pace();
      await this.#allocated();
      this.check();
      const all = this.#call(() => staging.getMappedRange().slice(0));
      let at = 0;
      return ranges.map((r) => {
        const part = all.slice(at, at + r.size);
        at += roundUp(r.size, 8);
        return part;
      });
    } finally {
      staging.destroy(); // which unmaps it too
    }
  }

  #copy(ranges: readonly Range[], staging: GPUBuffer): void {
    const encoder = this.device.createCommandEncoder();
    let at = 0;
    for (const r of ranges) {
      encoder.copyBufferToBuffer(r.buffer, r.offset, staging, at, roundUp(r.size, 4));
      at += roundUp(r.size, 8);
    }
    this.device.queue.submit([encoder.finish()]);
  }

  async #map(staging: GPUBuffer): Promise<void> {
    try {
      await waitFor(this.orLost(staging.mapAsync(GPUMapMode.READ)));
    } catch (cause) {
      await Promise.resolve(); // let `lost` speak first
      this.check();
      const error = deviceLost("reading from it failed", cause);
      if (cause instanceof DOMException) this.#failure = error; // the browser's word, of this device for good
      throw error;
    }
  }

  /** Whether memory was refused is known before anything computed in it is given out: Chrome goes on computing on nothing. */
  async #allocated(): Promise<void> {
    if (this.#allocations.size > 0) await waitFor(this.orLost(Promise.all(this.#allocations)));
  }

  /** Reads one range of 32-bit floats: the first `count`. */
  async readF32(range: Range, count: number): Promise<Float32Array<ArrayBuffer>> {
    const [bytes] = await this.read({ ...range, size: count * 4 });
    return new Float32Array(bytes!);
  }

  /** Reads one range of unsigned words: the first `count`. */
  async readU32(range: Range, count: number): Promise<Uint32Array<ArrayBuffer>> {
    const [bytes] = await this.read({ ...range, size: count * 4 });
    return new Uint32Array(bytes!);
  }

  #pace(): void {
    const seconds = (performance.now() - this.#submittedAt) / 1000;
    if (this.#submittedFlops > 0 && seconds > 0.001) {
      const rate = this.#submittedFlops / seconds;
      this.#flopsPerSecond = this.#flopsPerSecond === null ? rate : 0.7 * this.#flopsPerSecond + 0.3 * rate;
      this.#budget = Math.max(1e8, this.#flopsPerSecond * TARGET_SECONDS);
    }
    this.#submittedFlops = 0;
  }

  // ---- pipelines and bind groups ----

  #describe(kernel: Kernel): { layout: GPUBindGroupLayout; descriptor: GPUComputePipelineDescriptor } {
    for (const f of kernel.features) {
      if (!this.has(f))
        throw new LabError(
          "kernel-failed",
          `${kernel.name} needs the GPU feature ${f}, which this device has not`,
        );
    }
    const kinds = Object.values(kernel.bindings);
    const entries: GPUBindGroupLayoutEntry[] = kinds.map((kind, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: kind === "read" ? "read-only-storage" : "storage" },
    }));
    entries.push({
      binding: kinds.length,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: paramBytes(kernel) },
    });
    const layout = this.device.createBindGroupLayout({ entries, label: kernel.name });
    return {
      layout,
      descriptor: {
        label: kernel.key,
        layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: {
          module: this.device.createShaderModule({ code: kernel.code, label: kernel.name }),
          constants: { ...kernel.constants },
        },
      },
    };
  }

  #pipeline(kernel: Kernel): { pipeline: GPUComputePipeline; layout: GPUBindGroupLayout } {
    let entry = this.#pipelines.get(kernel.key);
    if (!entry) {
      const { layout, descriptor } = this.#call(() => this.#describe(kernel));
      entry = { pipeline: this.#call(() => this.device.createComputePipeline(descriptor)), layout };
      this.#pipelines.set(kernel.key, entry);
    }
    return entry;
  }

  #group(
    kernel: Kernel,
    layout: GPUBindGroupLayout,
    bindings: Readonly<Record<string, Range>>,
    uniforms: GPUBuffer,
  ): GPUBindGroup {
    let key = `${kernel.key}|${this.#idOf(uniforms)}`;
    for (const name in kernel.bindings) {
      const r = bindings[name];
      if (!r) throw new LabError("bad-shape", `${kernel.name}: nothing is bound to ${name}`);
      key += `|${this.#idOf(r.buffer)},${r.offset},${r.size}`;
    }
    let group = this.#groups.get(key);
    if (!group) {
      const entries: GPUBindGroupEntry[] = Object.keys(kernel.bindings).map((name, binding) => {
        const { buffer, offset, size } = bindings[name]!;
        return { binding, resource: { buffer, offset, size } };
      });
      entries.push({ binding: entries.length, resource: { buffer: uniforms, size: paramBytes(kernel) } });
      group = this.#call(() => this.device.createBindGroup({ layout, entries, label: kernel.name }));
      this.#groups.set(key, group);
    }
    return group;
  }

  #idOf(buffer: GPUBuffer): number {
    let id = this.#bufferIds.get(buffer);
    if (id === undefined) {
      id = this.#nextBufferId++;
      this.#bufferIds.set(buffer, id);
    }
    return id;
  }

  destroy(): void {
    this.#failure ??= new LabError("aborted", "the GPU device was closed");
    this.device.destroy();
  }
}
