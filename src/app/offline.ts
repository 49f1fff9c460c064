/**
 * The page without a network: its service worker (made by vite.offline.ts), the files fetched after the first visit, and
 * when a newer version may take over. A newer version waits until it is wanted, and never comes during a run, while
 * something is half written, or under the feet of another tab. On the machine of whoever builds it, it comes at once.
 */
import { Workbox } from "workbox-window";
import { LATER_CACHE, type NeededFile, type NeededFiles, PARTS, type Part } from "../core/offline.ts";
import { isIdle, onIdleChange } from "./idle.ts";
import { fetchOptionalJson, isAtHome, siteUrl } from "./site.ts";
import { useOfflineStore } from "./stores/offlineStore.ts";

/** The service worker as far as an update goes; tests hand in a scripted one. */
export interface WaitingWorker {
  addEventListener(type: "waiting" | "controlling", hear: () => void): void;
  messageSkipWaiting(): void;
}

export interface Surroundings {
  atHome: boolean; // served from this machine
  tabs(): Promise<number>; // of this page that are open, this one among them
  reload(): void;
}

/** Registers the service worker, and has what is missing fetched once it is at work. */
export function openOffline(): void {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined; // absent on plain http
  if (container === undefined || !("caches" in globalThis)) return;
  const worker = new Workbox(siteUrl("sw.js"), { scope: siteUrl("") });
  const here = new URL(siteUrl(""));
  const lock = `closed-book page ${here.href}`;
  const asked = navigator.locks?.request(lock, { mode: "shared" }, () => new Promise(() => {})); // until the tab goes
  asked?.catch(() => {}); // denied: this tab counts as one
  watchUpdates(worker, {
    atHome: isAtHome(),
    async tabs() {
      const { held = [] } = (await navigator.locks?.query()) ?? {};
      return Math.max(1, held.filter(({ name }) => name === lock).length);
    },
    reload: () => window.location.reload(),
  });
  const failed = (error: unknown) => useOfflineStore.setState({ fault: messageOf(error) });
  worker.register().catch(failed);
  container.ready.then(fetchMissing).catch(failed);
}

export function watchUpdates(worker: WaitingWorker, { atHome, tabs, reload }: Surroundings): void {
  let taking = false;
  const take = async () => {
    const otherTabs = (await tabs()) - 1;
    useOfflineStore.setState({ otherTabs });
    if (otherTabs > 0 || !isIdle() || taking) return;
    taking = true;
    worker.messageSkipWaiting();
  };
  worker.addEventListener("controlling", () => {
    if (taking) reload(); // a first visit's worker takes control too
  });
  worker.addEventListener("waiting", () => {
    useOfflineStore.setState({ update: "waiting", take });
    if (!atHome) return;
    const tryNow = () => void (isIdle() && take());
    onIdleChange(tryNow);
    tryNow();
  });
}

/** Looks for all files, fetches those that come later, and drops such files of versions that are gone. */
export async function fetchMissing(): Promise<void> {
  const needed = (await fetchOptionalJson("offline.json")) as NeededFiles | null;
  if (needed === null) return; // not a built page
  await look(needed);
  const cache = await caches.open(LATER_CACHE);
  const wanted = needed.later.map(({ file }) => siteUrl(file));
  for (const { url } of await cache.keys())
    if (url.startsWith(siteUrl("")) && !wanted.includes(url)) await cache.delete(url);
  try {
    for (const url of wanted) if ((await caches.match(url)) === undefined) await cache.add(url);
    useOfflineStore.setState({ fault: null });
  } catch (error) {
    useOfflineStore.setState({ fault: messageOf(error) });
  }
  await look(needed);
}

async function look({ now, later }: NeededFiles): Promise<void> {
  const parts = Object.fromEntries(Object.keys(PARTS).map((part) => [part, true])) as Record<Part, boolean>;
  const isHere = async ({ file }: NeededFile): Promise<boolean> =>
    (await caches.match(siteUrl(file), { ignoreSearch: true })) !== undefined; // a precached file has its revision there
  for (const needed of [...now, ...later]) if (!(await isHere(needed))) parts[needed.part] = false;
  useOfflineStore.setState({ parts });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
