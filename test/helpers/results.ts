/** What benches keep: JSON beside the code, with the adapter's name and the date. Node only. */

/** The middle value; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Writes test/bench/results/NAME.json and says it. */
export async function writeResult(
  name: string,
  adapter: string,
  result: Record<string, unknown>,
): Promise<void> {
  const { mkdir, writeFile } = await import("node:fs/promises");
  const { resolve } = await import("node:path");
  const folder = resolve(import.meta.dirname, "../bench/results");
  await mkdir(folder, { recursive: true });
  const whole = { date: new Date().toISOString().slice(0, 10), adapter, ...result };
  await writeFile(`${folder}/${name}.json`, `${JSON.stringify(whole, null, 1)}\n`);
  console.log(name, JSON.stringify(whole, null, 1));
}
