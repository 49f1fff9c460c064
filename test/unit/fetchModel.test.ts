/** Whole models: what a name stands for, what is fetched of it, and what a folder holds afterwards. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CATALOG, ENCODERS } from "../../src/core/catalog.ts";
import type { DownloadProgress } from "../../src/core/models.ts";
import { kindOf, modelName, planBytes, storedModel, storedModelId } from "../../src/core/models.ts";
import { openDiskFolder } from "../../src/lab/diskFolder.ts";
import { fromFolder } from "../../src/lab/files.ts";
import { openEmbedder } from "../../src/retrieval/embed.ts";
import { type FetchOptions, fetchModel } from "../../src/storage/fetchModel.ts";
import { HUB, parseRepository, pickFile, planDownload } from "../../src/storage/hub.ts";
import { describe as describeFolder, readManifest } from "../../src/storage/modelFolder.ts";
import { openRateMeter } from "../../src/storage/rateMeter.ts";
import { cutAfter, patterned, sha256Of } from "../helpers/badServer.ts";
import { folder } from "../helpers/fixtures.ts";
import { filesOf, type HubRepository, type HubServer, openHub } from "../helpers/hubServer.ts";
import { serve } from "../helpers/site.ts";

vi.setConfig({ testTimeout: 60_000 }); // every attempt ends with a flush to the disk, which others use too
const POCKET = join(folder("PUBLIC"), "models/pocket");
const WANTED = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
const ENCODER = join(folder("FIXTURES"), "encoders/embedder");
const ENCODER_FILES = [
  "onnx/model.onnx",
  "tokenizer.json",
  "config.json",
  "modules.json",
  "1_Pooling/config.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
];
const REPOSITORIES: Record<string, HubRepository> = {
  "someone/pocket": {
    files: {
      ...filesOf(POCKET),
      "README.md": patterned(9),
      "pytorch_model.bin": patterned(99),
      "onnx/model.onnx": patterned(9),
    },
  },
  "someone/pocket-GGUF": {
    licence: "mit",
    gated: "manual",
    files: {
      "pocket-Q8_0.gguf": patterned(3000),
      "pocket-Q4_0.gguf": patterned(2000),
      "mmproj-pocket.gguf": patterned(10),
    },
  },
  "someone/one-GGUF": { files: { "only.gguf": patterned(500), "big-00001-of-00002.gguf": patterned(5) } },
  "someone/encoder": {
    files: {
      ...filesOf(ENCODER),
      "model.safetensors": patterned(99),
      "onnx/model_O4.onnx": patterned(50),
      "vocab.txt": patterned(9),
    },
  },
  "someone/no-tokenizer": { files: { "model.onnx": patterned(9), "config.json": patterned(9) } },
  "someone/nothing": { files: { "README.md": patterned(9) } },
};

let out = "";
let hub: HubServer;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "closed-book-test-"));
  hub = await openHub(REPOSITORIES);
});
afterEach(async () => {
  await hub.close();
  await rm(out, { recursive: true });
});

const plan = (source: string) => planDownload(source, { hub: hub.url });
const get = async (source: string, options: Partial<FetchOptions> = {}) =>
  fetchModel(await openDiskFolder(out), await plan(source), {
    signal: new AbortController().signal,
    onProgress() {},
    sleep: async () => {},
    ...options,
  });
const fileRequests = () => hub.requests.filter((line) => line.includes("/resolve/"));
const hashOf = async (...path: string[]) => sha256Of(await readFile(join(...path)));
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("what a name stands for", () => {
  test.for([
    ["a/b", { name: "a/b", revision: "main", file: null }],
    ["a/b/c.gguf", { name: "a/b", revision: "main", file: "c.gguf" }],
    [`${HUB}/a/b`, { name: "a/b", revision: "main", file: null }],
    [`${HUB}/a/b/tree/v1`, { name: "a/b", revision: "v1", file: null }],
    [`${HUB}/a/b/blob/main/c.gguf`, { name: "a/b", revision: "main", file: "c.gguf" }],
    [`${HUB}/a/b/resolve/v2/d/c.gguf?download=true`, { name: "a/b", revision: "v2", file: "d/c.gguf" }],
    ["https://hf.co/a/b", { name: "a/b", revision: "main", file: null }],
    ["http://mirror/hub/a/b", { name: "a/b", revision: "main", file: null }],
    ["https://example.org/a/b.gguf", null],
    ["pocket", null],
    ["../../etc", null],
  ] as const)("%s", ([source, want]) => {
    expect(parseRepository(source, "http://mirror/hub")).toEqual(want);
  });

  test.for(["a/b%", `${HUB}/a/b%E0%A4%A`, "https://example.org/m%ZZ.gguf", "https://example.org/%/x.gguf"])(
    "%s: an escape that is none is named",
    async (source) => {
      await expect(plan(source)).rejects.toThrow(refused("bad-config", /has a % that is no escape/));
    },
  );
  test.for(["https://", "http://[half", `${HUB.replace("//", "//[")}/a/b`])(
    "%s is no URL",
    async (source) => {
      await expect(plan(source)).rejects.toThrow(refused("bad-config", /is not a URL/));
    },
  );

  test("a repository's weights, configuration and tokenizer, and nothing else; sizes, hashes, the commit", async () => {
    const found = await plan("someone/pocket");
    expect(found).toMatchObject({ id: "someone/pocket", licence: "apache-2.0", gated: false, choices: [] });
    expect(found.files.map((f) => f.name).sort()).toEqual(WANTED);
    const weights = await readFile(join(POCKET, "model.safetensors"));
    expect(found.files.find((f) => f.name === "model.safetensors")).toMatchObject({
      size: weights.length,
      sha256: sha256Of(weights),
      url: expect.stringContaining(`/resolve/${found.revision}/`),
    });
    expect(found.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(fileRequests()).toEqual([]); // asked, not fetched
  });

  test("GGUF files are a choice", async () => {
    const found = await plan("someone/pocket-GGUF");
    expect(found).toMatchObject({ files: [], gated: true, licence: "mit" });
    expect(found.choices.map((f) => f.name)).toEqual(["pocket-Q8_0.gguf", "pocket-Q4_0.gguf"]);
    const picked = pickFile(found, found.choices[1]!);
    expect(picked).toEqual(await plan("someone/pocket-GGUF/pocket-Q4_0.gguf"));
    expect([picked.id, planBytes(picked.files)]).toEqual(["someone/pocket-GGUF/pocket-Q4_0.gguf", 2000]);
    await expect(get("someone/pocket-GGUF")).rejects.toThrow(
      refused("bad-config", /pick one of pocket-Q8_0/),
    );
  });

  test("the only GGUF file of a repository needs no choice", async () => {
    expect((await plan("someone/one-GGUF")).id).toBe("someone/one-GGUF/only.gguf");
  });

  test("a sentence transformer is its ONNX graph with what belongs to it, in folders and all", async () => {
    const found = await plan("someone/encoder");
    expect(found).toMatchObject({
      id: "someone/encoder/onnx/model.onnx",
      choices: [],
      licence: "apache-2.0",
    });
    expect(found.files.map(({ name }) => name)).toEqual(["model.onnx", ...ENCODER_FILES.slice(1)]);
    expect(await plan("someone/encoder/onnx/model.onnx")).toEqual({ ...found, source: found.source });
    expect(found.files[0]!.url).toContain("/onnx/model.onnx");
    const other = await plan("someone/encoder/onnx/model_O4.onnx");
    expect(other.files[0]).toMatchObject({ name: "model.onnx", size: 50 });
    expect(kindOf(await get(found.source))).toBe("embedder");
    expect(await hashOf(out, "1_Pooling/config.json")).toBe(await hashOf(ENCODER, "1_Pooling/config.json"));
    const embedder = await openEmbedder(fromFolder(out));
    expect([embedder.dimension, embedder.queryPrompt]).toEqual([6, "query: "]);
  });

  test("an ONNX file's URL brings what lies beside it, or above its folder", async () => {
    const host = await serve(ENCODER, "/a/");
    try {
      const found = await plan(`${host.url}onnx/model.onnx`);
      expect(found.id).toMatch(/^127\.0\.0\.1:\d+\/a\/onnx\/model\.onnx$/);
      expect(modelName(storedModel(found.id))).toBe("a");
      expect(found.files.map(({ name }) => name)).toEqual(["model.onnx", ...ENCODER_FILES.slice(1)]);
      await expect(plan(`${host.url}model.onnx`)).rejects.toThrow(
        refused("not-found", /has no model\.onnx,/),
      );
    } finally {
      await host.close();
    }
  });

  test.for([
    ["someone/else", "not-found", /no public repository someone\/else/],
    ["someone/nothing", "bad-model", /neither safetensors nor a GGUF/],
    ["someone/pocket/other.gguf", "not-found", /has no model file other.gguf; it has .*model.safetensors/],
    ["someone/no-tokenizer/model.onnx", "not-found", /has no tokenizer\.json, which a text encoder/],
    ["someone/encoder/onnx/none.onnx", "not-found", /has no onnx\/none\.onnx, which/],
    ["what is this", "bad-config", /neither a repository/],
    ["http://127.0.0.1:1/x.gguf", "download-failed", /could not be reached/],
  ] as const)("%s is refused", async ([source, code, message]) => {
    await expect(plan(source)).rejects.toThrow(refused(code, message));
  });

  test("any URL: a folder of a plain server, a file of it, a GGUF file", async () => {
    const host = await serve(POCKET, "/a/");
    try {
      for (const url of [`${host.url}`, `${host.url}config.json`]) {
        const found = await plan(url);
        expect(found.files.map((f) => f.name).sort()).toEqual(WANTED);
        expect(found.files.every((f) => f.sha256 === null && f.size !== null)).toBe(true);
        expect(found.id).toMatch(/^127\.0\.0\.1:\d+\/a$/);
      }
      const model = await get(host.url);
      expect(model).toMatchObject({ whole: true });
      expect(model.files.some((f) => f.checked)).toBe(false); // nobody published a hash
      await expect(plan(`${host.url}none/`)).rejects.toThrow(refused("not-found", /has no config.json/));
      await expect(plan(`${host.url}none.gguf`)).rejects.toThrow(refused("not-found", /is not there/));
    } finally {
      await host.close();
    }
  });
});

describe("fetching", () => {
  test("every file, checked where there is a hash; a manifest; nothing twice", async () => {
    const model = await get("someone/pocket");
    expect((await readdir(out)).sort()).toEqual([...WANTED, "manifest.json"].sort());
    for (const name of WANTED) expect(await hashOf(out, name)).toBe(await hashOf(POCKET, name));
    expect(model).toMatchObject({ whole: true, bytes: planBytes(model.files) });
    expect(model.files.filter((f) => f.checked).map((f) => f.name)).toEqual(["model.safetensors"]);
    const before = fileRequests().length;
    expect(await get("someone/pocket")).toEqual(model);
    expect(fileRequests().length).toBe(before);
  });

  test("cut in the middle, it goes on where it was, the whole files left alone", async () => {
    const stop = new AbortController();
    const half = 900_000;
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    hub.mood = (request, response, answer) => {
      if (!request.url?.endsWith("model.safetensors")) return false;
      cutAfter(half, response, answer, arrived);
      return true;
    };
    const visit = get("someone/pocket", {
      signal: stop.signal,
      sleep: async () => stop.abort(),
      onProgress: ({ done }) => done >= half && arrive(),
    });
    await expect(visit).rejects.toThrow(refused("aborted", /bytes are kept/));
    const disk = await openDiskFolder(out);
    const partial = await describeFolder(disk, (await readManifest(disk))!);
    expect(partial.whole).toBe(false);
    expect(partial.bytes).toBeGreaterThanOrEqual(half);

    hub.mood = () => false;
    hub.requests.length = 0;
    const seen: DownloadProgress[] = [];
    const model = await get("someone/pocket", { onProgress: (progress) => seen.push(progress) });
    expect(await hashOf(out, "model.safetensors")).toBe(await hashOf(POCKET, "model.safetensors"));
    expect(model.whole).toBe(true);
    expect(fileRequests().some((line) => line.endsWith("config.json") && !line.includes("tokenizer"))).toBe(
      false,
    );
    expect(seen[0]!.done).toBeGreaterThan(partial.bytes);
    expect(seen.at(-1)).toMatchObject({ done: planBytes(model.files), of: planBytes(model.files) });
  });

  test("a new version of a file takes the old one's place; an unchanged one stays", async () => {
    const pocket = REPOSITORIES["someone/pocket"]!;
    await get("someone/pocket");
    const changed = new TextEncoder().encode(`${new TextDecoder().decode(pocket.files["config.json"])} `);
    await hub.close();
    hub = await openHub({ "someone/pocket": { files: { ...pocket.files, "config.json": changed } } });
    await get("someone/pocket");
    expect(new Uint8Array(await readFile(join(out, "config.json")))).toEqual(changed);
    expect(fileRequests().some((line) => line.endsWith("model.safetensors"))).toBe(false);
  });

  test("a manifest that is damaged is as none: everything is fetched", async () => {
    await get("someone/one-GGUF");
    await writeFile(join(out, "manifest.json"), "{");
    await writeFile(join(out, "only.gguf"), "damaged");
    expect((await get("someone/one-GGUF")).whole).toBe(true);
    expect(new Uint8Array(await readFile(join(out, "only.gguf")))).toEqual(patterned(500));
  });
});

test("the rate is that of the last seconds, and null before there is one", () => {
  const meter = openRateMeter(1000, 0);
  expect(meter.rate(1100, 100)).toBeNull();
  expect(meter.rate(2000, 1000)).toBe(1000);
  for (let s = 2; s <= 30; s++) meter.rate(2000 + (s - 1) * 5000, s * 1000);
  expect(meter.rate(2000 + 30 * 5000, 31_000)).toBe(5000);
  expect(meter.rate(10, 32_000)).toBeNull(); // began anew
});

describe("the catalog", () => {
  test.for(CATALOG.map((model) => [model.name, model] as const))(
    "%s: its shape gives its parameters",
    ([, model]) => {
      const {
        layers: L,
        hidden_size: d,
        intermediate_size: f,
        heads: H,
        kv_heads: K,
        head_dim: h,
        vocab_size: V,
      } = model.shape;
      const norms = {
        Llama: 2 * d,
        "Llama 3": 2 * d,
        Qwen2: 2 * d,
        Qwen3: 2 * d + 2 * h,
        "Gemma 3": 4 * d + 2 * h,
      }[model.family]!;
      const biases = model.family === "Qwen2" ? (H + 2 * K) * h : 0;
      expect(V * d + d + L * (2 * d * h * (H + K) + 3 * d * f + norms + biases)).toBe(model.parameters);
    },
  );

  test.for([...CATALOG, ...ENCODERS].filter((m) => m.download).map((m) => [m.name, m] as const))(
    "%s: its name leads to its file, and is what it is stored under",
    async ([, { download, model }]) => {
      const { repository, file } = download!;
      const asked = parseRepository(`${repository}/${file}`, HUB);
      expect(asked).toEqual({ name: repository, revision: "main", file });
      expect(model).toBe(storedModel(`${repository}/${file}`));
    },
  );

  test("an encoder is called what its repository is", () => {
    for (const { name, model, download } of ENCODERS)
      expect(modelName(model)).toBe(download ? name : "embedder-static");
  });

  test("names on screen", () => {
    expect(["models/pocket", "stored:a/b/c-Q8_0.gguf", "stored:a/b", "https://x/y/"].map(modelName)).toEqual([
      "pocket",
      "c-Q8_0",
      "b",
      "y",
    ]);
    expect([storedModelId("stored:a/b"), storedModelId("models/pocket")]).toEqual(["a/b", null]);
  });
});
