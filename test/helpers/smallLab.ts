/** The train worker's session on a real GPU, a real database in memory and a small archive, a site of its own. */
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import { parseRunConfig, type RunConfig } from "../../src/core/config.ts";
import { fromUrl } from "../../src/core/files.ts";
import type { MetricRow } from "../../src/core/run.ts";
import { readCorpusFiles } from "../../src/documents/corpus.ts";

import { loadCheckpoint } from "../../src/storage/checkpoints.ts";
import { type LabDb, openLabDb } from "../../src/storage/db.ts";
import { readRows } from "../../src/storage/rows.ts";
import { folder } from "./fixtures.ts";
import { testWebGpu } from "./gpu.ts";
import { freshIndexedDb } from "./labDb.ts";
import { openTab, type Tab } from "./sessions.ts";
import { type Changes, type Host, serve } from "./site.ts";

export const DATA = "data/small";
const SETS = ["documents", "train", "test", "twohop"] as const;
export const CONFIG = parseRunConfig({
  objective: "rlag",
  data: DATA,
  answers: "options",
  cycles: 2,
  updates: 2,
  batch_size: 2,
  questions: 4,
  explain_every: 0,
});

/** What a run has stored, but for the times. */
export interface Results {
  rows: MetricRow[];
  weights: Float32Array | undefined;
  m: Float32Array | undefined;
  v: Float32Array | undefined;
}

export interface SmallLab {
  readonly small: Changes; // the archive's files, as the site has them
  readonly devices: GPUDevice[]; // that sessions opened, newest last
  lose: boolean; // whether a device is lost as soon as it is given
  readonly site: Host;
  readonly db: LabDb; // anew for every test, as are the next
  readonly tabs: Tab[]; // closed after the test
  /** A page freshly loaded: the model open, the documents indexed. */
  load(url?: string): Promise<Tab>;
  results(runId: string): Promise<Results>;
  /** What a run without any break comes to; run once a file. */
  uninterrupted(tab: Tab): Promise<Results>;
}

export const start = (tab: Tab, runId: string, changes: Partial<RunConfig> = {}, step = false): void =>
  tab.send("start", { runId, name: runId, createdAt: 0, config: { ...CONFIG, ...changes }, step });

export const status = (tab: Tab, wanted: string) => tab.until("run", ({ run }) => run.status === wanted);

/** Registers what its tests need before and after each. */
export function smallLab(): SmallLab {
  freshIndexedDb();
  const small: Changes = {};
  const devices: GPUDevice[] = [];
  let site: Host;
  let db: LabDb;
  let tabs: Tab[] = [];
  let known: Results | null = null;
  const lab: SmallLab = {
    small,
    devices,
    lose: false,
    get site() {
      return site;
    },
    get db() {
      return db;
    },
    get tabs() {
      return tabs;
    },
    async load(url = site.url) {
      const tab = openTab(db);
      tabs.push(tab);
      const { documents } = await readCorpusFiles(fromUrl(`${url}${DATA}`));
      await tab.index({ corpus: DATA, embedder: `${site.url}models/embedder-static`, documents });
      tab.send("open", { site: url, model: "models/pocket" });
      tab.send("prepare", null);
      await tab.until("prepared");
      return tab;
    },
    async results(runId) {
      const rows = (await readRows(db, runId)).map((row): MetricRow => ({ ...row, seconds: 0 }));
      const checkpoint = await loadCheckpoint(db, runId);
      return { rows, weights: checkpoint?.weights, m: checkpoint?.m, v: checkpoint?.v };
    },
    async uninterrupted(tab) {
      if (known !== null) return known;
      start(tab, "whole");
      await status(tab, "finished");
      const whole = await lab.results("whole");
      expect(whole.rows.map((row) => row.type).join(" ")).toBe(
        "cycle update update cycle update update cycle",
      );
      expect(whole.weights!.some((w) => w !== 0)).toBe(true);
      known = whole;
      return whole;
    },
  };

  beforeAll(async () => {
    for (const name of SETS) {
      small[`${DATA}/${name}.json`] = await readFile(`${folder("FIXTURES")}/small-archive/${name}.json`);
    }
    site = await serve(folder("PUBLIC"), "/", small);
  });
  afterAll(() => site.close());
  beforeEach(async () => {
    const gpu = await testWebGpu();
    vi.stubGlobal("navigator", { gpu: { requestAdapter: () => noting(gpu) } });
    db = await openLabDb();
    tabs = [];
    lab.lose = false;
  });
  afterEach(() => {
    for (const tab of tabs) tab.close();
    for (const device of devices.splice(0)) device.destroy();
    db.close();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
  return lab;

  /** The adapter, with a note of every device it gives. */
  async function noting(gpu: GPU): Promise<GPUAdapter | null> {
    const adapter = await gpu.requestAdapter();
    const open = adapter?.requestDevice.bind(adapter);
    if (adapter && open) {
      adapter.requestDevice = async (descriptor) => {
        const device = await open(descriptor);
        devices.push(device);
        if (lab.lose) device.destroy();
        return device;
      };
    }
    return adapter;
  }
}
