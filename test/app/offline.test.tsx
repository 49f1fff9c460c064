/** When a newer version of the page may take over, and what the page says of working without a network. */
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { OfflineMark, UpdateNotice } from "../../src/app/components/Offline.tsx";
import { type WaitingWorker, watchUpdates } from "../../src/app/offline.ts";
import { OfflineParts } from "../../src/app/panels/how/OfflineParts.tsx";
import { useOfflineStore } from "../../src/app/stores/offlineStore.ts";
import { applyTrainEvent, closeRun, expectRun } from "../../src/app/stores/runStore.ts";
import { openDialog } from "../../src/app/stores/viewStore.ts";
import { filesNeeded } from "../../src/core/offline.ts";
import { runRecord } from "./helpers/story.ts";

afterEach(() => {
  cleanup();
  closeRun();
  openDialog(null);
  useOfflineStore.setState({ parts: null, fault: null, update: "none", otherTabs: 0 });
});

/** A service worker that does what a test says; `taken` counts how often a newer one was let in. */
function scripted(atHome: boolean, tabs = { open: 1 }) {
  const hear: Record<string, () => void> = {};
  const did = { taken: 0, reloads: 0 };
  const worker: WaitingWorker = {
    addEventListener: (type, listener) => {
      hear[type] = listener;
    },
    messageSkipWaiting() {
      did.taken++;
      hear.controlling!();
    },
  };
  watchUpdates(worker, { atHome, tabs: async () => tabs.open, reload: () => did.reloads++ });
  return { did, tabs, says: (type: "waiting" | "controlling") => act(() => hear[type]!()) };
}

const run = () =>
  act(() => {
    expectRun("run-1");
    applyTrainEvent({ type: "run", run: runRecord() });
  });
const notice = () => screen.queryByText(/A newer version of this page is here/);
const settle = () => act(async () => {});

test("a newer version waits for a click; a run hides the notice and refuses it", async () => {
  const { did, says } = scripted(false);
  render(<UpdateNotice />);
  says("waiting");
  expect(notice()).not.toBeNull();
  run();
  expect(notice()).toBeNull();
  await useOfflineStore.getState().take();
  expect(did).toEqual({ taken: 0, reloads: 0 });
  act(closeRun);
  fireEvent.click(screen.getByRole("button", { name: "Use it now" }));
  await settle();
  expect(did).toEqual({ taken: 1, reloads: 1 });
});

test("with other tabs open it is refused, and says so", async () => {
  const { did, says, tabs } = scripted(false, { open: 3 });
  render(<UpdateNotice />);
  says("waiting");
  fireEvent.click(screen.getByRole("button", { name: "Use it now" }));
  await settle();
  expect(did.taken).toBe(0);
  expect(notice()!.textContent).toContain("Close the 2 other tabs");
  tabs.open = 1;
  fireEvent.click(screen.getByRole("button", { name: "Use it now" }));
  await settle();
  expect(did).toEqual({ taken: 1, reloads: 1 });
});

test("put off, it is not said again", () => {
  const { says } = scripted(false);
  render(<UpdateNotice />);
  says("waiting");
  fireEvent.click(screen.getByRole("button", { name: "Later" }));
  expect(notice()).toBeNull();
});

test("where it is built it comes at once, but not into a run or a dialog", async () => {
  const { did, says } = scripted(true);
  run();
  act(() => openDialog("settings"));
  says("waiting");
  await settle();
  expect(did.taken).toBe(0);
  act(closeRun);
  await settle();
  expect(did.taken).toBe(0);
  act(() => openDialog(null));
  await settle();
  expect(did).toEqual({ taken: 1, reloads: 1 });
});

test("a first visit's worker takes control without a reload", () => {
  const { did, says } = scripted(false);
  says("controlling");
  expect(did.reloads).toBe(0);
});

test("it is ready offline when every part is there, and names what is missing", () => {
  const { rerender } = render(<OfflineMark />);
  expect(document.body.textContent).toBe("");
  const parts = { page: true, model: true, embedder: true, wasm: false, importers: true };
  act(() => useOfflineStore.setState({ parts, fault: "no network" }));
  expect(screen.getByRole("link").textContent).toBe("not yet ready offline");
  rerender(<OfflineParts />);
  expect(document.body.textContent).toContain("its WebAssembly: missing");
  expect(document.body.textContent).toContain("no network");
  act(() => useOfflineStore.setState({ parts: { ...parts, wasm: true }, fault: null }));
  expect(document.body.textContent).toContain("Ready offline.");
  rerender(<OfflineMark />);
  expect(screen.getByRole("link").textContent).toBe("ready offline");
});

test("what the page needs is sorted: the readers are all that the documents worker leads to", () => {
  const texts = new Map([
    ["assets/index-1.js", 'new Worker("documents.worker-2.js"); import("./pdf-of-the-page-9.js")'],
    ["assets/documents.worker-2.js", 'import("./pdf-3.js")'],
    ["assets/pdf-3.js", 'import "./fonts-4.js"'],
    ["assets/fonts-4.js", ""],
  ]);
  const files = [
    ...texts.keys(),
    "assets/ort-5.wasm",
    "models/pocket/model.safetensors",
    "models/embedder-static/model.onnx",
    "recorded/index.json",
  ];
  const { now, later } = filesNeeded(files, texts);
  expect(now.map(({ file, part }) => `${part} ${file}`)).toEqual([
    "page assets/index-1.js",
    "model models/pocket/model.safetensors",
    "embedder models/embedder-static/model.onnx",
    "page recorded/index.json",
  ]);
  expect(later.map(({ part }) => part)).toEqual(["importers", "importers", "importers", "wasm"]);
});
