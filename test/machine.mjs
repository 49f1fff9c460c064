/**
 * What the tests want from the machine: a Chromium, a Firefox, and for Node (and Firefox) a Vulkan driver. `find…` looks, `prepare` installs what
 * is missing where it may and says what it does. Plain JavaScript: it runs before anything is built.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { chromium as playwright } from "playwright-core";

export const root = resolve(import.meta.dirname, "..");
const linux = process.platform === "linux";
const ICD_FOLDERS = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/** Chromium's switches for WebGPU; on Linux on SwiftShader, its software adapter, elsewhere on the GPU that is there. */
export const chromiumArgs = [
  "--enable-unsafe-webgpu",
  ...(linux ? ["--use-webgpu-adapter=swiftshader"] : []),
];

/** The Chromium, Chrome or Edge to test with: $CHROMIUM, the installed one, Playwright's own; null where there is none. */
export function findChromium() {
  const programs = [process.env.ProgramFiles, process.env["ProgramFiles(x86)"], process.env.LOCALAPPDATA];
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const path = linux ? (process.env.PATH ?? "").split(delimiter) : [];
  const candidates = [
    process.env.CHROMIUM,
    ...names.flatMap((name) => path.map((folder) => join(folder, name))),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ...programs.flatMap((folder) =>
      folder ? [join(folder, "Google", "Chrome", "Application", "chrome.exe")] : [],
    ),
    ...programs.flatMap((folder) =>
      folder ? [join(folder, "Microsoft", "Edge", "Application", "msedge.exe")] : [],
    ),
    playwright.executablePath(),
  ];
  return candidates.find((file) => file && existsSync(file)) ?? null;
}

/** The Firefox to test with: $FIREFOX, or the installed one; null where there is none. */
export function findFirefox() {
  const programs = [process.env.ProgramFiles, process.env["ProgramFiles(x86)"]];
  const path = linux ? (process.env.PATH ?? "").split(delimiter) : [];
  const candidates = [
    process.env.FIREFOX,
    ...["firefox-esr", "firefox"].flatMap((name) => path.map((folder) => join(folder, name))),
    "/Applications/Firefox.app/Contents/MacOS/firefox",
    ...programs.flatMap((folder) => (folder ? [join(folder, "Mozilla Firefox", "firefox.exe")] : [])),
  ];
  return candidates.find((file) => file && existsSync(file)) ?? null;
}

/**
 * The environment of tests with a GPU outside Chromium: on Linux Mesa's software driver (lavapipe) unless the user chose another, its
 * compiled shaders kept under .cache.
 * @returns {Record<string, string>}
 */
export function gpuEnv() {
  if (!linux) return {};
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, XDG_RUNTIME_DIR, MESA_SHADER_CACHE_DIR } = process.env;
  const lavapipe = ICD_FOLDERS.filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .find((file) => /lvp_icd.*\.json$/.test(file));
  const env = {
    MESA_SHADER_CACHE_DIR: MESA_SHADER_CACHE_DIR ?? join(root, ".cache", "mesa"),
    XDG_RUNTIME_DIR: XDG_RUNTIME_DIR ?? join(tmpdir(), "closed-book-xdg"),
  };
  for (const folder of Object.values(env)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return VK_DRIVER_FILES || VK_ICD_FILENAMES || !lavapipe ? env : { ...env, VK_DRIVER_FILES: lavapipe };
}

/** The name of the adapter that Dawn opens in Node, or null. A child process asks: drivers load once per process. */
export function findNodeAdapter() {
  const ask = `const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    const gpu = create([]);
    const adapter = await gpu.requestAdapter();
    const device = await adapter?.requestDevice();
    if (device) console.log("adapter " + (adapter.info.description || adapter.info.vendor || "without a name"));
    process.exit(0);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", ask], {
    cwd: root,
    env: { ...process.env, ...gpuEnv() },
    encoding: "utf8",
    timeout: 60_000,
  });
  return /^adapter (.*)$/m.exec(stdout ?? "")?.[1] ?? null;
}

/**
 * Finds Chromium, Firefox and a Vulkan driver, installing what is missing where it can. A machine without a Firefox that
 * is not ours to furnish does without: `test/run.mjs` says what was not run.
 * @param {(line: string) => void} say
 * @returns {string[]} what could not be had and what to do about it; empty when all is there
 */
export function prepare(say) {
  const missing = [];
  if (!findChromium()) installChromium(say);
  const chromium = findChromium();
  if (chromium) say(`Chromium: ${chromium}`);
  else missing.push("no Chromium: install Chrome or Chromium, or set CHROMIUM to its path");

  const furnished = debian() !== null;
  if (!findFirefox() && furnished) apt(say, ["firefox-esr"]);
  const firefox = findFirefox();
  if (firefox) say(`Firefox: ${firefox}`);
  else if (furnished) missing.push("no Firefox: install it, or set FIREFOX to its path");

  if (!findNodeAdapter()) installVulkan(say);
  const adapter = findNodeAdapter();
  if (adapter) say(`GPU adapter for Node: ${adapter}`);
  else
    missing.push(
      "no GPU adapter for Node: install a Vulkan driver (Mesa 23 or later has a software one, lavapipe)",
    );
  return missing;
}

/** @param {(line: string) => void} say */
function installChromium(say) {
  if (debian()) {
    apt(say, ["chromium", "fonts-liberation"]);
    return;
  }
  say("No Chromium here: fetching Playwright's (npx playwright install chromium)");
  run(say, process.execPath, [join(root, "node_modules", "playwright", "cli.js"), "install", "chromium"]);
}

/** @param {(line: string) => void} say */
function installVulkan(say) {
  const release = debian();
  if (!release) return;
  const packages = ["mesa-vulkan-drivers", "libvulkan1"];
  if (release !== "bookworm") return apt(say, packages);
  // bookworm's own Mesa 22 is too old for Dawn; its backports have 25
  const backports = "bookworm-backports";
  const sources = aptSources();
  if (!sources.some((source) => source.suites.includes(backports))) {
    const main = sources.find((source) => source.suites.includes("bookworm"));
    if (!main) return say("No apt source for bookworm found: cannot add its backports");
    const file = `/etc/apt/sources.list.d/${backports}.sources`;
    say(`Adding ${file} (${main.uri})`);
    const lines = ["Types: deb", `URIs: ${main.uri}`, `Suites: ${backports}`, "Components: main"];
    if (main.signedBy) lines.push(`Signed-By: ${main.signedBy}`);
    writeFileSync(file, `${lines.join("\n")}\n`);
  }
  apt(say, ["-t", backports, ...packages]);
}

/** The code name of the Debian release this process may install packages on, or null. */
function debian() {
  if (!linux || process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return null;
  const release = readFileSync("/etc/os-release", "utf8");
  return /^ID="?debian"?$/m.test(release) ? (/^VERSION_CODENAME=(.*)$/m.exec(release)?.[1] ?? null) : null;
}

/** The Debian archives apt knows, from both of its file formats. */
function aptSources() {
  const folder = "/etc/apt/sources.list.d";
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ["/etc/apt/sources.list", ...files].filter((file) => existsSync(file)).flatMap(readSources);
}

/**
 * @param {string} file
 * @returns {{ uri: string, suites: string[], signedBy: string | undefined }[]}
 */
function readSources(file) {
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".sources"))
    return text.split(/\n\s*\n/).flatMap((stanza) => {
      /** @param {string} name */
      const field = (name) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(stanza)?.[1];
      const uri = field("URIs")?.split(/\s+/)[0];
      return uri ? [{ uri, suites: (field("Suites") ?? "").split(/\s+/), signedBy: field("Signed-By") }] : [];
    });
  return [...text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/gm)].map(([, options, uri, suite]) => ({
    uri: uri ?? "",
    suites: [suite ?? ""],
    signedBy: /signed-by=(\S+)/.exec(options ?? "")?.[1],
  }));
}

/**
 * @param {(line: string) => void} say
 * @param {string[]} packages
 */
function apt(say, packages) {
  say(`Installing with apt-get: ${packages.join(" ")}`);
  run(say, "apt-get", ["update", "-q"]);
  run(say, "apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages]);
}

/**
 * @param {(line: string) => void} say
 * @param {string} command
 * @param {string[]} args
 */
function run(say, command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) say(`${command} ${args.join(" ")} failed: ${error?.message ?? `exit ${status}`}`);
}
