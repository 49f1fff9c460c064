/** What axe finds on every page and in every state, on scripted workers (contrast: test/e2e). */
import { act, screen } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import "../../src/app/panels/lessons/LessonsPage.tsx";
import "../../src/app/panels/knowledge/EditDialog.tsx";
import "../../src/app/panels/how/HowPage.tsx"; // loaded when it is opened; here before, so that no test waits for it
import { showStoredRun } from "../../src/app/stores/runStore.ts";
import { openDialog } from "../../src/app/stores/viewStore.ts";
import { freshPages } from "./helpers/freshPage.ts";
import { openPage } from "./helpers/openPage.tsx";
import { type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import { answersOf, cycleRow, engineInfo, runRecord } from "./helpers/story.ts";

freshPages();

const openAt = (hash: string, lab = scriptedLab()): Promise<ScriptedLab> => openPage(lab, hash);
const ENGINE = engineInfo({ gpuAdapter: "x", isFallbackAdapter: true, parameters: 1, modelBytes: 1 });

describe("axe", () => {
  const problems = async () => {
    const rules = { "color-contrast": { enabled: false } }; // needs layout
    const { violations } = await axe.run(document.body, { rules });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`);
  };

  test.for(["#/lab", "#/knowledge", "#/runs", "#/lesson", "#/how"])("%s", async (hash) => {
    await openAt(hash);
    await screen.findByRole("heading", { level: 1 }, { timeout: 4000 }); // some pages are loaded when they are opened
    expect(await problems()).toEqual([]);
  });

  test.for(["settings", "shortcuts", "about"] as const)("the %s dialog", async (dialog) => {
    await openAt("#/lab");
    act(() => openDialog(dialog));
    expect(await problems()).toEqual([]);
  });

  test("a run with everything on screen", async () => {
    const lab = await openAt("#/lab");
    act(() => {
      lab.say({
        type: "opened",
        info: ENGINE,
      });
      lab.say({ type: "prepared" });
      showStoredRun({
        run: runRecord({ status: "finished" }),
        rows: [cycleRow(0), cycleRow(1)],
        answers: [answersOf(1)],
      });
      lab.say({
        type: "failed",
        runId: null,
        error: { code: "unexpected", message: "x", stack: null },
      });
    });
    await screen.findByLabelText("Reward of the open-book answer");
    expect(await problems()).toEqual([]);
  });

  test("what lies under a run and beside a question, all unfolded: grid, heat, reward, adapter, what the book added", async () => {
    const lab = await openAt("#/lab");
    act(() => {
      lab.say({ type: "opened", info: ENGINE });
      lab.say({ type: "prepared" });
      showStoredRun({
        run: runRecord({ status: "finished" }),
        rows: [cycleRow(0), cycleRow(4)],
        answers: [answersOf(0), answersOf(4)],
      });
    });
    await screen.findByLabelText("Reward of the open-book answer");
    unfold("Every question, cycle by cycle");
    unfold("The documents, sentence by sentence");
    unfold("How the reward is made up");
    unfold("How much the adapter changes, layer by layer");
    unfold("What the open book added");
    await screen.findByRole("img", { name: /^124 questions over 2 tests/ });
    await screen.findByText(/^Of \d+ sentences? that held-out questions are about/);
    await screen.findByRole("img", { name: /^After cycle 4: reward/ });
    await screen.findByRole("img", { name: /^After update 130 the adapter/ });
    await screen.findByText(/It says just this with a chance of/);
    expect(await problems()).toEqual([]);
  });

  test("the map of passages", async () => {
    await openAt("#/knowledge");
    unfold("The passages as a map");
    await screen.findByRole("img", { name: /^10 passages/ });
    expect(await problems()).toEqual([]);
  });

  const unfold = (summary: string) =>
    act(() => {
      const details = screen.getByText(summary).closest("details")!;
      details.open = true;
      details.dispatchEvent(new Event("toggle"));
    });
});
