/** Files by name, wherever they lie: the page fetches them from a folder URL, the runner reads them from disk. */
import { LabError, type LabErrorCode } from "./errors.ts";

/** The bytes of a file in one folder. @throws LabError not-found when it is not there */
export type FileSource = (name: string) => Promise<Uint8Array<ArrayBuffer>>;

/** Files under an absolute folder URL. Many static hosts answer an unknown path with their page: that is not-found too. */
export function fromUrl(base: string): FileSource {
  const folder = base.endsWith("/") ? base : `${base}/`;
  return async (name) => {
    const fetched = async <T>(what: Promise<T>): Promise<T> => {
      try {
        return await what;
      } catch (cause) {
        throw new LabError("not-found", `${folder}${name} could not be fetched: try again`, { cause });
      }
    };
    const response = await fetched(fetch(new URL(name, folder)));
    const page = response.headers.get("content-type")?.startsWith("text/html") && !name.endsWith(".html");
    if (!response.ok || page) {
      throw new LabError("not-found", `${folder}${name} is not there (HTTP ${response.status})`);
    }
    return new Uint8Array(await fetched(response.arrayBuffer())); // the connection may break off on the way
  };
}

/** The file, or null where it is not there; any other failure is thrown. */
export async function readOptional(files: FileSource, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await files(name);
  } catch (error) {
    if (error instanceof LabError && error.code === "not-found") return null;
    throw error;
  }
}

/** A JSON file's value. @throws LabError `code` naming the file when it is not JSON in UTF-8 */
export async function readJson(
  files: FileSource,
  name: string,
  code: LabErrorCode = "bad-data",
): Promise<unknown> {
  return parseJson(decodeText(await files(name), name, code), name, code);
}

/** Bytes as UTF-8 text, a byte order mark left out. @throws LabError `code` naming the file when they are not */
export function decodeText(bytes: Uint8Array, name: string, code: LabErrorCode = "bad-data"): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LabError(code, `${name} is not text in UTF-8`, { cause });
  }
}

/** `JSON.parse` that names the place. @throws LabError `code` with `where` and what the parser said */
export function parseJson(text: string, where: string, code: LabErrorCode = "bad-data"): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LabError(code, `${where} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}
