/** Every test of a whole page begins with nothing open, no run, and a server that has no file. */
import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { useCompareStore } from "../../../src/app/stores/compareStore.ts";
import { useDraftStore } from "../../../src/app/stores/draftStore.ts";
import { closeRun, useRunStore } from "../../../src/app/stores/runStore.ts";
import { openDialog } from "../../../src/app/stores/viewStore.ts";

export function freshPages(): void {
  beforeEach(() => {
    closeRun();
    useRunStore.setState({ engine: null, prepared: false, elsewhere: null });
    useDraftStore.setState({ presetId: "rlag-response", changes: {}, corpus: "data/archive" });
    useCompareStore.setState({ chosen: [], baseline: null });
    openDialog(null);
    vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("", { status: 404 }));
  });
  afterEach(() => {
    cleanup();
    vi.restoreAllMocks();
  });
}
