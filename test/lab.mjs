/** `npm run lab -- COMMAND …`: the headless runner, built first where it is missing or older than its sources. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..");
const main = join(root, "dist-lab", "main.js");

if (
  !existsSync(main) ||
  newest(["src", "shaders", "vite.config.ts", "package-lock.json"]) > statSync(main).mtimeMs
) {
  // one file, so that a running lab has all of itself loaded when another builds it anew
  const args = [join(root, "node_modules", "vite", "bin", "vite.js"), "build", "--ssr", "src/lab/main.ts"];
  const { status } = spawnSync(process.execPath, [...args, "--logLevel", "warn"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) process.exit(1);
}
// npm starts us in our own folder; the paths on the command line are the user's
if (process.env.npm_lifecycle_event === "lab" && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
process.argv = [process.execPath, main, ...process.argv.slice(2)];
await import(pathToFileURL(main).href);

/**
 * The time of the last change under these paths, milliseconds.
 * @param {string[]} paths
 * @returns {number}
 */
function newest(paths) {
  const times = paths.map((path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
    return newest(readdirSync(join(root, path)).map((name) => join(path, name)));
  });
  return Math.max(0, ...times);
}
