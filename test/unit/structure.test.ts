import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Kernel } from "../../src/gpu/kernel.ts";
import { WEIGHT_TYPES, withWeights } from "../../src/gpu/kernels/weightTypes.ts";
import {
  badImports,
  badSeam,
  importsOf,
  type KernelFiles,
  missingFiles,
  readShader,
} from "../helpers/structure.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const lines = (text: string) => text.split("\n").length - (text.endsWith("\n") ? 1 : 0);

/** Files under `folder` with one of these endings, as paths from the root with slashes. */
function filesIn(folder: string, endings: string[], recursive = true): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => endings.some((ending) => path.endsWith(ending)));
}
const stems = (folder: string, ending: string) =>
  filesIn(folder, [ending], false).map((path) => basename(path, ending));

/** Kernels that compute a gradient, and the test that holds their reference against central differences. */
const GRADIENT_TESTS: Record<string, string> = {
  attentionBackwardKv: "attentionGradients",
  attentionBackwardQ: "attentionGradients",
  crossEntropy: "lossGradients",
  gluBackward: "rowGradients",
  klTop: "lossGradients",
  matmulNn: "linearGradients",
  matmulTn: "linearGradients",
  rmsNormBackward: "rowGradients",
  rope: "rowGradients", // by sign −1 its own gradient
  scatterAddRows: "linearGradients",
  sumPartials: "linearGradients",
};
/** Those that do not. A new kernel stands in one list or the other. */
const NO_GRADIENT =
  "adamw advanceDecode attention embed gatherRows glu gradNorm gradNormSum headLse klRows matmulNt mergeLse peakCopy peakFma rmsNorm sampleToken storeRows topTokens";

const modules = import.meta.glob<Record<string, unknown>>("../../src/gpu/kernels/*.ts", { eager: true });
const isKernel = (value: unknown): value is Kernel =>
  typeof value === "object" && value !== null && "code" in value && "bindings" in value;
const kernels = Object.fromEntries(
  Object.entries(modules).map(([path, module]) => [
    basename(path, ".ts"),
    Object.values(module).filter(isKernel),
  ]),
);
const sources = filesIn("src", [".ts", ".tsx"]);

describe("the repository", () => {
  test("imports point down only", () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap((path) => badImports(path.replace(/^src\//, ""), read(path)))).toEqual([]);
  });

  test("every gradient is held against central differences", () => {
    const plain = Object.values(kernels).flatMap((of) => of.flatMap((k) => (k.variantOf ? [] : [k.name])));
    const listed = [...Object.keys(GRADIENT_TESTS), ...NO_GRADIENT.split(" ")];
    expect([...new Set(plain)].sort()).toEqual(listed.sort());
    for (const [kernel, name] of Object.entries(GRADIENT_TESTS)) {
      const source = read(`test/unit/${name}.test.ts`);
      expect(importsOf(source), kernel).toContain(`../../src/gpu/reference/${kernel}.ts`);
      expect(source).toMatch(/expectGradient\(|centralDifferences\(/);
    }
  });

  test("one stem, four files", () => {
    const withHelpers = (source: string) => {
      const helpers = importsOf(source)
        .map((path) => /^\.\.\/\.\.\/src\/gpu\/kernels\/(\w+)\.ts$/.exec(path)?.[1] ?? "")
        .filter((stem) => kernels[stem]?.length === 0);
      return [source, ...helpers.map((stem) => read(`src/gpu/kernels/${stem}.ts`))].join("\n");
    };
    const tests = Object.fromEntries(
      stems("test/kernels", ".test.ts").map((stem) => [
        stem,
        withHelpers(read(`test/kernels/${stem}.test.ts`)),
      ]),
    );
    const shaders = stems("shaders", ".wgsl");
    expect(shaders.length).toBeGreaterThan(0);
    expect(missingFiles({ shaders, kernels, references: stems("src/gpu/reference", ".ts"), tests })).toEqual(
      [],
    );
  });

  test.for(
    Object.values(kernels)
      .flat()
      .map((kernel) => [kernel.key, kernel] as const),
  )("%s: record and shader say the same", ([, kernel]) => {
    expect(badSeam(kernel)).toEqual([]);
    if (!kernel.code.includes("// region load")) return;
    for (const type of WEIGHT_TYPES) expect(badSeam(withWeights(kernel, type))).toEqual([]);
  });

  test("a class that one style sheet styles bare is no other's: they are all on the page at once", () => {
    const homes = new Map<string, Set<string>>();
    for (const path of filesIn("src/app/styles", [".css"]))
      for (const [, name] of read(path).matchAll(/^\.([a-z][\w-]*)\s*[,{]/gm))
        homes.set(name!, (homes.get(name!) ?? new Set()).add(path));
    expect(homes.size).toBeGreaterThan(50);
    expect([...homes].filter(([, paths]) => paths.size > 1).map(([name, paths]) => [name, ...paths])).toEqual(
      [],
    );
  });

  test("no Math.random in src: every random number has a seed", () => {
    expect(sources.filter((path) => /Math\s*\.\s*random\b/.test(read(path)))).toEqual([]);
  });

  test("no file is longer than 600 lines, ARCHITECTURE.md not than 150", () => {
    const files = [...sources, ...filesIn("test", [".ts", ".tsx", ".mjs"]), ...filesIn("shaders", [".wgsl"])];
    const long = files.map((path) => [path, lines(read(path))] as const).filter(([, count]) => count > 600);
    expect(long).toEqual([]);
    expect(lines(read("ARCHITECTURE.md"))).toBeLessThanOrEqual(150);
  });
});

describe("the rule on imports, tried on bad samples", () => {
  const upward = [
    'import { loadModel } from "../model/causalLm.ts";',
    'import "../model/causalLm.ts";',
    'const m = await import("../model/causalLm.ts");',
    'export { loadModel } from "../model/causalLm.ts";',
    'export * from "../model/causalLm.ts";',
    'import type { Model } from "../model/causalLm.ts";',
    'import { type Model } from "../model/causalLm.ts";',
    'export type { Model } from "../model/causalLm.ts";',
    'type Model = import("../model/causalLm.ts").Model;',
    "const m = import(`../model/causalLm.ts`);",
    'import {\n  loadModel, // the model\n} from "../model/causalLm.ts";',
  ];
  test.for(upward)("%s", (source) => {
    expect(badImports("gpu/device.ts", source)).toEqual([
      "gpu/device.ts imports ../model/causalLm.ts: gpu may import core",
    ]);
    expect(badImports("train/cycle.ts", source)).toEqual([]);
  });

  test.for([
    ["app/App.tsx", "../gpu/device.ts"],
    ["app/panels/run/Run.tsx", "../../../train/cycle.ts"],
    ["workers/session.ts", "../app/stores/run.ts"],
    ["lab/main.ts", "../workers/session.ts"],
    ["retrieval/embed.ts", "../gpu/device.ts"],
    ["storage/runs.ts", "../retrieval/chunk.ts"],
    ["documents/questions.ts", "../storage/questions.ts"],
    ["train/reward.ts", "../documents/questions.ts"],
    ["train/cycle.ts", "../model/layers/mlp.ts"],
    ["train/cycle.ts", "../gpu/reference/rmsNorm.ts"],
    ["train/cycle.ts", "react"],
    ["workers/session.ts", "idb"],
    ["model/tokenizer.ts", "node:fs"],
    ["core/config.ts", "zustand"],
    ["model/mlp.ts", "../../shaders/matmul.wgsl?raw"],
    ["core/config.ts", "../../test/helpers/close.ts"],
    ["extra/a.ts", "../core/rng.ts"],
  ])("%s must not import %s", ([path, specifier]) => {
    expect(badImports(path!, `import "${specifier}";`)).toHaveLength(1);
  });

  test.for([
    ["app/panels/run/Run.tsx", "../../../core/run.ts"],
    ["app/App.tsx", "react"],
    ["storage/corpora.ts", "../documents/documents.ts"],
    ["train/objectives/rlag.ts", "../reward.ts"],
    ["model/layers/mlp.ts", "../../gpu/kernels/rmsNorm.ts"],
    ["gpu/kernels/rmsNorm.ts", "../../../shaders/rmsNorm.wgsl?raw"],
    ["lab/files.ts", "node:fs/promises"],
  ])("%s may import %s", ([path, specifier]) => {
    expect(badImports(path!, `import "${specifier}";`)).toEqual([]);
  });

  test("a worker started by URL, a comment and a string are no imports", () => {
    const source = `new Worker(new URL("../workers/train.worker.ts", import.meta.url)); // import "../gpu/device.ts"
      const text = 'import "../gpu/device.ts"';`;
    expect(importsOf(source)).toEqual([]);
  });
});

describe("the four-files rule, tried on bad samples", () => {
  const good: KernelFiles = {
    shaders: ["matmul", "matmulSmall"],
    kernels: {
      matmul: [{ name: "matmul", variantOf: null }],
      matmulSmall: [{ name: "matmulSmall", variantOf: "matmul" }],
    },
    references: ["matmul"],
    tests: { matmul: "test.for([matmul, matmulSmall])" },
  };
  const small = { name: "matmulSmall", variantOf: "matmul" };
  test("a kernel with a variant is whole, helpers need nothing", () => {
    expect(missingFiles({ ...good, kernels: { ...good.kernels, rows: [] } })).toEqual([]);
  });

  test.for<[string, Partial<KernelFiles>, RegExp]>([
    [
      "a shader without a record",
      { shaders: [...good.shaders, "adamw"] },
      /shaders\/adamw.wgsl has no record/,
    ],
    ["a record without a shader", { shaders: ["matmul"] }, /matmulSmall has no shaders/],
    ["no reference", { references: [] }, /matmul has no src\/gpu\/reference\/matmul.ts/],
    ["no test", { tests: {} }, /test\/kernels\/matmul.test.ts is not there/],
    ["a test that forgets the variant", { tests: { matmul: "matmul" } }, /never names matmulSmall/],
    [
      "a file of foreign records",
      { kernels: { ...good.kernels, gemm: [small] } },
      /gemm.ts exports records, but none named gemm/,
    ],
    [
      "a variant of nothing",
      { kernels: { matmulSmall: [small] }, shaders: ["matmulSmall"] },
      /no kernel of its own/,
    ],
    ["a record in a foreign file", { kernels: { ...good.kernels, adamw: [small] } }, /not by its own file/],
  ])("%s", ([, change, complaint]) => {
    expect(missingFiles({ ...good, ...change }).join("\n")).toMatch(complaint);
  });
});

describe("the seam between record and shader, tried on bad samples", () => {
  const code = `
    // @group(0) @binding(0) var<storage, read> old: array<f32>;
    override WG: u32 = 64;
    struct Params { n: u32, s: f32, } /* struct Params { m: u32 } */
    @group(0) @binding(0) var<storage, read> x: array<f32>;  // (n)
    @binding(1) @group(0) var<storage, read_write> y: array<f32>;
    @group(0) @binding(2) var<uniform> params: Params;
    var<workgroup> partial: array<f32, WG>;`;
  const record = {
    name: "addScaled",
    code,
    bindings: { x: "read", y: "arena" },
    params: { n: "u32", s: "f32" },
    constants: { WG: 64 },
  } as const;

  test("the good one passes", () => expect(badSeam(record)).toEqual([]));

  test("multi-line structs are read, workgroup memory is no binding", () => {
    const shader = readShader(
      "struct Params {\n  n: u32, // rows\n  s: f32,\n}\nvar<workgroup> a: array<f32, 4>;",
    );
    expect(shader.params).toEqual([
      ["n", "u32"],
      ["s", "f32"],
    ]);
    expect(shader.bindings).toEqual([]);
  });

  test.for<[string, Partial<Parameters<typeof badSeam>[0]>]>([
    ["swapped bindings", { bindings: { y: "arena", x: "read" } }],
    ["a binding's name", { bindings: { x: "read", z: "arena" } }],
    ["a binding's kind", { bindings: { x: "arena", y: "arena" } }],
    ["a missing binding", { bindings: { x: "read" } }],
    ["swapped params", { params: { s: "f32", n: "u32" } }],
    ["a param's type", { params: { n: "i32", s: "f32" } }],
    ["a missing param", { params: { n: "u32" } }],
    ["an unknown constant", { constants: { WG: 64, TILE: 8 } }],
    ["another group", { code: code.replace("@group(0) @binding(2)", "@group(1) @binding(2)") }],
    ["a gap in the numbers", { code: code.replace("@binding(2)", "@binding(3)") }],
    ["params before the end", { bindings: { x: "read", y: "arena", params: "read" }, params: {} }],
    ["another struct", { code: code.replace("params: Params", "params: Sizes") }],
  ])("%s is noticed", ([, change]) => {
    expect(badSeam({ ...record, ...change })).not.toEqual([]);
  });
});
