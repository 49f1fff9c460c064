/**
 * What a run survives, each kind of trouble at drawn moments, in a real browser with one profile throughout:
 *
 *   RELIABILITY=1 nice node test/run.mjs bench reliability       (half an hour; started again, it does what is left)
 *
 * A moment is drawn from the seconds of the undisturbed run, and waited for by the phases that it came to: so it lies in
 * the same work on a busy machine. A run has survived where it ended with the rows, weights and moments of the one that nothing happened to, bit for bit.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uniformAt } from "../../../src/core/rng.ts";
import { buildPage } from "../../helpers/buildPage.ts";
import {
  finishOffered,
  linkOf,
  loseDevice,
  momentOf,
  type PhaseSeen,
  phasesSeen,
  runButton,
  type StoredNow,
  serveWithDevices,
  startRun,
  storedRuns,
  Visitor,
  watchPhases,
  whereItIs,
} from "../../helpers/hardTimes.ts";
import { type HubServer, openHub } from "../../helpers/hubServer.ts";
import { writeResult } from "../../helpers/results.ts";
import type { Host } from "../../helpers/site.ts";
import { root } from "../../machine.mjs";

const KILLS = Number(process.env.KILLS ?? 20); // fewer for a first look: what is done counts for all
const LOSSES = Number(process.env.LOSSES ?? 10);
const SEED = 10;
const CACHE = join(root, ".cache", "reliability");
const DONE = join(CACHE, "done.json");
const HOUR = 3_600_000;

interface Whole {
  rows: string;
  bytes: string | null;
  seconds: number; // from Run to its end
  phases: PhaseSeen[];
}
interface Trial {
  seconds: number; // into the undisturbed run
  where: string; // what the page said then
  offered: string; // how the run came back
  equal: boolean | null; // to the run that nothing happened to; null where nothing of it was stored yet
}
interface Done {
  complete?: boolean;
  build?: string; // the files it was measured on, their hashes in their names
  whole?: Whole;
  killed: Trial[];
  lost: Trial[];
  others: Record<string, Record<string, unknown>>;
}

let done: Done = { killed: [], lost: [], others: {} };
let host: Host;
let visitor: Visitor;
let page: Page;
let adapter = "";

/** Trial `i` of `n`: one moment in each n-th of the run, in an order that has late ones early, in seconds. */
const drawn = (purpose: "data" | "bootstrap", i: number, n: number): number =>
  ((((i * 7) % n) + uniformAt(SEED, purpose, i)) / n) * done.whole!.seconds;
const save = () => writeFileSync(DONE, `${JSON.stringify(done, null, 1)}\n`);

beforeAll(async () => {
  mkdirSync(CACHE, { recursive: true });
  await buildPage();
  const build = readdirSync(join(root, "dist", "assets"))
    .sort()
    .join(" ");
  const found: Done | null = existsSync(DONE) ? JSON.parse(readFileSync(DONE, "utf8")) : null;
  if (found && !found.complete && found.build === build) done = found;
  else rmSync(join(CACHE, "profile"), { recursive: true, force: true });
  done.build = build;
  host = await serveWithDevices(47_310); // the same origin every time: the profile's database is this origin's
  visitor = new Visitor(join(CACHE, "profile"));
  page = await visitor.open();
}, HOUR);
afterAll(async () => {
  await visitor?.kill();
  await host?.close();
});

/** The lab with the short run drafted and ready. */
async function ready(on = page): Promise<void> {
  await on.goto("about:blank");
  await on.goto(await linkOf(host));
  await on.locator("button.go:enabled", { hasText: /^(Run|New run)$/ }).waitFor();
}
const newest = async (on = page): Promise<StoredNow> => (await storedRuns(on)).at(-1)!;
const isWhole = (run: StoredNow): boolean =>
  run.status === "finished" && run.rows === done.whole!.rows && run.bytes === done.whole!.bytes;

test("a run that nothing happens to", { timeout: HOUR }, async () => {
  await ready();
  await page.locator(".lamp.on").waitFor();
  adapter = /· (.*?) ·/.exec((await page.locator(".gpu").textContent())!)![1]!;
  if (done.whole) return;
  const begun = performance.now();
  await watchPhases(page);
  await startRun(page);
  await runButton(page, "New run").waitFor();
  const seconds = (performance.now() - begun) / 1000;
  const { rows, bytes } = await newest();
  done.whole = { rows, bytes, seconds, phases: await phasesSeen(page) };
  save();
});

test("the browser killed at moments drawn from all parts of the run, from preparing to finished", {
  timeout: HOUR,
}, async () => {
  while (done.killed.length < KILLS) {
    const seconds = drawn("data", done.killed.length, KILLS);
    await ready();
    const before = (await storedRuns(page)).length;
    await watchPhases(page);
    await startRun(page);
    await momentOf(page, done.whole!.phases, seconds);
    const where = await whereItIs(page);
    await visitor.kill();
    page = await visitor.open();
    await page.goto(`${host.url}#/lab`);
    const wasStored = (await storedRuns(page).catch(() => [])).length > before;
    const offered = wasStored ? await finishOffered(page) : "nothing";
    const equal = wasStored ? isWhole(await newest()) : null;
    done.killed.push({ seconds, where, offered, equal });
    save();
    console.log("killed", done.killed.at(-1));
  }
  expect(done.killed.filter(({ equal }) => equal === false)).toEqual([]);
});

test("the GPU lost at moments drawn from all parts of the run", { timeout: HOUR }, async () => {
  while (done.lost.length < LOSSES) {
    const seconds = drawn("bootstrap", done.lost.length, LOSSES);
    await ready();
    await watchPhases(page);
    await startRun(page);
    await momentOf(page, done.whole!.phases, seconds);
    const where = await whereItIs(page);
    await loseDevice(page);
    await page.locator("button.go", { hasText: /^(Resume|New run|Run)$/ }).waitFor();
    const run = await newest();
    const offered = run.lost > 0 ? "went on by itself" : `${run.status}, on a device of its own`; // it was lost before it was used
    done.lost.push({ seconds, where, offered, equal: isWhole(run) });
    save();
    console.log("lost", done.lost.at(-1));
  }
  expect(done.lost.filter(({ equal }) => equal !== true)).toEqual([]);
});

/** Does a trial once, and keeps what it found. */
const other = (name: string, trial: () => Promise<Record<string, unknown>>) =>
  test(name, { timeout: HOUR }, async () => {
    done.others[name] ??= await trial();
    save();
    console.log(name, done.others[name]);
    expect(done.others[name]).not.toMatchObject({ equal: false });
  });

other("the disk full while a checkpoint is saved", async () => {
  await ready();
  const cdp = await visitor.cdp(page);
  await startRun(page);
  await page.getByText(/Cycle 1 of 2 · learning/).waitFor();
  await cdp.send("Storage.overrideQuotaForOrigin", { origin: new URL(host.url).origin, quotaSize: 1 });
  await page.getByRole("alert").waitFor();
  const says = (await page.locator(".trouble p").first().textContent())!;
  expect(says).toMatch(/storage is full.*Nothing was changed; delete old runs/);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin: new URL(host.url).origin });
  const offered = await finishOffered(page);
  return { says, offered, equal: isWhole(await newest()) };
});

other("two tabs press Run at once; the one that trains is closed under way", async () => {
  const second = await visitor.tab();
  await Promise.all([ready(), ready(second)]);
  const before = (await storedRuns(page)).length;
  await Promise.all([startRun(page), startRun(second)]);
  const following = (on: Page) => on.getByText("Another tab is training.");
  await Promise.any([following(page).waitFor(), following(second).waitFor()]);
  const [trains, follows] = (await following(page).isVisible()) ? [second, page] : [page, second];
  await following(follows).waitFor();
  await trains.getByText(/Cycle 1 of 2 · learning/).waitFor();
  await follows.getByText(/Cycle 1 of 2 · learning/).waitFor(); // as it goes
  const begun = (await storedRuns(follows)).length - before;
  await trains.close();
  page = follows;
  await following(follows).waitFor({ state: "hidden" });
  const offered = await finishOffered(follows);
  return { begun, offered, equal: isWhole(await newest()) };
});

other("a model swapped on its server in the middle of the download", async () => {
  const before = new Uint8Array(3_000_000).fill(1);
  const now = new Uint8Array(3_000_000).fill(2);
  const config = new TextEncoder().encode("{}");
  const files = { "config.json": config, "tokenizer.json": config, "model.safetensors": before };
  const repository = { files: files as Record<string, Uint8Array> };
  const hub: HubServer = await openHub({ "someone/swapped": repository });
  try {
    await ready();
    let cut = false;
    hub.mood = (request, response) => {
      if (cut || !request.url?.endsWith("/model.safetensors")) return false;
      cut = true;
      response.writeHead(200, {
        etag: '"one"',
        "accept-ranges": "bytes",
        "content-length": before.length,
      });
      response.write(before.subarray(0, 1_000_000), () => {
        repository.files["model.safetensors"] = now;
        setTimeout(() => response.socket?.destroy(), 1000);
      });
      return true;
    };
    await page.getByRole("button", { name: "choose", exact: true }).click();
    await page.getByText("Where repositories are looked up").click();
    await page.getByLabel("Address of the hub or of a mirror").fill(hub.url);
    await page.getByRole("textbox", { name: "Repository or URL" }).fill("someone/swapped");
    await page.getByRole("button", { name: "Look up", exact: true }).click();
    await page.getByRole("button", { name: /^Download 3/ }).click();
    const whole = page.getByRole("button", { name: "Use swapped", exact: true });
    const trouble = page.getByRole("dialog").locator(".fault");
    await whole.or(trouble).first().waitFor();
    const says = (await trouble.count()) > 0 ? await trouble.first().textContent() : null;
    const found = await page.evaluate(async () => {
      const bytes = new Set<number>();
      const read = async (folder: FileSystemDirectoryHandle): Promise<void> => {
        for await (const [name, handle] of folder.entries())
          if (handle.kind === "directory") await read(handle as FileSystemDirectoryHandle);
          else if (name.startsWith("model.safetensors"))
            for (const byte of new Uint8Array(
              await (await (handle as FileSystemFileHandle).getFile()).arrayBuffer(),
            ))
              bytes.add(byte);
      };
      await read(await navigator.storage.getDirectory());
      return [...bytes];
    });
    expect(found.length).toBeLessThan(2); // never bytes of both
    return { says, whole: (await whole.count()) > 0, kinds_of_bytes_stored: found };
  } finally {
    await hub.close();
  }
});

other("storage thrown away under a run, then between two visits", async () => {
  await ready();
  const cdp = await visitor.cdp(page);
  const evict = () =>
    cdp.send("Storage.clearDataForOrigin", {
      origin: new URL(host.url).origin,
      storageTypes: "indexeddb,file_systems,cache_storage,service_workers",
    });
  await startRun(page);
  await page.getByText(/Cycle 1 of 2 · learning/).waitFor();
  await evict();
  await page.locator(".trouble").or(runButton(page, "New run")).first().waitFor();
  const trouble = page.locator(".trouble p").first();
  const under = (await trouble.count()) > 0 ? await trouble.textContent() : "it ended as if nothing had been";
  await evict();
  await page.goto("about:blank");
  await page.goto(`${host.url}#/lab`);
  await page.getByText("What was stored here is gone.").waitFor();
  await ready();
  await startRun(page);
  await runButton(page, "New run").waitFor();
  return { under, later: "said that it is gone", next_run: (await newest()).status }; // its kernels are chosen anew
});

test("the figures", async () => {
  const { killed, lost, others } = done;
  const count = (trials: readonly Trial[], offered: string) =>
    trials.filter((trial) => trial.offered === offered).length;
  const survived = (trials: readonly Trial[]) => trials.filter(({ equal }) => equal === true).length;
  await writeResult("reliability", adapter, {
    run_seconds: done.whole!.seconds,
    killed: {
      of: killed.length,
      ended_bit_equal: survived(killed),
      resumed: count(killed, "resumed"),
      begun_anew: count(killed, "begun anew"),
      had_finished: count(killed, "finished"),
      nothing_stored_yet: count(killed, "nothing"),
      moments: killed,
    },
    lost: { of: lost.length, ended_bit_equal: survived(lost), moments: lost },
    others,
  });
  if (process.env.KILLS === undefined) done.complete = true; // the next time begins anew
  save();
});
