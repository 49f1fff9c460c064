import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { playwright } from "@vitest/browser-playwright";
import type { Plugin } from "vite";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import type { BrowserProviderOption } from "vitest/node";
import { firefoxProvider } from "./test/helpers/firefoxProvider.ts";
import { chromiumArgs, findChromium, findFirefox, gpuEnv } from "./test/machine.mjs";

const folder = (path: string) => resolve(import.meta.dirname, path).replaceAll("\\", "/");
/** Where tests find files, in Node and in the browser; see test/helpers/fixtures.ts. */
const folders = {
  FIXTURES: folder(process.env.FIXTURES ?? "test/fixtures"),
  PUBLIC: folder("public"),
  SHARED: folder(process.env.SHARED ?? "../shared"),
};
/** Tests have the least device that WebGPU promises; see test/helpers/floor.ts. */
const leastDevice = { GPU_FLOOR: "1" };
const minute = 60_000;

/** Node on the GPU that Dawn finds: one process, one device, file after file. */
const nodeGpu = (
  name: string,
  include: string[],
  env: Record<string, string> = {},
): TestProjectConfiguration => ({
  extends: true,
  test: {
    name,
    include,
    env: { ...gpuEnv(), ...env },
    pool: "forks",
    isolate: false,
    fileParallelism: false,
    testTimeout: 2 * minute,
    hookTimeout: 2 * minute,
  },
});

/** A browser's tab. Files named *.node.* are for Node alone. */
const browserGpu = (
  name: string,
  include: string[],
  [browser, provider]: ["chromium" | "firefox", BrowserProviderOption],
): TestProjectConfiguration => ({
  extends: true,
  // All that Vite would find only later (it scans index.html beside the tests): a find makes it reload a running test.
  optimizeDeps: {
    exclude: ["webgpu"],
    include: [
      "@huggingface/jinja",
      "@huggingface/tokenizers",
      "@mozilla/readability",
      "idb",
      "linkedom/worker",
      "mammoth",
      "papaparse",
      "react",
      "react-dom/client",
      "react/jsx-dev-runtime",
      "unpdf",
      "zustand",
      "zustand/middleware",
    ],
  },
  test: {
    name,
    include,
    exclude: ["**/*.node.*"],
    isolate: browser !== "firefox", // there one tab, one device, file after file, as in Node
    testTimeout: 2 * minute,
    hookTimeout: 2 * minute,
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider,
      instances: [{ browser }],
    },
  },
});

const chromium = (): ["chromium", BrowserProviderOption] => {
  const executablePath = findChromium();
  const launchOptions = { args: chromiumArgs, ...(executablePath && { executablePath }) };
  return ["chromium", playwright({ launchOptions })];
};

/** In a browser onnxruntime-web is its WebAssembly half; Node takes the bare import. A worker's build asks by itself. */
const wasmRuntime = (): Plugin => ({
  name: "onnxruntime-wasm",
  enforce: "pre",
  applyToEnvironment: ({ config }) => config.consumer === "client",
  resolveId(id, importer) {
    return id === "onnxruntime-web" ? this.resolve("onnxruntime-web/wasm", importer) : null;
  },
});

export default defineConfig(({ command, isSsrBuild }) => ({
  base: "./",
  plugins: [
    react(),
    wasmRuntime(),
    // Loaded by a build of the page only: it brings Workbox's tools.
    command === "build" && !isSsrBuild && import("./vite.offline.ts").then(({ offline }) => offline()),
  ],
  worker: { format: "es", plugins: () => [wasmRuntime()] },
  optimizeDeps: { exclude: ["onnxruntime-web"] }, // its wasm lies beside it
  server: { fs: { allow: [".", ...Object.values(folders)] } },
  build: isSsrBuild
    ? {
        target: "node20",
        outDir: "dist-lab",
        copyPublicDir: false,
        rolldownOptions: { output: { codeSplitting: false } },
      }
    : { target: "es2023" },
  test: {
    env: { ...folders, ...(process.env.GPU_FLOOR === "1" && leastDevice) },
    allowOnly: false,
    browser: { connectTimeout: 3 * minute }, // Vitest asks the root for it; Firefox starts slowly where the cores are busy
    // pdf.js, mending a damaged file, rejects a promise of its own that nobody waits for; what it read is right all the same.
    onUnhandledError: (error) => error.name !== "XRefEntryException",
    projects: [
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "app",
          include: ["test/app/**/*.test.{ts,tsx}"],
          environment: "happy-dom",
          setupFiles: "test/app/helpers/patience.ts",
          testTimeout: minute,
        },
      },
      nodeGpu("node-gpu", ["test/{kernels,training}/**/*.test.ts"]),
      nodeGpu("node-floor", ["test/kernels/**/*.test.ts", "test/training/toy.test.ts"], leastDevice),
      browserGpu("chromium-gpu", ["test/{kernels,training}/**/*.test.ts"], chromium()),
      // naga compiles every kernel and wgpu runs it
      browserGpu("firefox", ["test/kernels/**/*.test.ts"], ["firefox", firefoxProvider()]),
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: findFirefox() ? [] : ["**/firefox.*"],
          globalSetup: "test/helpers/buildPage.ts",
          fileParallelism: false,
          testTimeout: 3 * minute,
          hookTimeout: 3 * minute,
        },
      },
      nodeGpu("shared", ["test/shared/**/*.test.ts"]),
      nodeGpu("bench", [
        "test/bench/**/*.node.bench.ts",
        ...(process.env.RELIABILITY ? ["test/bench/reliability/reliability.bench.ts"] : []), // half an hour
        ...(process.env.WORDINGS ? ["test/bench/wordings.bench.ts"] : []), // needs ../shared, and an hour
        ...(process.env.GEMMA_GGUF ? ["test/bench/gemma.bench.ts"] : []), // needs a file that is not ours to ship
      ]),
      browserGpu("bench-chromium", ["test/bench/**/*.chromium.bench.ts"], chromium()),
      browserGpu("bench-firefox", ["test/bench/**/*.firefox.bench.ts"], ["firefox", firefoxProvider()]),
    ],
  },
}));
