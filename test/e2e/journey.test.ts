/** One visitor's journey: own documents in, a run with a reload in the middle, a question, the adapter out. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROGRAM_FILES } from "../../src/core/bundle.ts";
import { ofBytes } from "../../src/core/files.ts";
import { openZip } from "../../src/core/unzip.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { oneGuest } from "../helpers/guest.ts";
import { storedRows } from "../helpers/page.ts";
import { unzipStored } from "../helpers/unzip.ts";
import { root } from "../machine.mjs";

const ARCHIVE = join(root, "test", "fixtures", "small-archive");
const CYCLES = 2;
const UPDATES = 2;
const SETTINGS = { cycles: CYCLES, updates: UPDATES, batch_size: 4, explain_every: 0 };
const SOON = { timeout: 30_000 }; // ms; whatever needs no training
const LATER = { timeout: 150_000 }; // ms; a software adapter on a busy machine

const guest = oneGuest(SOON.timeout);
const { button } = guest;
const primary = (label: string) =>
  guest.page.locator("button.go", { hasText: new RegExp(`^${label}$`) }).waitFor(LATER);

test("documents in, a run over a reload, a question, the adapter out; nothing leaves the machine", {
  timeout: 360_000,
}, async () => {
  const { page } = guest;
  await page.goto(`${guest.host.url}#/knowledge`);
  await page
    .locator(".drop-zone input[type=file]")
    .first()
    .setInputFiles(["documents", "train", "test"].map((name) => join(ARCHIVE, `${name}.json`)));
  await page.getByLabel("Name").fill("Small archive");
  await button("Keep and index").click();
  await page.getByText("24 passages, vectors of").waitFor();

  await page.goto(`${guest.host.url}#/lab`);
  await page.getByText("12 to learn, 12 to test").waitFor();
  await page.getByRole("combobox", { name: "Method" }).selectOption({ label: "RLAG, brief answers" });
  await guest.settings(SETTINGS);
  await button("Run").click();

  await page.getByText(`Cycle 1 of ${CYCLES} · learning`).waitFor(LATER);
  await page.reload();
  await page.getByText("Interrupted.").waitFor();
  await button("Resume").click();
  await primary("Pause");
  await page.locator("h1").click(); // focus on nothing that takes the space bar for itself
  await page.keyboard.press("Space");
  await primary("Resume");
  await page.keyboard.press("Space");
  await primary("New run");
  await page.getByText(/After two cycles/).waitFor();

  const rows = await storedRows(page);
  const cycles = rows.filter((row) => row.type === "cycle");
  const updates = rows.filter((row) => row.type === "update");
  expect(cycles.map((row) => row.cycle)).toEqual([0, 1, 2]);
  expect(updates.map((row) => row.update)).toEqual([0, 1, 2, 3]);
  for (const { loss, grad_norm } of updates) expect(loss * grad_norm).toBeGreaterThan(0); // NaN is not
  expect(cycles[0]!.open_test).toBeGreaterThan(0.7); // pocket reads 93 of 100
  expect(cycles[0]!.closed_test).toBeLessThan(0.6); // and guesses one in five
  expect(cycles[2]!.kl).toBeGreaterThan(0);

  const question = JSON.parse(await readFile(join(ARCHIVE, "train.json"), "utf8"))[0].question as string;
  await page.getByLabel("Your question").fill(question);
  await button("Ask").click();
  const asked = page.locator(".asked");
  await asked.getByText(`${question} · this run's adapter`).waitFor();
  expect(await asked.locator(".answer .tokens").allInnerTexts()).toEqual([
    expect.stringMatching(/\w/),
    expect.stringMatching(/\w/),
  ]);
  await asked.getByText("3 passages looked up").waitFor();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    button("Download the adapter for PEFT").click(),
  ]);
  const archive = unzipStored(new Uint8Array(await readFile(await download.path())));
  expect([...archive.keys()]).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
  const [config, weights] = [...archive.values()];
  expect(JSON.parse(new TextDecoder().decode(config))).toMatchObject({
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    r: 16,
    lora_alpha: 32,
  });
  const tensors = await readSafetensors(ofBytes(weights!), "adapter_model.safetensors");
  expect(tensors.size).toBe(4 * 7 * 2); // layers, projections, A and B
  const first = tensors.get("base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight")!;
  expect(first).toMatchObject({ dtype: "F32", shape: [128, 16] });
  expect((await first.read()).some((byte) => byte !== 0)).toBe(true); // B begins at zero: it has learned

  await page.goto(`${guest.host.url}#/runs`);
  await page.getByText(/^More/).click(SOON);
  const [bundle] = await Promise.all([
    page.waitForEvent("download", LATER),
    button("Take it as a bundle").click(),
  ]);
  expect(bundle.suggestedFilename()).toMatch(/\.bundle\.zip$/);
  await expectWholeBundle(new Blob([await readFile(await bundle.path())]));

  await page.goto(`${guest.host.url}#/lesson/one`);
  for (const name of ["Look it up", "Answer it twice", "What does the open book earn?", "Learn it"])
    await button(name).click(LATER);
  await page.getByText(/^Update [2-9] of 12: the loss went from/).waitFor(LATER);
  await page.goto(`${guest.host.url}#/lab`);
  await page.getByText("12 to learn, 12 to test").waitFor(LATER); // the run is stopped, and the table as it was

  expect(guest.foreign).toEqual([]);
  expect(guest.faults).toEqual([]);
});

/** The program as it lies in public/bundle, the run's plan, and the documents and questions. */
async function expectWholeBundle(zip: Blob): Promise<void> {
  const files = new Map((await openZip(zip, "the bundle")).map((file) => [file.path, file]));
  const text = async (name: string) => new TextDecoder().decode(await files.get(name)!.read());
  for (const name of PROGRAM_FILES)
    expect(await text(name), name).toBe(await readFile(join(root, "public/bundle", name), "utf8"));
  const lines = async (name: string) =>
    (await text(name))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  expect(JSON.parse(await text("run/bundle.json"))).toMatchObject({
    format: "closed-book bundle",
    config: { ...SETTINGS, objective: "rlag" },
    updates: CYCLES * UPDATES,
  });
  expect(await lines("run/plan.jsonl")).toHaveLength(CYCLES * UPDATES);
  expect((await lines("run/metrics.jsonl")).filter((row) => row.type === "update")).toHaveLength(
    CYCLES * UPDATES,
  );
  for (const { taught } of await lines("run/views.jsonl"))
    expect(taught.brief).toMatchObject({ answer: expect.any(String), reward: expect.any(Number) });
  const own = JSON.parse(await readFile(join(ARCHIVE, "train.json"), "utf8"));
  expect(JSON.parse(await text("data/train.json")).length).toBe(own.length);
}
