/** What benches keep: JSON beside the code, with the adapter's name and the date. */
import { inNode } from "./fixtures.ts";

export { median } from "./median.ts";

/** Writes test/bench/results/NAME.json and says it. */
export async function writeResult(
  name: string,
  adapter: string,
  result: Record<string, unknown>,
): Promise<void> {
  const whole = { date: new Date().toISOString().slice(0, 10), adapter, ...result };
  const text = `${JSON.stringify(whole, null, 1)}\n`;
  if (inNode()) {
    const { mkdir, writeFile } = await import("node:fs/promises");
    const { resolve } = await import("node:path");
    const folder = resolve(import.meta.dirname, "../bench/results");
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/${name}.json`, text);
  } else {
    const { commands } = await import("vitest/browser");
    await commands.writeFile(`test/bench/results/${name}.json`, text); // from the root
  }
  console.log(name, text);
}
