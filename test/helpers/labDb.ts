/** A lab database of its own for each test, in memory. */
import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto"; // IDBKeyRange and the rest as globals
import { beforeEach } from "vitest";
import { RUN_DEFAULTS } from "../../src/core/config.ts";
import type { RunRecord } from "../../src/core/run.ts";

/** Gives every test of the file a browser without any database. */
export const freshIndexedDb = (): void =>
  beforeEach(() => {
    globalThis.indexedDB = new IDBFactory();
  });

/** A run as its start is stored. */
export const storedRecord = (id: string, createdAt = 0): RunRecord => ({
  id,
  createdAt,
  name: `run ${id}`,
  config: RUN_DEFAULTS,
  status: "running",
  cycle: 0,
  update: 0,
  checkpointId: null,
  baselines: null,
  memory: null,
  gpuAdapter: null,
  variants: null,
  error: null,
});
