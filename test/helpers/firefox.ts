/** Firefox without a window, driven by WebDriver BiDi, the W3C's protocol: no driver program, no patched browser. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { findFirefox, gpuEnv } from "../machine.mjs";

/** A software adapter is on Firefox's list of those it does not use by itself; and nothing may be fetched or asked meanwhile. */
const PREFS = {
  "dom.webgpu.enabled": true,
  "dom.webgpu.workers.enabled": true,
  "gfx.webgpu.ignore-blocklist": true,
  "app.update.disabledForTesting": true,
  "app.normandy.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.aboutwelcome.enabled": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.search.update": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.systemAddon.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#none",
  "toolkit.telemetry.enabled": false,
  "toolkit.startup.max_resumed_crashes": -1,
};
const START = 120_000; // ms; on two busy cores half a minute is usual
const LOOK = 100; // ms between two looks at a page

interface Reply {
  id?: number;
  method?: string;
  result?: Record<string, unknown>;
  params?: Record<string, unknown>;
  error?: string;
  message?: string;
}

/** A function as the page runs it; what it takes and gives is JSON. */
type InPage<A extends unknown[], R> = (...args: A) => R | Promise<R>;

export interface FirefoxTab {
  readonly faults: string[]; // errors nobody caught, and what the page's policy forbade
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Runs a script's text there, whatever the page's policy says of scripts. */
  run(script: string): Promise<void>;
  /** The function is sent as text: it sees the page and its arguments, nothing else. @throws Error what it throws */
  evaluate<A extends unknown[], R>(run: InPage<A, R>, ...args: A): Promise<R>;
  /** Looks again and again until the function gives something true. @throws Error naming `what` after `timeout` ms */
  until<A extends unknown[], R>(what: string, timeout: number, run: InPage<A, R>, ...args: A): Promise<R>;
}

export interface Firefox {
  tab(): Promise<FirefoxTab>;
  close(): Promise<void>;
}

/** @throws Error where there is no Firefox, or it does not start */
export async function openFirefox(): Promise<Firefox> {
  const program = findFirefox();
  if (!program) throw new Error("no Firefox here: install it, or set FIREFOX to its path");
  const profile = mkdtempSync(join(tmpdir(), "closed-book-firefox-"));
  const lines = Object.entries(PREFS).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(profile, "user.js"), `${lines.join("\n")}\n`);
  const args = [
    "--headless",
    "--no-remote",
    "--profile",
    profile,
    "--remote-debugging-port",
    "0",
    "about:blank",
  ];
  const env = { ...process.env, ...gpuEnv(), MOZ_CRASHREPORTER_DISABLE: "1", HOME: profile };
  const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end); // whoever forgot to close it leaves none behind
  const close = async (): Promise<void> => {
    await ended(child);
    process.off("exit", end);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const session = await Session.open(`${await addressOf(child)}/session`);
    return {
      tab: () => openTab(session),
      close: async () => {
        session.close();
        await close();
      },
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** Where it listens, which it says on stderr. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) =>
      reject(new Error(`Firefox ${why}; it said: ${said.slice(-2000) || "nothing"}`));
    const timer = setTimeout(() => fail(`did not listen within ${START / 1000} s`), START);
    child.once("exit", (code) => fail(`ended with ${code}`));
    child.once("error", (error) => fail(`did not start (${error.message})`));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      child.stderr!.removeAllListeners("data").resume();
      resolve(found);
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 5000).unref();
  });
}

/** Commands and their answers, and events, over one socket. */
class Session {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #listeners = new Set<(method: string, params: Record<string, unknown>) => void>();
  #next = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const reply = JSON.parse(String(data)) as Reply;
      if (reply.id !== undefined && reply.id !== null) this.#waiting.get(reply.id)?.(reply);
      else if (reply.method)
        for (const listener of this.#listeners) listener(reply.method, reply.params ?? {});
    });
    socket.on("close", () => {
      for (const answer of this.#waiting.values())
        answer({ error: "Firefox is gone", message: "the connection ended" });
    });
  }

  static async open(url: string): Promise<Session> {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 28 });
    await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const session = new Session(socket);
    await session.send("session.new", { capabilities: {} });
    await session.send("session.subscribe", { events: ["log.entryAdded"] });
    return session;
  }

  async send(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const id = this.#next++;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    this.#waiting.delete(id);
    if (reply.error) throw new Error(`${method}: ${reply.error}: ${reply.message}`);
    return reply.result ?? {};
  }

  listen(listener: (method: string, params: Record<string, unknown>) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#socket.terminate();
  }
}

interface LogEntry {
  type: string; // "javascript" where nobody caught it, "console" for what a page says
  level: string;
  text: string | null;
  source: { context?: string };
}

async function openTab(session: Session): Promise<FirefoxTab> {
  const { context } = await session.send("browsingContext.create", { type: "tab" });
  await session.send("browsingContext.setViewport", { context, viewport: { width: 1440, height: 900 } });
  const faults: string[] = [];
  session.listen((method, params) => {
    const entry = params as unknown as LogEntry;
    if (method !== "log.entryAdded" || entry.source.context !== context) return;
    const text = entry.text ?? "";
    if (text.includes("Content-Security-Policy") || (entry.type === "javascript" && entry.level === "error"))
      faults.push(text);
  });

  const evaluate = async <A extends unknown[], R>(run: InPage<A, R>, ...args: A): Promise<R> => {
    const { type, result, exceptionDetails } = (await session.send("script.callFunction", {
      functionDeclaration: `async (args) => JSON.stringify({ value: await (${run})(...JSON.parse(args)) })`,
      arguments: [{ type: "string", value: JSON.stringify(args) }],
      target: { context },
      awaitPromise: true,
    })) as { type: string; result?: { value: string }; exceptionDetails?: { text: string } };
    if (type !== "success") throw new Error(exceptionDetails?.text ?? "the page threw");
    return (JSON.parse(result!.value) as { value: R }).value;
  };
  return {
    faults,
    evaluate,
    run: async (script) => {
      const { type, exceptionDetails } = (await session.send("script.evaluate", {
        expression: `{${script}}; null`,
        target: { context },
        awaitPromise: false,
      })) as { type: string; exceptionDetails?: { text: string } };
      if (type !== "success") throw new Error(exceptionDetails?.text ?? "the script threw");
    },
    goto: async (url) =>
      void (await session.send("browsingContext.navigate", { context, url, wait: "complete" })),
    reload: async () => void (await session.send("browsingContext.reload", { context, wait: "complete" })),
    until: async (what, timeout, run, ...args) => {
      const begin = Date.now();
      for (;;) {
        const found = await evaluate(run, ...args);
        if (found) return found;
        if (Date.now() - begin > timeout) {
          const text = await evaluate(
            () => document.querySelector("main")?.innerText ?? document.body.innerText,
          );
          throw new Error(
            `after ${timeout / 1000} s the page still has no ${what}; it says: ${text.slice(0, 1500)}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK));
      }
    },
  };
}
