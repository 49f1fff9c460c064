/** A lab database of its own for each test, in memory. */
import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto"; // IDBKeyRange and the rest as globals
import { beforeEach } from "vitest";

/** Gives every test of the file a browser without any database. */
export const freshIndexedDb = (): void =>
  beforeEach(() => {
    globalThis.indexedDB = new IDBFactory();
  });
