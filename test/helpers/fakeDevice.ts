/** A device that computes nothing and fails as a test wants it to, as browsers do. */
import { globals } from "webgpu";
import { Gpu } from "../../src/gpu/device.ts";

/** What the device does from now on; everything else works. */
export interface Failing {
  /** Every call of this name throws. */
  throws: Partial<Record<Call, unknown>>;
  /** What the next error scopes say, and when: they wait for it. */
  scope: Promise<{ message: string } | null>;
  /** What mapping, waiting for the queue, and building a pipeline come to. */
  map: () => Promise<void>;
  done: () => Promise<void>;
  build: () => Promise<object>;
}
type Call =
  | "createBuffer"
  | "createCommandEncoder"
  | "createBindGroup"
  | "createBindGroupLayout"
  | "createPipelineLayout"
  | "createShaderModule"
  | "createComputePipeline"
  | "createComputePipelineAsync"
  | "pushErrorScope"
  | "popErrorScope"
  | "writeBuffer"
  | "submit"
  | "onSubmittedWorkDone"
  | "getMappedRange"
  | "mapAsync";

export interface Fake {
  gpu: Gpu;
  failing: Failing;
  lose(reason: string, message: string): void;
  say(error: object): void; // an uncaptured error
}

export function openFake(): Fake {
  Object.assign(globalThis, globals);
  const failing: Failing = {
    throws: {},
    scope: Promise.resolve(null),
    map: async () => {},
    done: async () => {},
    build: async () => ({}),
  };
  let lose: Fake["lose"] = () => {};
  const events = new EventTarget();
  const call = <T>(name: Call, result: () => T): T => {
    if (name in failing.throws) throw failing.throws[name];
    return result();
  };
  const pass = { setPipeline() {}, setBindGroup() {}, dispatchWorkgroups() {}, end() {} };
  const encoder = {
    beginComputePass: () => pass,
    copyBufferToBuffer() {},
    resolveQuerySet() {},
    finish: () => ({}),
  };
  const device = {
    limits: { maxStorageBufferBindingSize: 128 << 20, maxBufferSize: 256 << 20 },
    features: new Set<string>(),
    lost: new Promise((resolve) => {
      lose = (reason, message) => resolve({ reason, message });
    }),
    addEventListener: events.addEventListener.bind(events),
    pushErrorScope: () => call("pushErrorScope", () => {}),
    popErrorScope: () => call("popErrorScope", () => failing.scope),
    createBuffer: ({ size, label = "" }: GPUBufferDescriptor) =>
      call("createBuffer", () => ({
        size,
        label,
        destroy() {},
        mapAsync: () => call("mapAsync", () => failing.map()),
        getMappedRange: () => call("getMappedRange", () => new ArrayBuffer(size)),
      })),
    createQuerySet: () => ({}),
    createBindGroupLayout: () => call("createBindGroupLayout", () => ({})),
    createPipelineLayout: () => call("createPipelineLayout", () => ({})),
    createShaderModule: () => call("createShaderModule", () => ({})),
    createComputePipeline: () => call("createComputePipeline", () => ({})),
    createComputePipelineAsync: () => call("createComputePipelineAsync", () => failing.build()),
    createBindGroup: () => call("createBindGroup", () => ({})),
    createCommandEncoder: () => call("createCommandEncoder", () => encoder),
    queue: {
      writeBuffer: () => call("writeBuffer", () => {}),
      submit: () => call("submit", () => {}),
      onSubmittedWorkDone: () => call("onSubmittedWorkDone", () => failing.done()),
    },
    destroy() {},
  };
  const info = { name: "fake", isFallbackAdapter: false, subgroupMinSize: 0, subgroupMaxSize: 0 };
  const gpu = new Gpu(device as unknown as GPUDevice, info);
  const say = (error: object) => events.dispatchEvent(Object.assign(new Event("uncapturederror"), { error }));
  return { gpu, failing, lose, say };
}
