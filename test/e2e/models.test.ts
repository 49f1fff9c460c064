/** A model that is not built in: looked up, fetched over a broken line, used offline, deleted. */
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cutAfter } from "../helpers/badServer.ts";
import { filesOf, type HubServer, openHub } from "../helpers/hubServer.ts";
import { openChromium, servePage } from "../helpers/page.ts";
import type { Host } from "../helpers/site.ts";
import { root } from "../machine.mjs";

const REPOSITORY = "someone/pocket-copy";
const ENCODER = "someone/encoder";
const POCKET = filesOf(join(root, "public", "models", "pocket"));
const WEIGHTS = POCKET["model.safetensors"]!.length;
const SETTINGS = { cycles: 1, updates: 1, batch_size: 2, explain_every: 0, questions: 4 };
const DRAFT = { presetId: "rlag-options", changes: SETTINGS, corpus: "data/archive", model: "models/pocket" };
const SOON = 30_000; // ms
const LATER = { timeout: 150_000 }; // ms; a software adapter on a busy machine

let host: Host;
let hub: HubServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const faults: string[] = []; // errors nobody caught

beforeAll(async () => {
  [host, hub, browser] = await Promise.all([
    servePage(),
    openHub({
      [REPOSITORY]: { files: { ...POCKET, "README.md": new Uint8Array(9) } },
      [ENCODER]: { files: filesOf(join(root, "test", "fixtures", "encoders", "embedder")) },
    }),
    openChromium(),
  ]);
  context = await browser.newContext();
  page = await context.newPage();
  page.setDefaultTimeout(SOON);
  page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([host?.close(), hub?.close()]);
});

const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const ready = () => page.locator("button.go:enabled", { hasText: /^(Run|New run)$/ }).waitFor(LATER);
const openModels = async () => {
  await button("choose").click();
  await page.getByRole("dialog", { name: "Models" }).waitFor();
};

/** What a search of the browser's own file system finds: path and size. */
const filesHere = (): Promise<Record<string, number>> =>
  page.evaluate(async () => {
    const found: Record<string, number> = {};
    const models = await (await navigator.storage.getDirectory()).getDirectoryHandle("models");
    for await (const [name, handle] of models.entries()) {
      for await (const [file, inside] of (handle as FileSystemDirectoryHandle).entries())
        found[`${decodeURIComponent(name)}/${file}`] = (
          await (inside as FileSystemFileHandle).getFile()
        ).size;
    }
    return found;
  });
const weightRequests = () => hub.requests.filter((line) => line.endsWith("/model.safetensors")).length;

test("looked up, cut, resumed after a reload", async () => {
  await page.goto(`${host.url}recorded/index.json`); // of the same origin, and no page that would write its own draft over this one
  await page.evaluate(
    (draft) => localStorage.setItem("closed-book-draft", JSON.stringify({ state: draft, version: 1 })),
    DRAFT,
  );
  await page.goto(host.url);
  await ready();
  await openModels();
  await page.getByText("Where repositories are looked up").click();
  await page.getByLabel("Address of the hub or of a mirror").fill(hub.url);
  await page.getByRole("textbox", { name: "Repository or URL" }).fill(REPOSITORY);
  expect(hub.requests).toEqual([]); // nobody has asked for anything yet
  await button("Look up").click();
  await page.getByText(/1\.9 MB in 4 files from 127\.0\.0\.1:\d+, licence apache-2\.0; checked/).waitFor();
  expect(hub.requests.filter((line) => line.includes("/resolve/"))).toEqual([]); // asked, not fetched

  const cut = Math.round(WEIGHTS / 2);
  let broken = false;
  hub.mood = (request, response, answer) => {
    if (!request.url?.endsWith("/model.safetensors")) return false;
    if (broken) response.socket?.destroy();
    else cutAfter(cut, response, answer, new Promise((resolve) => setTimeout(resolve, 2000)));
    broken = true;
    return true;
  };
  await button(/^Download 1\.9 MB/).click();
  await page.getByText(/tries again in \d+ s/).waitFor();
  await button("Cancel the download of pocket-copy").click();
  await button("Resume pocket-copy").waitFor();
  const half = await filesHere();
  const part = half[`${REPOSITORY}/model.safetensors.part`]!;
  expect(part).toBe(cut);

  await page.reload();
  await openModels();
  const ranges: string[] = [];
  hub.mood = ({ url, headers }) => {
    if (url?.endsWith("/model.safetensors")) ranges.push(headers.range ?? "none");
    return false;
  };
  await button("Resume pocket-copy").click();
  await button("Use pocket-copy").waitFor();
  expect(ranges).toEqual([`bytes=${part}-`]);
  const whole = await filesHere();
  expect(Object.keys(whole).sort()).toEqual(
    [...Object.keys(POCKET).filter((name) => /^(config|model|tokenizer)/.test(name)), "manifest.json"]
      .map((name) => `${REPOSITORY}/${name}`)
      .sort(),
  );
  expect(whole[`${REPOSITORY}/model.safetensors`]).toBe(WEIGHTS);
  expect(faults).toEqual([]);
});

test("an embedder comes with its folders, and finds what it is asked from then on", async () => {
  await page.getByRole("textbox", { name: "Repository or URL" }).fill(ENCODER);
  await button("Look up").click();
  await page.getByText(/in 7 files from/).waitFor();
  await button(/^Download \d/).click();
  await button("Use encoder").click();
  await page.locator("li", { hasText: "encoder" }).getByText("In use").waitFor();
  expect(await filesHere()).toHaveProperty([`${ENCODER}/onnx/model.onnx/1_Pooling%2Fconfig.json`]);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Knowledge" }).click();
  await page.getByText("44 passages, vectors of 6 numbers").waitFor(LATER);
  await page.getByText("Vectors by encoder").waitFor();
  await openModels();
  await button("Use Static").click();
  await button("Delete encoder").click();
  await button(/^Delete .*\? encoder/).click();
  await page.keyboard.press("Escape");
  await page.getByText("44 passages, vectors of 128 numbers").waitFor(LATER);
  await page.getByRole("link", { name: "Lab" }).click();
  await openModels();
  expect(faults).toEqual([]);
});

test("trained, without the server from then on, deleted", { timeout: 600_000 }, async () => {
  await button("Use pocket-copy").click();
  await page.locator("li", { hasText: "pocket-copy" }).getByText("In use").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".pick", { hasText: "pocket-copy" }).getByText("0.9 M parameters").waitFor(LATER);
  await ready();
  await page.getByText("LoRA rank 8 · 1 cycle of 1 update").waitFor(); // the settings above
  await button("Run").click();
  await page.locator("button.go", { hasText: /^New run$/ }).waitFor(LATER);

  await hub.close(); // offline from here
  const before = weightRequests();
  await page.reload();
  await page.locator(".pick", { hasText: "pocket-copy" }).getByText("0.9 M parameters").waitFor(LATER);
  await ready();
  expect(weightRequests()).toBe(before);

  await openModels();
  await button("Delete pocket-copy").click();
  await button(/^Delete 1\.9 MB\? pocket-copy/).click();
  await button("Use pocket-copy").waitFor({ state: "hidden" });
  expect(await filesHere()).toEqual({});
  await page.reload();
  await page.getByText(/the model pocket-copy is not stored in this browser: open Models/).waitFor();
  await openModels();
  await button("Use Pocket").click();
  await page.keyboard.press("Escape");
  await ready();
  expect(faults).toEqual([]);
});

test("dropped files are a model; what is none is refused", async () => {
  await page.goto(host.url);
  await openModels();
  const input = page.locator(".add-model input[type=file]").first();
  await input.setInputFiles([join(root, "package.json")]);
  await page.getByText(/package\.json is not a model: it takes one \.gguf file/).waitFor();
  const names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
  await input.setInputFiles(names.map((name) => join(root, "public", "models", "pocket", name)));
  await button("Use dropped model").click();
  await page.keyboard.press("Escape");
  await page.locator(".pick", { hasText: "dropped model" }).getByText("0.9 M parameters").waitFor(LATER);
  await ready();
  expect(faults).toEqual([]);
});
