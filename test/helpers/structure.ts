/** The rules of the code's shape, as functions from text to complaints, so that they can be tried on bad samples. */
import { dirname, join } from "node:path/posix";
import ts from "typescript";
import type { Kernel } from "../../src/gpu/kernel.ts";

/** What a module may import, types included. The key order is the layers' order. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  documents: ["core"],
  gpu: ["core"],
  model: ["core", "gpu"],
  train: ["core", "gpu", "model"],
  retrieval: ["core", "documents"],
  storage: ["core", "documents"],
  workers: ["core", "documents", "gpu", "model", "train", "retrieval", "storage"],
  lab: ["core", "documents", "gpu", "model", "train", "retrieval", "storage"],
  app: ["core", "documents", "storage"],
};

/** Packages with one home. */
const HOMES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(react|react-dom|zustand)(\/|$)/, ["app"]],
  [/^idb(\/|$)/, ["storage"]],
  [/^papaparse(\/|$)/, ["documents"]],
  [/^onnxruntime-web(\/|$)/, ["retrieval"]],
  [/^(unpdf|mammoth|linkedom|@mozilla\/readability)(\/|$)/, ["documents"]],
  [/^(webgpu|node:.*)$/, ["lab"]],
];

/** Sub-folders are private to their module, but for this one. */
const PUBLIC_FOLDERS = ["gpu/kernels"];

/** The specifiers a TypeScript source imports, whatever the form: static, side effect, re-export, dynamic, type. */
export const importsOf = (source: string): string[] =>
  ts.preProcessFile(source).importedFiles.map((file) => file.fileName);

/** Complaints about the imports of `path`, relative to src ("gpu/device.ts"). */
export function badImports(path: string, source: string): string[] {
  const [module = ""] = path.split("/");
  const allowed = MAY_IMPORT[module];
  if (!allowed) return [`${path}: src/${module} is no module of style.md 5.2`];
  return importsOf(source).flatMap((specifier) => {
    const complaint = specifier.startsWith(".")
      ? badFile(join("src", dirname(path), specifier), module, allowed)
      : badPackage(specifier, module);
    return complaint ? [`${path} imports ${specifier}: ${complaint}`] : [];
  });
}

function badFile(target: string, module: string, allowed: readonly string[]): string | null {
  if (/^shaders\/.*\.wgsl\?raw$/.test(target)) return module === "gpu" ? null : "shader text belongs to gpu";
  const [top, to = "", ...rest] = target.split("/");
  if (top !== "src") return "it leaves src";
  if (to === module) return null;
  if (!allowed.includes(to)) return `${module} may import ${allowed.join(", ") || "nothing"}`;
  const folder = [to, ...rest.slice(0, -1)].join("/");
  return folder === to || PUBLIC_FOLDERS.includes(folder) ? null : `${folder} is private to ${to}`;
}

function badPackage(specifier: string, module: string): string | null {
  if (module === "core") return "core imports nothing";
  const home = HOMES.find(([pattern]) => pattern.test(specifier))?.[1];
  return home && !home.includes(module) ? `it belongs to ${home.join(", ")}` : null;
}

export interface KernelFiles {
  shaders: readonly string[]; // stems
  kernels: Readonly<Record<string, readonly Pick<Kernel, "name" | "variantOf">[]>>; // stem: the records it exports, [] = a helper
  references: readonly string[]; // stems
  tests: Readonly<Record<string, string>>; // stem: source, with that of the helpers it imports (lists of variants)
}

/** Complaints where one stem does not have its four files; a variant shares the reference and the test it is named in. */
export function missingFiles({ shaders, kernels, references, tests }: KernelFiles): string[] {
  const records = Object.entries(kernels).flatMap(([stem, all]) =>
    all.map((record) => ({ ...record, stem })),
  );
  const complaints: string[] = [];
  const demand = (good: boolean, complaint: string) => good || complaints.push(complaint);
  for (const [stem, own] of Object.entries(kernels))
    demand(
      own.length === 0 || own.some((r) => r.name === stem),
      `src/gpu/kernels/${stem}.ts exports records, but none named ${stem}`,
    );
  for (const shader of shaders)
    demand(
      records.some((r) => r.name === shader),
      `shaders/${shader}.wgsl has no record in src/gpu/kernels`,
    );
  for (const { name, variantOf, stem } of records) {
    const truth = variantOf ?? name;
    demand(
      [name, truth].includes(stem),
      `${name} is exported by src/gpu/kernels/${stem}.ts, not by its own file`,
    );
    demand(shaders.includes(name), `${name} has no shaders/${name}.wgsl`);
    demand(references.includes(truth), `${name} has no src/gpu/reference/${truth}.ts`);
    demand(
      new RegExp(`\\b${name}\\b`).test(tests[truth] ?? ""),
      `test/kernels/${truth}.test.ts is not there or never names ${name}`,
    );
    const base = records.find((r) => r.name === truth);
    demand(base?.variantOf === null, `${name} is a variant of ${truth}, which is no kernel of its own`);
  }
  return complaints;
}

/** What a shader's text says of its bindings, parameters and overrides, in its order. */
export function readShader(code: string) {
  const text = code.replace(/\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");
  const bindings = [
    ...text.matchAll(
      /((?:@\w+\s*\([^)]*\)\s*)*)var\s*<\s*(storage|uniform)\s*(?:,\s*(\w+)\s*)?>\s*(\w+)\s*:\s*(\w+)/g,
    ),
  ].map(([, attributes = "", space, access = "read", name = "", type = ""]) => ({
    group: Number(/@group\s*\(\s*(\d+)/.exec(attributes)?.[1]),
    binding: Number(/@binding\s*\(\s*(\d+)/.exec(attributes)?.[1]),
    kind: space === "uniform" ? "uniform" : access,
    name,
    type,
  }));
  const body = /\bstruct\s+Params\s*\{([^}]*)\}/.exec(text)?.[1] ?? "";
  const params = [...body.matchAll(/(\w+)\s*:\s*([^,;\s]+)/g)].map(
    ([, name = "", type = ""]) => [name, type] as const,
  );
  const overrides = [...text.matchAll(/\boverride\s+(\w+)/g)].map(([, name = ""]) => name);
  return { bindings, params, overrides };
}

/** Complaints where a record and its shader's text do not say the same in the same order. */
export function badSeam(
  kernel: Pick<Kernel, "name" | "code" | "bindings" | "params" | "constants">,
): string[] {
  const shader = readShader(kernel.code);
  const said = shader.bindings.map(
    ({ group, binding, kind, name }) => `@group(${group}) @binding(${binding}) ${name}: ${kind}`,
  );
  const kinds = Object.entries(kernel.bindings).map(([name, kind]) => [
    name,
    kind === "read" ? "read" : "read_write",
  ]);
  const params = Object.entries(kernel.params);
  if (params.length > 0) kinds.push(["params", "uniform"]);
  const wanted = kinds.map(([name, kind], i) => `@group(0) @binding(${i}) ${name}: ${kind}`);
  const complaints: string[] = [];
  const same = (what: string, record: readonly string[], text: readonly string[]) => {
    if (record.join() !== text.join())
      complaints.push(
        `${kernel.name}: the record's ${what} [${record.join("; ")}], the shader's [${text.join("; ")}]`,
      );
  };
  same("bindings", wanted, said);
  same(
    "params",
    params.map((p) => p.join(": ")),
    shader.params.map((p) => p.join(": ")),
  );
  const absent = Object.keys(kernel.constants).filter((name) => !shader.overrides.includes(name));
  if (absent.length > 0) complaints.push(`${kernel.name}: no override ${absent.join(", ")} in the shader`);
  const uniform = shader.bindings.find(({ kind }) => kind === "uniform");
  if (uniform && uniform.type !== "Params")
    complaints.push(`${kernel.name}: ${uniform.name} is a ${uniform.type}, not Params`);
  return complaints;
}
