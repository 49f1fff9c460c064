import { render, waitFor } from "@testing-library/react";
import { App } from "../../../src/app/App.tsx";
import { LabContext } from "../../../src/app/lab.ts";
import { openCorpus } from "../../../src/app/stores/corpusStore.ts";
import type { ScriptedLab } from "./scriptedLab.ts";

/** The whole page at a hash, on a lab with the archive on its table. */
export async function openPage(lab: ScriptedLab, hash: string): Promise<ScriptedLab> {
  window.location.hash = hash;
  await openCorpus(lab, "data/archive");
  render(
    <LabContext value={lab}>
      <App />
    </LabContext>,
  );
  await waitFor(() => {
    // A page that is loaded when it is opened has its frame before.
    if (document.querySelector("main[aria-busy]") !== null) throw new Error("loading");
  });
  return lab;
}
