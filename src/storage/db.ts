/** The IndexedDB schema, its migrations, and the one way to write: a transaction that is whole or nothing. */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";
import { LabError } from "../core/errors.ts";
import type { Experiment } from "../core/experiment.ts";
import type { SourceDocument } from "../core/messages.ts";
import type { CycleAnswers, MetricRow, Question, QuestionSet, RunLabel, RunRecord } from "../core/run.ts";
import type { Passage } from "../documents/documents.ts";
import type { Made, Review } from "../documents/review.ts";
import { quotaError } from "./quota.ts";

/** A set of documents and how it was indexed. */
export interface Corpus {
  id: string;
  documents: number;
  passages: number;
  embedder: string; // folder URL, the embedder's id
  dimension: number; // of its vectors
}

/** Vectors that are kept while an index is not whole yet. */
export interface EmbeddedPart {
  embedder: string;
  texts: string[];
  vectors: Float32Array<ArrayBuffer>; // (texts, dimension)
}

/** Everything a run needs to go on: weights and moments are stored as they are, the rest as the session made it. */
export interface Checkpoint {
  cycle: number; // finished cycles
  update: number; // updates done
  weights: Float32Array<ArrayBuffer>; // the flat LoRA arena
  m: Float32Array<ArrayBuffer>; // AdamW's moments, same layout
  v: Float32Array<ArrayBuffer>;
  state: unknown; // structured-clonable: rng positions, remembered answers and passages
}

export interface StoredCheckpoint extends Checkpoint {
  id: string;
  runId: string;
  rows: number; // metric rows the run had when this was written
}

/** An adapter that is kept beside the checkpoints: of a run's best cycle, or the one that came with an imported run. */
export type KeptAdapter =
  | { cycle: number; weights: Float32Array<ArrayBuffer> } // the flat LoRA arena
  | { cycle: number; files: { name: string; bytes: Uint8Array<ArrayBuffer> }[] }; // PEFT's

export interface LabSchema extends DBSchema {
  corpora: { key: string; value: Corpus };
  documents: { key: [corpus: string, position: number]; value: SourceDocument };
  passages: { key: [corpus: string, index: number]; value: Passage };
  vectors: { key: string; value: Float32Array<ArrayBuffer> }; // by corpus: (passages, dimension)
  parts: { key: [corpus: string, sequence: number]; value: EmbeddedPart }; // of an index under way
  questions: { key: [corpus: string, set: QuestionSet]; value: Question[] };
  runs: { key: string; value: RunRecord; indexes: { createdAt: number } };
  rows: { key: [run: string, position: number]; value: MetricRow };
  answers: { key: [run: string, cycle: number]; value: CycleAnswers };
  checkpoints: { key: [run: string, sequence: number]; value: StoredCheckpoint };
  labels: { key: string; value: RunLabel }; // by run
  adapters: { key: [run: string, cycle: number]; value: KeptAdapter };
  settings: { key: string; value: unknown };
  experiments: { key: string; value: Experiment };
  reviews: { key: [corpus: string, part: "made" | "decided"]; value: Made | Omit<Review, keyof Made> };
}

export type LabDb = IDBPDatabase<LabSchema>;
export type Store = StoreNames<LabSchema>;
export type WriteTransaction = IDBPTransaction<LabSchema, Store[], "readwrite">;
export type Migration = (
  db: LabDb,
  tx: IDBPTransaction<LabSchema, Store[], "versionchange">,
) => void | Promise<void>;

/** One entry per schema version, from the one before; entries are added, never changed. */
const MIGRATIONS: readonly Migration[] = [
  (db) => {
    for (const store of [
      "documents",
      "passages",
      "vectors",
      "questions",
      "rows",
      "answers",
      "checkpoints",
    ] as const)
      db.createObjectStore(store);
    db.createObjectStore("settings");
    db.createObjectStore("corpora", { keyPath: "id" });
    db.createObjectStore("runs", { keyPath: "id" }).createIndex("createdAt", "createdAt");
  },
  (db) => {
    db.createObjectStore("parts");
  },
  (db) => {
    db.createObjectStore("reviews");
  },
  (db) => {
    db.createObjectStore("labels");
    db.createObjectStore("adapters");
  },
  (db) => {
    db.createObjectStore("experiments", { keyPath: "id" });
  },
];

const NAME = "closed-book";

/**
 * Opens the database, bringing an older one up to date. `onClosed` is called when the connection is lost for good: a
 * newer page in another tab needs the database, or the browser ended it; from then on every call fails.
 * @throws LabError storage-failed when an older page in another tab will not let go, when the database belongs to a
 *   newer page, or when the browser refuses
 */
export async function openLabDb(
  onClosed: (reason: LabError) => void = () => {},
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<LabDb> {
  let refuse: (reason: LabError) => void = () => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  const opened = openDB<LabSchema>(NAME, migrations.length, {
    async upgrade(db, oldVersion, _newVersion, tx) {
      for (const migrate of migrations.slice(oldVersion)) await migrate(db, tx);
    },
    blocked: () =>
      refuse(failed("an older version of this page is open in another tab: close that tab, then reload")),
    blocking() {
      void opened.then((db) => db.close());
      onClosed(failed("a newer version of this page was opened in another tab: reload this one"));
    },
    terminated: () => onClosed(failed("the browser closed the database: reload the page")),
  });
  try {
    return await Promise.race([opened, refused]);
  } catch (error) {
    void opened.then((db) => db.close()).catch(() => {}); // it may still open after being blocked
    throw storageError(error, "opening the database");
  }
}

/**
 * Runs `action` in one transaction and resolves when it is complete; when anything in it fails, nothing of it is kept.
 * Nothing but the database may be awaited inside. `what` names the deed and `payload` its size, for the message.
 * @throws LabError quota-exceeded or storage-failed; a LabError of the action itself as it is
 */
export async function write<T>(
  db: LabDb,
  stores: Store[],
  what: string,
  payload: unknown,
  action: (tx: WriteTransaction) => Promise<T>,
): Promise<T> {
  let error: unknown;
  try {
    const tx = db.transaction(stores, "readwrite");
    try {
      const [result] = await Promise.all([action(tx), tx.done]);
      return result;
    } catch (cause) {
      error = await abort(tx, cause);
    }
  } catch (cause) {
    error = cause;
  }
  throw isQuota(error) ? await quotaError(what, payload, error) : storageError(error, what);
}

/** Reads with the same errors as `write`. */
export async function read<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw storageError(cause, what);
  }
}

/** Every key that begins with `first`: a list sorts after all numbers and strings. */
export const startingWith = (first: string): IDBKeyRange => IDBKeyRange.bound([first], [first, []]);

/** Ends the transaction; the transaction's own error says more than that of the request it tore down. */
async function abort(tx: WriteTransaction, cause: unknown): Promise<unknown> {
  try {
    tx.abort();
  } catch {
    // it had ended by itself
  }
  const own = await tx.done.then(
    () => null,
    (error: unknown) => error,
  );
  return isAbort(cause) && own !== null ? own : cause;
}

const nameOf = (error: unknown): string =>
  error instanceof Error || error instanceof DOMException ? error.name : "";
const isQuota = (error: unknown): boolean => nameOf(error) === "QuotaExceededError";
const isAbort = (error: unknown): boolean => nameOf(error) === "AbortError";

const failed = (message: string, cause?: unknown): LabError =>
  new LabError("storage-failed", message, { cause });

function storageError(error: unknown, what: string): LabError {
  if (error instanceof LabError) return error;
  switch (nameOf(error)) {
    case "VersionError":
      return failed(
        "the database belongs to a newer version of this page: reload, or open the newer page",
        error,
      );
    case "InvalidStateError":
      return failed(`${what}: the database is closed; reload the page. What was saved before is safe`, error);
    default:
      return failed(
        `${what} failed (${String(error)}). What was saved before is safe; reload and try again`,
        error,
      );
  }
}
