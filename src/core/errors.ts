/** Every way the lab says no. Programs read the code, people the message. */
export type LabErrorCode =
  | "bad-config" // a setting is unknown, of the wrong type or out of range
  | "bad-data" // documents or questions do not have the form method.md §5 asks for
  | "bad-model" // a model, tokenizer or adapter file is truncated, corrupt or of an unknown kind
  | "bad-shape" // two sizes that must agree do not
  | "no-webgpu" // this browser has no WebGPU
  | "no-adapter" // WebGPU is there, a GPU adapter is not
  | "kernel-failed" // a shader did not build or its self-test gave wrong numbers
  | "out-of-memory" // the GPU refused an allocation
  | "device-lost" // the GPU went away
  | "not-finite" // a loss or gradient became NaN or infinite
  | "quota-exceeded" // the browser's storage is full
  | "storage-failed" // the database refused for another reason
  | "busy" // another tab trains
  | "not-found" // a run, document or file is not there
  | "download-failed" // a server did not give a file whole; what came is kept
  | "aborted"; // the user stopped it

/** A refusal that names the thing, the numbers and the way out; `cause` keeps what was underneath. */
export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "LabError";
    this.code = code;
  }
}

/** A value as a message shows it: JSON, cut short; whatever a stranger's file may hold. */
export function show(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
  } catch {
    return "a deeply nested value"; // more than the stack holds
  }
}

/** An error as it crosses the worker boundary: plain data, no class. */
export interface ErrorReport {
  code: LabErrorCode | "unexpected";
  message: string;
  stack: string | null;
}

/** Turns anything thrown into an `ErrorReport`. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof LabError)
    return { code: error.code, message: error.message, stack: error.stack ?? null };
  if (error instanceof Error)
    return { code: "unexpected", message: error.message, stack: error.stack ?? null };
  return { code: "unexpected", message: String(error), stack: null };
}

/** The inverse of `reportError`, on the other side of the boundary. */
export function reviveError(report: ErrorReport): Error {
  if (report.code === "unexpected") return new Error(report.message);
  return new LabError(report.code, report.message);
}
