/** Stored models as a test wants them, in memory; downloads go as far as the test says. */
import { LabError } from "../../../src/core/errors.ts";
import type { ModelRequests } from "../../../src/core/messages.ts";
import {
  type DownloadPlan,
  type DownloadProgress,
  planBytes,
  type StoredModel,
} from "../../../src/core/models.ts";
import { type DirectClient, directClient } from "../../helpers/directClient.ts";

export interface ScriptedModels extends DirectClient<ModelRequests> {
  stored: Map<string, StoredModel>;
  /** The download under way of this id: tell how far it is, or end it. */
  say(id: string, progress: Partial<DownloadProgress>): void;
  finish(id: string): void;
  fail(id: string, error: Error): void;
}

export const planOf = (source: string, change: Partial<DownloadPlan> = {}): DownloadPlan => ({
  id: source,
  source,
  revision: "0123456789abcdef",
  licence: "apache-2.0",
  gated: false,
  files: [{ name: "model.gguf", url: `http://hub/${source}`, size: 144_811_360, sha256: "ab" }],
  choices: [],
  ...change,
});

export const storedOf = ({ files, ...plan }: DownloadPlan, done = 1): StoredModel => {
  const whole = done === 1;
  const date = whole ? "2026-11-23T00:00:00.000Z" : null;
  return {
    id: plan.id,
    source: plan.source,
    revision: plan.revision,
    licence: plan.licence,
    files: files.map((file) => ({ ...file, etag: null, checked: whole, date })),
    whole,
    bytes: Math.round((planBytes(files) ?? 0) * done),
  };
};

export function scriptedModels(): ScriptedModels {
  const stored = new Map<string, StoredModel>();
  const underWay = new Map<
    string,
    {
      plan: DownloadPlan;
      onProgress(progress: DownloadProgress): void;
      resolve(model: StoredModel): void;
      reject(error: Error): void;
    }
  >();
  const client = directClient<ModelRequests>({
    list: () => [...stored.values()],
    plan({ source }) {
      if (source.startsWith("no")) throw new LabError("not-found", `there is no public repository ${source}`);
      return planOf(source);
    },
    download: ({ plan }, onProgress) =>
      new Promise((resolve, reject) => {
        underWay.set(plan.id, { plan, onProgress, resolve, reject });
      }),
    keep({ id, files }) {
      const model = storedOf(
        planOf(id, { files: files.map((f) => ({ name: f.name, url: "", size: f.size, sha256: null })) }),
      );
      stored.set(id, model);
      return model;
    },
    cancel({ id }) {
      const { plan, reject } = underWay.get(id)!;
      stored.set(id, storedOf(plan, 0.4));
      reject(new LabError("aborted", "model.gguf: stopped; 57924544 bytes are kept"));
    },
    remove({ id }) {
      stored.delete(id);
    },
  });
  return Object.assign(client, {
    stored,
    say(id: string, progress: Partial<DownloadProgress>) {
      const { plan, onProgress } = underWay.get(id)!;
      const nothing = { bytesPerSecond: null, secondsLeft: null, note: null };
      onProgress({ file: plan.files[0]!.name, done: 0, of: planBytes(plan.files), ...nothing, ...progress });
    },
    finish(id: string) {
      const { plan, resolve } = underWay.get(id)!;
      stored.set(id, storedOf(plan));
      resolve(stored.get(id)!);
    },
    fail: (id: string, error: Error) => underWay.get(id)!.reject(error),
  });
}
