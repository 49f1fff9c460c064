/** How much the browser lets us keep, and what is said when that is not enough. */
import { LabError } from "../core/errors.ts";

/** In bytes for this origin; null where the browser does not say. */
export interface StorageSpace {
  used: number | null;
  quota: number | null;
  persisted: boolean | null; // false: the browser may throw it away when the disk is full
}

export async function storageSpace(): Promise<StorageSpace> {
  const manager = storageManager();
  const [estimate, persisted] = await Promise.all([manager?.estimate?.(), manager?.persisted?.()]);
  return { used: estimate?.usage ?? null, quota: estimate?.quota ?? null, persisted: persisted ?? null };
}

/** Asks the browser to keep our data even when the disk is full; says whether it will. */
export const requestPersistence = async (): Promise<boolean> =>
  (await storageManager()?.persist?.()) ?? false;

/** The error for a write that did not fit; the transaction is gone whole, so nothing was changed. */
export async function quotaError(what: string, payload: unknown, cause: unknown): Promise<LabError> {
  const { used, quota } = await storageSpace();
  const left = used === null || quota === null ? null : Math.max(0, quota - used);
  const available =
    left === null ? "the browser does not say how many are available" : `${bytes(left)} are available`;
  return new LabError(
    "quota-exceeded",
    `${what}: the browser's storage is full. About ${bytes(sizeOf(payload))} are needed, ${available}. ` +
      "Nothing was changed; delete old runs or documents, or free space on the disk, then try again",
    { cause },
  );
}

/** About how many bytes a structured clone takes: numbers 8, text 2 a character, binary data as it is. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  const parts: unknown[] =
    value instanceof Map
      ? [...value].flat()
      : value instanceof Set
        ? [...value]
        : Object.entries(value).flat();
  return parts.reduce((total: number, part) => total + sizeOf(part), 0);
}

const bytes = (n: number): string => `${n.toLocaleString("en")} bytes`;

/** Absent in Node and outside secure contexts. */
const storageManager = (): Partial<StorageManager> | undefined => globalThis.navigator?.storage;
