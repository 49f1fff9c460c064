import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../machine.mjs";

export const RECORDED = join(root, "public", "recorded");

/** The site's recordings, from the disk; another file is not there. */
export const fetchRecordings: typeof fetch = async (input) => {
  const name = String(input).split("/recorded/")[1];
  if (name === undefined) return new Response("", { status: 404 });
  const bytes = await readFile(join(RECORDED, name));
  const type = name.endsWith(".json") ? "application/json" : "application/zip";
  return new Response(new Uint8Array(bytes), { headers: { "content-type": type } });
};
