/** Files that tests read, the same way in Node and in a browser tab. */

/** From test/fixtures, or from the folder that the environment variable FIXTURES names. */
export const fixture = (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  readBytes(folder("FIXTURES"), path);
/** From public/: what the product ships. */
export const publicFile = (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  readBytes(folder("PUBLIC"), path);
/** From ../shared, or from the folder that the environment variable SHARED names; only test/shared may ask. */
export const sharedFile = (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  readBytes(folder("SHARED"), path);

/** A JSON file's value; the caller names its type. */
export async function json<T>(bytes: Promise<Uint8Array>): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await bytes)) as T;
}

/** The absolute folder, as vite.config.ts hands it to Node (environment) and to the browser (import.meta.env) alike. */
export function folder(name: "FIXTURES" | "PUBLIC" | "SHARED"): string {
  const value: unknown = import.meta.env[name];
  if (typeof value !== "string") throw new Error(`${name} is not set: vite.config.ts should have done it`);
  return value;
}

async function readBytes(root: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (inNode()) {
    const { readFile } = await import("node:fs/promises");
    return new Uint8Array(await readFile(`${root}/${path}`)); // a copy of its own: Node's small buffers share one
  }
  const url = `/@fs/${`${root}/${path}`.replace(/^\//, "")}`; // Vite serves any allowed folder there
  const response = await fetch(url);
  const page = response.headers.get("content-type")?.startsWith("text/html"); // Vite's answer to an unknown path
  if (!response.ok || page) throw new Error(`${url} is not there (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Whether the tests run in Node (happy-dom included), not in a browser tab. */
export const inNode = (): boolean => typeof process !== "undefined" && process.versions?.node !== undefined;
