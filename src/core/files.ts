/** Where files come from: a folder on disk, a URL, or whatever was dropped on the page; the readers do not care. */
import { LabError } from "./errors.ts";

/** The bytes of a named file of one folder. @throws LabError not-found */
export type FileSource = (name: string) => Promise<Uint8Array<ArrayBuffer>>;

/** Files below a URL. */
export function fromUrl(base: string): FileSource {
  const folder = base.endsWith("/") ? base : `${base}/`;
  return async (name) => {
    let response: Response;
    try {
      response = await fetch(folder + name);
    } catch (cause) {
      throw new LabError("not-found", `${folder}${name} could not be fetched: ${(cause as Error).message}`, { cause });
    }
    // A host that answers every unknown path with its index page says so by the type.
    const page = response.headers.get("content-type")?.startsWith("text/html");
    if (!response.ok || page) throw new LabError("not-found", `${folder}${name} is not there (HTTP ${response.status})`);
    return new Uint8Array(await response.arrayBuffer());
  };
}

/** A file as text. @throws LabError not-found */
export async function readText(source: FileSource, name: string): Promise<string> {
  return new TextDecoder().decode(await source(name));
}

/** A file as JSON. @throws LabError not-found; bad-data naming the file and where the JSON breaks */
export async function readJson(source: FileSource, name: string): Promise<unknown> {
  const text = await readText(source, name);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LabError("bad-data", `${name} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}
