/** A visitor to whom things happen: the browser killed outright, the GPU lost, the disk full, storage thrown away. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { parseRunConfig } from "../../src/core/config.ts";
import { encodeLink, sharedSettings } from "../../src/core/link.ts";
import { chromiumArgs, findChromium, root } from "../machine.mjs";
import { type Changes, type Host, serve } from "./site.ts";

/** A run of every kind of work that is over soon: y_w and y_l, rewards, four updates, three tests. */
export const SHORT_RUN = parseRunConfig({
  objective: "rlag",
  answers: "options",
  cycles: 2,
  updates: 2,
  batch_size: 2,
  questions: 4,
  explain_every: 0,
});

/** The page with these settings drafted. */
export const linkOf = async (host: Host, config = SHORT_RUN): Promise<string> =>
  `${host.url}#/lab?l=${await encodeLink(sharedSettings(config))}`;

/** Serves dist, and its train worker keeps the GPU devices it opens where a test reaches them. `port` 0: a free one. */
export function serveWithDevices(port = 0): Promise<Host> {
  const assets = join(root, "dist", "assets");
  const name = readdirSync(assets).find((file) => /^train\.worker-.*\.js$/.test(file));
  if (name === undefined) throw new Error(`there is no train worker in ${assets}`);
  const note = `self.devices=[];{const open=GPUAdapter.prototype.requestDevice;GPUAdapter.prototype.requestDevice=async function(d){const device=await open.call(this,d);self.devices.push(device);return device;};}`;
  const script = `${note}\n${readFileSync(join(assets, name), "utf8")}`;
  const changes: Changes = {
    [`assets/${name}`]: (response) => {
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    },
  };
  return serve(join(root, "dist"), "/closed/book/", changes, port);
}

/** Destroys the device that the page's train worker has. */
export async function loseDevice(page: Page): Promise<void> {
  const worker = page.workers().find((one) => one.url().includes("train.worker"));
  if (worker === undefined) throw new Error("the page has no train worker");
  await worker.evaluate(() => {
    (globalThis as unknown as { devices: GPUDevice[] }).devices.at(-1)!.destroy();
  });
}

/** A browser with a profile that outlasts it. */
export class Visitor {
  readonly #profile: string;
  #process: ChildProcess | null = null;
  #browser: Browser | null = null;

  constructor(profile: string) {
    this.#profile = profile;
  }

  static async arrive(): Promise<Visitor> {
    return new Visitor(await mkdtemp(join(tmpdir(), "closed-book-visitor-")));
  }

  /** Starts the browser on its profile, as after whatever ended it before. */
  async open(): Promise<Page> {
    const program = findChromium() ?? chromium.executablePath();
    const args = [
      ...chromiumArgs,
      "--headless=new",
      "--no-sandbox",
      "--no-first-run",
      "--remote-debugging-port=0",
      `--user-data-dir=${this.#profile}`,
      "about:blank",
    ];
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    const endpoint = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr!.on("data", (text) => {
        said += text;
        const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
        if (found) resolve(found);
      });
      child.once("exit", () => reject(new Error(`the browser ended at once: ${said.slice(-500)}`)));
    });
    this.#browser = await chromium.connectOverCDP(endpoint);
    return this.tab();
  }

  async tab(): Promise<Page> {
    const page = await this.#browser!.contexts()[0]!.newPage();
    page.setDefaultTimeout(180_000);
    return page;
  }

  cdp(page: Page): Promise<CDPSession> {
    return page.context().newCDPSession(page);
  }

  /** SIGKILL to all of its processes: nobody can write a last word. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return;
    this.#process = null;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-child.pid, "SIGKILL");
    await gone;
    await this.#browser?.close().catch(() => {});
    for (const mark of ["SingletonLock", "SingletonCookie", "SingletonSocket"]) // of a process that is no more
      await rm(join(this.#profile, mark), { force: true });
  }

  async leave(): Promise<void> {
    await this.kill();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

export interface StoredNow {
  id: string;
  status: string;
  update: number;
  checkpoint: boolean;
  lost: number;
  rows: string; // all rows but for their times, as JSON
  bytes: string | null; // SHA-256 of weights and moments of the newest checkpoint
}

/** All runs the browser has stored, oldest first. */
export const storedRuns = (page: Page): Promise<StoredNow[]> =>
  page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const db = await result(indexedDB.open("closed-book"));
    try {
      const tx = db.transaction(["runs", "rows", "checkpoints"]);
      const runs = await result(tx.objectStore("runs").index("createdAt").getAll());
      const all = runs.map(async (run) => {
        const range = IDBKeyRange.bound([run.id], [run.id, []]);
        const rows = await result(tx.objectStore("rows").getAll(range));
        const checkpoint = (await result(tx.objectStore("checkpoints").getAll(range))).at(-1);
        return { run, rows, checkpoint };
      });
      const found = await Promise.all(all);
      return await Promise.all(
        found.map(async ({ run, rows, checkpoint }) => {
          const parts = checkpoint ? [checkpoint.weights, checkpoint.m, checkpoint.v] : [];
          const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
          const hex = Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("");
          return {
            id: run.id,
            status: run.status,
            update: run.update,
            checkpoint: run.checkpointId !== null,
            lost: run.lost ?? 0,
            rows: JSON.stringify(rows.map((row) => ({ ...row, seconds: 0 }))),
            bytes: checkpoint ? hex : null,
          };
        }),
      );
    } finally {
      db.close();
    }
  });

export const runButton = (page: Page, label: string) =>
  page.locator("button.go:enabled", { hasText: new RegExp(`^${label}$`) });

/** Presses Run as soon as it can be pressed. */
export const startRun = (page: Page): Promise<void> =>
  page.locator("button.go:enabled", { hasText: /^(Run|New run)$/ }).click();

/** What the page says of where the run is: its phase in words, or the button where there is none. */
export const whereItIs = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const line = document.querySelector(".progress p")?.textContent?.trim();
    const button = document.querySelector("button.go")?.textContent?.trim();
    return (line || button || "loading").slice(0, 60);
  });

/** One phase of a run as the page names it, without counts, and when it was first seen. */
export interface PhaseSeen {
  phase: string;
  seconds: number; // after the watch began
}

/** Begins to note each phase that the page comes to; a load ends the watch. */
export const watchPhases = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen: { phase: string; seconds: number }[] = [];
    const begun = performance.now();
    const look = (): void => {
      const line = document.querySelector(".progress p")?.textContent?.trim();
      const phase = line && /^[^·]*·[^,:\d]*/.exec(line)?.[0].trim();
      if (phase && phase !== seen.at(-1)?.phase)
        seen.push({ phase, seconds: (performance.now() - begun) / 1000 });
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    (globalThis as unknown as { phasesSeen: typeof seen }).phasesSeen = seen;
  });

/** The phases since `watchPhases`. */
export const phasesSeen = (page: Page): Promise<PhaseSeen[]> =>
  page.evaluate(() => (globalThis as unknown as { phasesSeen: PhaseSeen[] }).phasesSeen);

/**
 * Waits for the moment that lies `seconds` into an undisturbed run of these phases, however fast the machine is now: until
 * the phase of that moment, or a later one, has come, and then as long as the moment lay in it, at the pace until there.
 */
export async function momentOf(page: Page, whole: readonly PhaseSeen[], seconds: number): Promise<void> {
  const at = whole.findLastIndex((one) => one.seconds <= seconds);
  if (at < 0) return after(seconds);
  const before = new Set(whole.slice(0, at).map(({ phase }) => phase));
  const marks = whole.slice(at).flatMap(({ phase }) => (before.has(phase) ? [] : [phase])); // one that recurs tells nothing
  const reached = await page.waitForFunction(
    ({ marks, count }) => {
      const { phasesSeen: seen } = globalThis as unknown as { phasesSeen: PhaseSeen[] };
      return seen[count - 1] ?? seen.find(({ phase }) => marks.includes(phase));
    },
    { marks, count: at + 1 },
    { polling: 50 },
  );
  const now = (await reached.jsonValue())!.seconds;
  const then = whole[at]!.seconds;
  const pace = then > MEASURABLE ? now / then : 1;
  await after((seconds - then) * pace);
}

const MEASURABLE = 2; // seconds: what came earlier tells no pace

const after = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

/** Takes up whatever run is offered after a load, and follows it to its end. Says how it was offered. */
export async function finishOffered(page: Page): Promise<"resumed" | "begun anew" | "finished" | "nothing"> {
  const offered = page.locator("button.go:enabled", { hasText: /^(Resume|Begin again|Run|New run)$/ });
  await offered.waitFor();
  const [newest] = (await storedRuns(page)).slice(-1);
  const label = (await offered.textContent())!.trim();
  if (newest === undefined) return "nothing";
  if (newest.status === "finished") return "finished";
  await offered.click();
  await runButton(page, "New run").waitFor();
  return label === "Resume" ? "resumed" : "begun anew";
}
