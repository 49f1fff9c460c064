/** Office files and e-books are zips of parts in XML; what their readers share. */
import { LabError } from "../../core/errors.ts";
import { decodeText } from "../../core/files.ts";
import { openZip, type ZippedFile } from "../../core/unzip.ts";
import { parseXml } from "./html.ts";

const MOST_BYTES = 100_000_000; // of a part, unpacked

export interface Parts {
  paths: readonly string[];
  /** @throws LabError bad-data when there is no such part or it is too large */
  text(path: string): Promise<string>;
  xml(path: string): Promise<Document>;
}

export async function openParts(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Parts> {
  const files = new Map(
    (await openZip(new Blob([bytes]), name)).map((file): [string, ZippedFile] => [file.path, file]),
  );
  const text = async (path: string): Promise<string> => {
    const file = files.get(path);
    if (file === undefined) throw new LabError("bad-data", `${name} has no part ${path}: it is damaged`);
    if (file.size > MOST_BYTES)
      throw new LabError(
        "bad-data",
        `${name}: ${path} has ${file.size} bytes, ${MOST_BYTES} can be read: split it`,
      );
    return decodeText(await file.read(), `${name}, ${path}`);
  };
  return { paths: [...files.keys()], text, xml: async (path) => parseXml(await text(path)) };
}

/** A path that stands in the part `from`, as a path from the archive's root. */
export function resolvePath(from: string, target: string): string {
  const parts = target.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const part of target.replace(/^\//, "").split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** Elements by their qualified name, in the document's order. */
export const elements = (root: Document | Element, name: string): Element[] => [
  ...root.getElementsByTagName(name),
];
