/** Jobs side by side whose output comes one after another. */

/** @typedef {(text: string | Uint8Array) => void} Print */
/** @typedef {(print: Print) => Promise<unknown>} Job */

/**
 * Runs jobs in their order, at most `lanes` at a time. What a job prints appears when those before it are done: that of the first
 * unfinished one as it comes.
 * @param {readonly Job[]} jobs
 * @param {number} lanes
 * @param {Print} out
 */
export async function inTurns(jobs, lanes, out = (text) => void process.stdout.write(text)) {
  /** @type {(string | Uint8Array)[][]} */
  const kept = jobs.map(() => []);
  const done = jobs.map(() => false);
  let turn = 0; // whose output is shown
  let next = 0; // which job begins next
  const lane = async () => {
    while (next < jobs.length) {
      const mine = next++;
      await /** @type {Job} */ (jobs[mine])((text) => {
        if (mine === turn) out(text);
        else kept[mine]?.push(text);
      });
      done[mine] = true;
      while (done[turn]) {
        turn++;
        for (const text of kept[turn] ?? []) out(text);
        if (turn < jobs.length) kept[turn] = [];
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
