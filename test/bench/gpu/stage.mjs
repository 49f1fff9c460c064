/** What the GPU bench needs, gathered in one folder; and that folder packed for a machine without Node and network. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const here = import.meta.dirname;
const root = resolve(here, "../../..");
const CARRIED_BYTES = 64 * 2 ** 20; // with the working tree
const LOADER = ["libvulkan1", "libegl1", "libglvnd0", "libopengl0", "libgl1", "libglx0", "libgles2"];

/**
 * What is ours, bundled so that it needs nothing but two packages: the parts, the runner, the model and the archive.
 * @param {string} stage
 */
export async function stageBench(stage) {
  const { build } = await import("vite");
  mkdirSync(stage, { recursive: true });
  for (const [name, entry] of [
    ["parts", join(here, "main.ts")],
    ["lab", join(root, "src/lab/main.ts")],
  ]) {
    await build({
      root,
      configFile: join(root, "vite.config.ts"),
      logLevel: "warn",
      ssr: { noExternal: true, external: ["webgpu", "onnxruntime-web"] },
      build: {
        ssr: entry ?? "",
        outDir: join(stage, name ?? ""),
        emptyOutDir: true,
        rolldownOptions: { output: { entryFileNames: "main.js" } },
      },
    });
  }
  writeFileSync(join(stage, "package.json"), '{ "type": "module" }\n');
  mkdirSync(join(stage, "gpu"), { recursive: true });
  for (const file of ["gpu.mjs", "gpu/results.mjs", "gpu/lora.py"])
    copyFileSync(join(root, "test/bench", file), join(stage, file));
  for (const folder of ["data", "models"])
    cpSync(join(root, "public", folder), join(stage, "public", folder), { recursive: true });
}

/**
 * What a bare machine lacks: Dawn and onnxruntime's WebAssembly, and with `whole` Node and the Vulkan loader too.
 * @param {string} stage
 * @param {boolean} whole
 */
export function stageMachine(stage, whole) {
  const modules = {
    webgpu: ["package.json", "index.js", `dist/${process.platform}-${process.arch}/dawn.node`],
    "onnxruntime-web": [
      "package.json",
      ...["ort.node.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"].map(
        (f) => `dist/${f}`,
      ),
    ],
    "onnxruntime-common": ["package.json", "dist"],
  };
  for (const [name, files] of Object.entries(modules))
    for (const file of files)
      cpSync(join(root, "node_modules", name, file), join(stage, "node_modules", name, file), {
        recursive: true,
      });
  if (!whole) return;
  copyFileSync(process.execPath, join(stage, "node"));
  const debs = join(stage, "debs");
  mkdirSync(debs, { recursive: true });
  if (readdirSync(debs).length > 0) return;
  const lists = mkdtempSync(join(tmpdir(), "closed-book-apt-"));
  mkdirSync(join(lists, "partial"));
  const amd64 = ["APT::Architecture=amd64", "APT::Architectures=amd64", `Dir::State::Lists=${lists}`].flatMap(
    (o) => ["-o", o],
  );
  execute("apt-get", [...amd64, "update", "-qq"]);
  execute("apt-get", [...amd64, "download", "-qq", ...LOADER], debs);
}

/** Makes the folder that is carried. What of a machine does not change is packed once. @param {string} out */
export async function packAll(out) {
  const stage = join(root, ".cache/gpu-pack");
  mkdirSync(out, { recursive: true });
  const excluded = execute("git", ["rev-parse", "--git-path", "info/exclude"]).trim();
  const lines = existsSync(excluded) ? readFileSync(excluded, "utf8") : "";
  if (!lines.split("\n").includes("/.gpu/")) writeFileSync(excluded, `${lines}/.gpu/\n`);
  await stageBench(stage);
  stageMachine(stage, true);
  const version = `${process.version} ${readFileSync(join(root, "node_modules/webgpu/package.json"), "utf8").length}`;
  const packed = join(stage, "packed");
  const machine = join(out, "machine.tar.xz");
  if (!existsSync(machine) || !existsSync(packed) || readFileSync(packed, "utf8") !== version)
    execute("tar", ["-cf", machine, "-I", "xz -T0 -6", "-C", stage, "node", "node_modules", "debs"]);
  writeFileSync(packed, version);
  const ours = ["package.json", "gpu.mjs", "gpu", "parts", "lab", "public"];
  execute("tar", ["-cf", join(out, "bench.tar.xz"), "-I", "xz -T0 -6", "-C", stage, ...ours]);
  copyFileSync(join(here, "start.sh"), join(out, "start.sh"));
  const bytes = readdirSync(out).reduce((sum, name) => sum + statSync(join(out, name)).size, 0);
  const tree = execute("git", ["ls-files", "-z"])
    .split("\0")
    .reduce(
      (sum, file) => sum + (file && existsSync(join(root, file)) ? statSync(join(root, file)).size : 0),
      0,
    );
  const mib = (/** @type {number} */ n) => (n / 2 ** 20).toFixed(1);
  console.log(`${out}: ${mib(bytes)} MiB; with the working tree ${mib(bytes + tree)} of 64 MiB`);
  if (!(bytes + tree <= CARRIED_BYTES)) throw new Error("that is more than is carried");
}

/** @param {string} program @param {string[]} args @param {string} [cwd] */
function execute(program, args, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}
