/**
 * Recorded runs: what the engine really did once, on a named machine, bundled for visitors who have not run anything
 * or cannot. Files in public/recorded/: `index.json` lists names, best first; each is a run file (core/runFile.ts).
 */
import { type RunFile, readRunFile } from "../core/runFile.ts";
import { fetchOptionalJson, siteUrl } from "./site.ts";

export type RecordedRun = RunFile;

/** All recorded runs that are there and can be read; none is no error. One that is damaged leaves the others. */
export async function loadRecordedRuns(): Promise<RecordedRun[]> {
  const names = await fetchOptionalJson("recorded/index.json");
  if (!Array.isArray(names)) return [];
  const runs = await Promise.allSettled(names.map((name) => fetchRun(`recorded/${name}`)));
  return runs.flatMap((run) => (run.status === "fulfilled" ? [run.value] : []));
}

async function fetchRun(path: string): Promise<RecordedRun> {
  const response = await fetch(siteUrl(path));
  return readRunFile(await response.blob(), path); // a host may answer with a page where there is no file: that is no run
}
