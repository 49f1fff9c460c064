import { expect, test, vi } from "vitest";
import type { WorkerLike } from "../../src/app/requests.ts";
import { openRetrievalClient } from "../../src/app/retrievalClient.ts";
import { openTrainClient } from "../../src/app/trainClient.ts";
import { RUN_DEFAULTS } from "../../src/core/config.ts";
import { LabError } from "../../src/core/errors.ts";
import type { RetrievalEvent, TrainEvent } from "../../src/core/messages.ts";
import { inspectionOf } from "./helpers/story.ts";

interface Sent {
  type: string;
  requestId: number;
}

function scriptedWorker() {
  const listeners: Record<string, (event: never) => void> = {};
  const sent: Sent[] = [];
  const worker: WorkerLike = {
    postMessage: (message) => sent.push(message as Sent),
    addEventListener: (type: string, listener: (event: never) => void) => {
      listeners[type] = listener;
    },
  };
  return {
    worker,
    sent,
    say: (data: TrainEvent | RetrievalEvent) =>
      listeners.message!(new MessageEvent("message", { data }) as never),
    die: (message: string) => listeners.error!({ message } as never),
  };
}

const INSPECT = { runId: null, set: "test", index: 3, config: RUN_DEFAULTS } as const;
const SEARCH = { corpus: "c", queries: ["q"], retrieval: "hybrid" as const, k: 3, tokenBudget: null };

test("answers find their request, whatever the order", async () => {
  const { worker, sent, say } = scriptedWorker();
  const client = openTrainClient(worker, () => {});
  const [a, b] = [client.inspect(INSPECT), client.inspect({ ...INSPECT, index: 4 })];
  expect(sent.map((s) => s.type)).toEqual(["inspect", "inspect"]);
  say({ type: "inspection", requestId: sent[1]!.requestId, inspection: inspectionOf("test", 4) });
  say({ type: "inspection", requestId: sent[0]!.requestId, inspection: inspectionOf("test", 3) });
  expect([(await a).index, (await b).index]).toEqual([3, 4]);
});

test("a refused request rejects with its LabError, and is nobody else's news", async () => {
  const { worker, sent, say } = scriptedWorker();
  const onEvent = vi.fn();
  const asked = openTrainClient(worker, onEvent).exportAdapter({ runId: "gone", format: "peft" });
  say({
    type: "failed",
    runId: null,
    requestId: sent[0]!.requestId,
    error: { code: "not-found", message: "no run gone", stack: null },
  });
  await expect(asked).rejects.toThrow(new LabError("not-found", "no run gone"));
  await expect(asked).rejects.toHaveProperty("code", "not-found");
  expect(onEvent).not.toHaveBeenCalled();
});

test("events of a run go on to the store", () => {
  const { worker, say } = scriptedWorker();
  const onEvent = vi.fn();
  openTrainClient(worker, onEvent);
  say({ type: "prepared" });
  expect(onEvent).toHaveBeenCalledWith({ type: "prepared" });
});

test("a worker that dies ends every request and says so", async () => {
  const { worker, die } = scriptedWorker();
  const onEvent = vi.fn();
  const asked = openTrainClient(worker, onEvent).inspect(INSPECT);
  die("out of stack");
  await expect(asked).rejects.toThrow("out of stack");
  expect(onEvent.mock.calls[0]![0]).toMatchObject({
    type: "failed",
    runId: null,
    error: { code: "unexpected", message: "out of stack" },
  });
});

test("a script that never loaded has words too", async () => {
  const { worker, die } = scriptedWorker();
  const asked = openRetrievalClient(worker).search(SEARCH);
  die("");
  await expect(asked).rejects.toThrow("could not be loaded");
});

test("indexing reports progress, then its summary", async () => {
  const { worker, sent, say } = scriptedWorker();
  const onProgress = vi.fn();
  const asked = openRetrievalClient(worker).index({ corpus: "c", embedder: "e", documents: [] }, onProgress);
  const { requestId } = sent[0]!;
  say({ type: "indexing", requestId, done: 32, of: 44 });
  say({ type: "indexing", requestId: requestId + 1, done: 1, of: 2 }); // another's
  say({ type: "indexed", requestId, documents: 22, passages: 44, embedder: "e", dimension: 128 });
  expect(onProgress.mock.calls).toEqual([[32, 44]]);
  expect(await asked).toEqual({ documents: 22, passages: 44, embedder: "e", dimension: 128 });
});

test("a failure of the retrieval worker as a whole ends all its requests", async () => {
  const { worker, say } = scriptedWorker();
  const client = openRetrievalClient(worker);
  const asked = [client.search(SEARCH), client.search(SEARCH)];
  say({
    type: "failed",
    requestId: null,
    error: { code: "storage-failed", message: "no database", stack: null },
  });
  for (const result of await Promise.allSettled(asked)) expect(result.status).toBe("rejected");
});
