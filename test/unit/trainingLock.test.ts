import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type LabDb, openLabDb } from "../../src/storage/db.ts";
import { openTrainingLock } from "../../src/workers/trainingLock.ts";
import { freshIndexedDb } from "../helpers/labDb.ts";

type Work = (lock: { name: string } | null) => Promise<void> | undefined;

/** Web Locks of one origin, as far as training needs them. */
function webLocks() {
  const held: { name: string }[] = [];
  return {
    async request(name: string, _options: unknown, work: Work) {
      const lock = held.some((other) => other.name === name) ? null : { name };
      if (lock !== null) held.push(lock);
      await work(lock);
      if (lock !== null) held.splice(held.indexOf(lock), 1);
    },
    query: async () => ({ held: [...held] }),
  };
}

freshIndexedDb();
let db: LabDb;
beforeEach(async () => {
  db = await openLabDb();
});
afterEach(() => {
  db.close();
  vi.unstubAllGlobals();
});

test("one tab has it at a time, the other knows for which run", async () => {
  vi.stubGlobal("navigator", { locks: webLocks() });
  const [one, other] = [openTrainingLock(Promise.resolve(db)), openTrainingLock(Promise.resolve(db))];
  expect(await other.elsewhere()).toBeUndefined();
  expect(await one.take("run")).toBe(true);
  expect(await one.elsewhere()).toBeUndefined(); // it is here
  expect(await other.take("another")).toBe(false);
  expect(await other.elsewhere()).toBe("run");
  one.release();
  await vi.waitFor(async () => expect(await other.elsewhere()).toBeUndefined()); // the browser takes its time
  expect(await other.take("another")).toBe(true);
});

test("a browser that denies locks is an error, not a wait without end", async () => {
  const denied = new DOMException("denied", "SecurityError");
  vi.stubGlobal("navigator", { locks: { ...webLocks(), request: () => Promise.reject(denied) } });
  await expect(openTrainingLock(Promise.resolve(db)).take("run")).rejects.toBe(denied);
});
