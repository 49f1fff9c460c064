/**
 * A kernel is a record: everything the runtime, the tests and the reader need to know of a shader, under the shader's
 * own names. `shaders/README.md` says how the shader side is written.
 */
import { LabError } from "../core/errors.ts";

/**
 * read: `var<storage, read>`, a buffer nothing in this dispatch writes (weights, tables);
 * read_write: `var<storage, read_write>`;
 * arena: `var<storage, read_write>` too, but a range of the activation arena that may be read only. WebGPU forbids one
 * buffer to be read-only and writable in one dispatch, disjoint writable ranges are allowed (kernels.md §5).
 */
export type BindingKind = "read" | "read_write" | "arena";
export type ParamType = "u32" | "i32" | "f32";
export type Grid = readonly [x: number, y?: number, z?: number];

export interface Tolerance {
  rtol: number;
  atol: number;
}

export interface Kernel<B extends string = string, P extends string = string> {
  name: string; // the shader's stem
  code: string;
  bindings: Readonly<Record<B, BindingKind>>; // in the order of @binding
  params: Readonly<Record<P, ParamType>>; // in the order of `struct Params`, 32 bits each; bound last
  constants: Readonly<Record<string, number>>; // the shader's overrides
  grid(params: Readonly<Record<P, number>>, constants: Readonly<Record<string, number>>): Grid;
  /** Floating-point operations of one dispatch: what submissions are cut by and benches divide by. */
  flops(params: Readonly<Record<P, number>>): number;
  tolerance: Tolerance; // against the float64 reference
  variantOf: string | null; // the stem whose reference and test it shares
  features: readonly GPUFeatureName[]; // what the device must have
  key: string; // name, constants and parts: the identity of the pipeline
}

type Definition<B extends string, P extends string> = Omit<
  Kernel<B, P>,
  "key" | "constants" | "variantOf" | "features"
> &
  Partial<Pick<Kernel<B, P>, "constants" | "variantOf" | "features">>;

/** Completes a kernel's record. */
export function defineKernel<B extends string, P extends string>(d: Definition<B, P>): Kernel<B, P> {
  const constants = d.constants ?? {};
  return {
    ...d,
    constants,
    variantOf: d.variantOf ?? null,
    features: d.features ?? [],
    key: keyOf(d.name, constants, ""),
  };
}

const keyOf = (name: string, constants: Readonly<Record<string, number>>, parts: string) =>
  `${name}${parts}(${Object.entries(constants).map(([k, v]) => `${k}=${v}`)})`;

/** What a kernel may be specialised by: override constants, and regions swapped for files of `shaders/parts/`. */
export interface Specialisation {
  constants?: Record<string, number>;
  parts?: Record<string, { name: string; code: string }>; // by region name
}

/**
 * The same kernel with other constants or with `// region NAME … // end` swapped for another part.
 * @throws LabError kernel-failed if the shader has no such region or constant
 */
export function specialise<B extends string, P extends string>(
  kernel: Kernel<B, P>,
  by: Specialisation,
): Kernel<B, P> {
  let code = kernel.code;
  let parts = "";
  for (const [region, part] of Object.entries(by.parts ?? {})) {
    const span = new RegExp(`// region ${region}\\b[\\s\\S]*?// end`);
    if (!span.test(code))
      throw new LabError(
        "kernel-failed",
        `${kernel.name} has no region "${region}" to swap for ${part.name}`,
      );
    code = code.replace(span, () => `// region ${region}: ${part.name}\n${part.code}\n// end`);
    parts += `+${part.name}`;
  }
  for (const name of Object.keys(by.constants ?? {})) {
    if (!(name in kernel.constants))
      throw new LabError("kernel-failed", `${kernel.name} has no constant "${name}"`);
  }
  const constants = { ...kernel.constants, ...by.constants };
  return { ...kernel, code, constants, key: keyOf(kernel.name, constants, parts) };
}

/** A grid for n workgroups in a row, folded when it exceeds the 65,535 of one dimension: index = y·num_workgroups.x + x. */
export function linearGrid(workgroups: number): Grid {
  if (workgroups <= 65535) return [Math.max(1, workgroups), 1, 1];
  const rows = Math.ceil(workgroups / 65535);
  return [Math.ceil(workgroups / rows), rows, 1];
}

/** Packs a dispatch's parameters into `out` at `offset` bytes. @throws LabError bad-shape for a missing or non-finite one */
export function packParams(
  kernel: Kernel,
  params: Readonly<Record<string, number>>,
  out: DataView,
  offset: number,
): void {
  let at = offset;
  for (const name in kernel.params) {
    const value = params[name];
    if (value === undefined || !Number.isFinite(value)) {
      throw new LabError("bad-shape", `${kernel.name}: parameter ${name} is ${value}`);
    }
    const type = kernel.params[name];
    if (type === "f32") out.setFloat32(at, value, true);
    else if (type === "i32") out.setInt32(at, value, true);
    else out.setUint32(at, value, true);
    at += 4;
  }
}

/** Bytes of a kernel's parameter struct, a multiple of 16 as uniform buffers want it. */
export const paramBytes = (kernel: Kernel): number =>
  Math.max(16, Math.ceil(Object.keys(kernel.params).length / 4) * 16);
