/** A lab whose workers say what a test tells them to; the page itself is the real one. */

import type { Corpus } from "../../../src/app/corpora.ts";
import type { Lab } from "../../../src/app/lab.ts";
import type { StoredRun } from "../../../src/app/stores/runStore.ts";
import { applyTrainEvent } from "../../../src/app/stores/runStore.ts";
import { openTrainClient } from "../../../src/app/trainClient.ts";
import type { TrainCommand, TrainEvent } from "../../../src/core/messages.ts";
import type { RunRecord } from "../../../src/core/run.ts";
import { type ScriptedModels, scriptedModels } from "./scriptedModels.ts";
import { inspectionOf, QUESTIONS } from "./story.ts";

export const CORPUS: Corpus = {
  id: "data/archive",
  name: "The archive",
  documents: Array.from({ length: 22 }, (_, i) => ({
    id: `d${i}`,
    title: `Document ${i + 1}`,
    text: null,
    passages: ["One.", "Two."],
  })),
  train: QUESTIONS,
  test: QUESTIONS,
  twohop: QUESTIONS.slice(0, 42),
};

export interface ScriptedLab extends Lab {
  sent: TrainCommand[];
  say(event: TrainEvent): void; // as if from the train worker
  stored: Map<string, StoredRun>;
  models: ScriptedModels;
}

export function scriptedLab(options: { webGpu?: boolean; corpus?: Corpus } = {}): ScriptedLab {
  const { webGpu = true, corpus = CORPUS } = options;
  const sent: TrainCommand[] = [];
  const adapters = new Set<string>();
  const stored = new Map<string, StoredRun>();
  let hear: (event: MessageEvent) => void = () => {};
  const say = (event: TrainEvent) => hear(new MessageEvent("message", { data: event }));

  const worker = {
    postMessage(message: unknown) {
      const command = message as TrainCommand;
      sent.push(command);
      if (command.type === "inspect") {
        queueMicrotask(() =>
          say({
            type: "inspection",
            requestId: command.requestId,
            inspection: inspectionOf(command.set, command.index),
          }),
        );
      }
      if (command.type === "ask") {
        const { passages } = inspectionOf("test", 16);
        const reply = {
          open: { text: "The answer is Thornmoor.", thinking: null, passages },
          closed: { text: "The answer is Naithford.", thinking: "Brem Coprea lived in Naithford." },
        };
        queueMicrotask(() => say({ type: "reply", requestId: command.requestId, reply }));
      }
      if (command.type === "loadAdapter" || command.type === "unloadAdapter") {
        if (command.type === "loadAdapter") adapters.add(command.name);
        else adapters.delete(command.name);
        const { requestId } = command;
        queueMicrotask(() => say({ type: "adapters", requestId, names: [...adapters] }));
      }
      if (command.type === "export") {
        const names = { peft: "adapter_config.json", gguf: "adapter.gguf", merged: "model.safetensors" };
        const files = [{ name: names[command.format], content: new Blob(["{}"]) }];
        queueMicrotask(() => say({ type: "exported", requestId: command.requestId, files }));
      }
    },
    addEventListener(type: string, listener: (event: never) => void) {
      if (type === "message") hear = listener as (event: MessageEvent) => void;
    },
  };
  return {
    sent,
    say,
    stored,
    train: webGpu ? openTrainClient(worker, applyTrainEvent) : null,
    retrieval: {
      connect() {},
      async index({ documents }, onProgress) {
        onProgress(44, 44);
        return { documents: documents.length, passages: 44, embedder: "static", dimension: 128 };
      },
      search: async ({ queries }) => queries.map(() => inspectionOf("test", 16).passages),
    },
    runs: {
      list: async (): Promise<RunRecord[]> =>
        [...stored.values()].map((s) => s.run).sort((a, b) => b.createdAt - a.createdAt),
      load: async (id) => stored.get(id) ?? null,
      remove: async (id) => {
        stored.delete(id);
      },
    },
    models: scriptedModels(),
    corpora: {
      list: async () => [],
      load: async () => corpus,
      saveQuestions: async () => {},
      remove: async () => {},
    },
  };
}
