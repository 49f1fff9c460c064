/** CPU time of a software adapter's workers: what wall time says of a shared machine changes by the minute. */
import { readdirSync, readFileSync } from "node:fs";

/** Seconds that all threads of this process but the main one have run (Linux); the main one only waits in Dawn's spin. */
export function workerSeconds(): number {
  let nanoseconds = 0;
  for (const thread of readdirSync("/proc/self/task")) {
    if (Number(thread) === process.pid) continue;
    nanoseconds += Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanoseconds / 1e9;
}
