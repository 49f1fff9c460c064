import { expect, test, vi } from "vitest";
import { openRetrievalClient, openTrainClient, type WorkerLike } from "../../src/app/workers.ts";
import { RUN_DEFAULTS } from "../../src/core/config.ts";
import { LabError } from "../../src/core/errors.ts";
import type { RetrievalRequests, TrainEvent, TrainRequests } from "../../src/core/messages.ts";
import type { Answer, Call } from "../../src/core/requests.ts";
import { inspectionOf } from "./helpers/story.ts";

function scriptedWorker() {
  const listeners: Record<string, (event: never) => void> = {};
  const sent: Call<TrainRequests & RetrievalRequests>[] = [];
  const worker: WorkerLike = {
    postMessage: (message) => sent.push(message as (typeof sent)[number]),
    addEventListener: (type: string, listener: (event: never) => void) => {
      listeners[type] = listener;
    },
  };
  return {
    worker,
    sent,
    say: (data: TrainEvent | Answer) => listeners.message!(new MessageEvent("message", { data }) as never),
    die: (message: string) => listeners.error!({ message } as never),
  };
}

const INSPECT = { runId: null, set: "test", index: 3, config: RUN_DEFAULTS } as const;
const SEARCH = { corpus: "c", queries: ["q"], retrieval: "hybrid" as const, k: 3, tokenBudget: null };

test("answers find their request, whatever the order", async () => {
  const { worker, sent, say } = scriptedWorker();
  const client = openTrainClient(worker, () => {});
  const [a, b] = [client.ask("inspect", INSPECT), client.ask("inspect", { ...INSPECT, index: 4 })];
  expect(sent.map((s) => s.name)).toEqual(["inspect", "inspect"]);
  say({ requestId: sent[1]!.requestId, reply: inspectionOf("test", 4) });
  say({ requestId: sent[0]!.requestId, reply: inspectionOf("test", 3) });
  expect([(await a).index, (await b).index]).toEqual([3, 4]);
});

test("a refused request rejects with its LabError, and is nobody else's news", async () => {
  const { worker, sent, say } = scriptedWorker();
  const onEvent = vi.fn();
  const asked = openTrainClient(worker, onEvent).ask("export", { runId: "gone", format: "peft" });
  say({
    requestId: sent[0]!.requestId,
    error: { code: "not-found", message: "no run gone", stack: null },
  });
  await expect(asked).rejects.toThrow(new LabError("not-found", "no run gone"));
  await expect(asked).rejects.toHaveProperty("code", "not-found");
  expect(onEvent).not.toHaveBeenCalled();
});

test("a command that is refused is an event of its run; one that is done is none", async () => {
  const { worker, sent, say } = scriptedWorker();
  const onEvent = vi.fn();
  const client = openTrainClient(worker, onEvent);
  client.send("pause", { runId: "r" });
  client.send("prepare", null);
  client.send("stop", { runId: "r" });
  const error = { code: "busy", message: "another run", stack: null } as const;
  for (const [at, { requestId }] of sent.entries())
    say(at === 2 ? { requestId, reply: undefined } : { requestId, error });
  await vi.waitFor(() => expect(onEvent).toHaveBeenCalledTimes(2));
  const failed = onEvent.mock.calls.map(([event]) => event);
  expect(failed).toMatchObject(
    ["r", null].map((runId) => ({ type: "failed", runId, error: { code: "busy" } })),
  );
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
  const client = openTrainClient(worker, onEvent);
  client.send("resume", { runId: "r", step: false });
  const asked = client.ask("inspect", INSPECT);
  die("out of stack");
  await expect(asked).rejects.toThrow("out of stack");
  expect(onEvent).toHaveBeenCalledTimes(1); // not once for each request
  expect(onEvent.mock.calls[0]![0]).toMatchObject({
    type: "failed",
    runId: null,
    error: { code: "unexpected", message: "out of stack" },
  });
});

test("a script that never loaded has words too", async () => {
  const { worker, die } = scriptedWorker();
  const asked = openRetrievalClient(worker).ask("search", SEARCH);
  die("");
  await expect(asked).rejects.toThrow("could not be loaded");
});

test("indexing reports progress, then its summary", async () => {
  const { worker, sent, say } = scriptedWorker();
  const onProgress = vi.fn();
  const ask = { corpus: "c", embedder: "e", documents: [] };
  const asked = openRetrievalClient(worker).ask("index", ask, { onProgress });
  const { requestId } = sent[0]!;
  say({ requestId, progress: { done: 32, of: 44 } });
  say({ requestId: requestId + 1, progress: { done: 1, of: 2 } }); // another's
  const summary = { documents: 22, passages: 44, embedder: "e", dimension: 128 };
  say({ requestId, reply: summary });
  expect(onProgress.mock.calls).toEqual([[{ done: 32, of: 44 }]]);
  expect(await asked).toEqual(summary);
});

test("what cannot be posted is refused at once", async () => {
  const { worker } = scriptedWorker();
  worker.postMessage = () => {
    throw new DOMException("a function cannot be cloned", "DataCloneError");
  };
  await expect(openRetrievalClient(worker).ask("search", SEARCH)).rejects.toThrow("cannot be cloned");
});
