import { openZip } from "../core/unzip.ts";

/** The files of a .zip, by their names without folders. @throws LabError bad-data naming the archive */
export async function unzip(archive: File): Promise<File[]> {
  const files = await openZip(archive, archive.name);
  return Promise.all(files.map(async ({ path, read }) => new File([await read()], path.split("/").at(-1)!)));
}
