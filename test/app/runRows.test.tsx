/** The list of runs and what a person does with one: delete and undo, name, note, colour, go on, best, files in and links. */
import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { linkTo, openLink } from "../../src/app/share.ts";
import { checkDraft, useDraftStore } from "../../src/app/stores/draftStore.ts";
import { closeRun, showStoredRun, useRunStore } from "../../src/app/stores/runStore.ts";
import { useViewStore } from "../../src/app/stores/viewStore.ts";
import { LabError } from "../../src/core/errors.ts";
import { NO_LABEL } from "../../src/core/run.ts";
import { factsOf, writeRunFile } from "../../src/core/runFile.ts";
import { openPage } from "./helpers/openPage.tsx";
import { type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import { answersOf, configOf, cycleRow, runRecord } from "./helpers/story.ts";

beforeEach(() => {
  closeRun();
  useRunStore.setState({ engine: null, prepared: false, elsewhere: null });
  useDraftStore.setState({ presetId: "rlag-response", changes: {}, corpus: "data/archive" });
  useViewStore.setState({ shared: null, dialog: null });
  vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("", { status: 404 }));
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const openAt = (hash: string, lab = scriptedLab()): Promise<ScriptedLab> => openPage(lab, hash);
const press = (name: string | RegExp) => act(() => fireEvent.click(screen.getByRole("button", { name })));

/** Two finished runs of two cycles. */
function withRuns(): ScriptedLab {
  const lab = scriptedLab();
  for (const [seed, id] of ["a", "b"].entries()) {
    const run = runRecord({
      id,
      name: `run ${id}`,
      status: "finished",
      cycle: 2,
      config: configOf({ seed }),
    });
    lab.stored.set(id, { run, rows: [0, 1, 2].map((c) => cycleRow(c)), answers: [0, 1, 2].map(answersOf) });
  }
  return lab;
}

describe("the list of runs", () => {
  test("a deleted run leaves the list and the screen, and comes back by Undo or from the deleted", async () => {
    const lab = withRuns();
    showStoredRun(lab.stored.get("a")!);
    await openAt("#/runs", lab);
    const there = () => screen.queryByText("run a", { selector: "b" });
    await screen.findByText("run a", { selector: "b" });
    const { remove } = lab.runs;
    lab.runs.remove = async () => {
      throw new LabError("busy", "this run is being trained");
    };
    press("Delete run a");
    expect((await screen.findByRole("alert")).textContent).toBe("this run is being trained");
    expect(there()).toBeTruthy();
    lab.runs.remove = remove;
    press("Delete run a");
    await waitFor(() => expect(there()).toBeNull());
    expect(useRunStore.getState().runId).toBeNull();
    press("Undo");
    await waitFor(() => expect(there()).toBeTruthy());
    press("Delete run a");
    await waitFor(() => expect(there()).toBeNull());
    press("Put back run a");
    await waitFor(() => expect(there()).toBeTruthy());
    press("Delete run a");
    await waitFor(() => expect(there()).toBeNull());
    press("Delete for good run a");
    await waitFor(() => expect(lab.stored.has("a")).toBe(false));
  });

  const more = async (name: string) => {
    const summary = (await screen.findByText(`about ${name}`)).closest("details")!;
    act(() => {
      summary.open = true;
      summary.dispatchEvent(new Event("toggle"));
    });
    await screen.findByText("takes 3.2 MB here");
  };

  test("a run gets a name, a note and a colour, each kept as it is left", async () => {
    const lab = withRuns();
    await openAt("#/runs", lab);
    await more("run a");
    const leave = (label: string, value: string) => {
      const field = screen.getByLabelText(label);
      act(() => {
        fireEvent.change(field, { target: { value } });
        fireEvent.blur(field);
      });
    };
    leave("Name", "Control, seed 0");
    expect(await screen.findByText("Control, seed 0", { selector: "b" })).toBeTruthy();
    leave("Note", "the baseline of room 4");
    expect(await screen.findByText("the baseline of room 4", { selector: ".run-note" })).toBeTruthy();
    act(() => fireEvent.click(screen.getByRole("radio", { name: "colour 3" })));
    await waitFor(() =>
      expect(lab.stored.get("a")!.run.label).toEqual({
        ...NO_LABEL,
        name: "Control, seed 0",
        note: "the baseline of room 4",
        colour: 2,
      }),
    );
    leave("Name", " ");
    await waitFor(() => expect(lab.stored.get("a")!.run.label!.name).toBeNull());
  });

  test("more cycles: what the rate does is said with both numbers before it goes on", async () => {
    const lab = withRuns();
    const a = lab.stored.get("a")!;
    const config = { ...a.run.config, cycles: 8, lr_scheduler_type: "linear" as const, learning_rate: 0.004 };
    const run = { ...a.run, status: "finished" as const, config };
    lab.stored.set("a", { ...a, run });
    await openAt("#/runs", lab);
    await more("run a");
    expect(
      screen.getByText(/was 0\.000031 at the end; it goes on at 0\.0013, as in a run planned for 12/),
    ).toBeTruthy();
    const field = screen.getByLabelText("How many more cycles");
    act(() => fireEvent.change(field, { target: { value: "0" } }));
    expect(screen.getByRole("button", { name: "Go on" })).toHaveProperty("disabled", true);
    act(() => fireEvent.change(field, { target: { value: "2" } }));
    press("Go on");
    await waitFor(() => expect(lab.sent).toContainEqual({ type: "extend", runId: "a", cycles: 2 }));
    expect(location.hash).toBe("#/lab");
    expect(useRunStore.getState().runId).toBe("a");
  });

  test("the best cycle instead of the last is chosen by a measure, with what that is worth", async () => {
    const lab = withRuns();
    const a = lab.stored.get("a")!;
    const rows = [cycleRow(0), cycleRow(1), cycleRow(2, { closed_test: 0.2 })];
    lab.stored.set("a", { ...a, rows });
    await openAt("#/runs", lab);
    await more("run a");
    const best = screen.getByRole("radio", { name: /best by answers, closed book: cycle 1, 38 %/ });
    expect(screen.queryByText(/flatters it a little/)).toBeNull();
    act(() => fireEvent.click(best));
    await waitFor(() => expect(lab.stored.get("a")!.run.label!.use).toBe("closed_test"));
    expect(await screen.findByText(/flatters it a little/)).toBeTruthy();
  });

  test("a run's file is taken in; one of settings alone goes to the lab; a wrong one is named", async () => {
    const lab = withRuns();
    await openAt("#/runs", lab);
    const input = await screen.findByLabelText(/Open a run’s file/);
    const give = (name: string, ...parts: BlobPart[]) =>
      act(() => fireEvent.change(input, { target: { files: [new File(parts, name)] } }));
    give("bad.closedbook", "hello");
    expect((await screen.findByRole("alert")).textContent).toContain("bad.closedbook: it is no .zip");
    const facts = factsOf(runRecord({ name: "Theirs" }));
    const file = { ...facts, rows: [cycleRow(0)], answers: [answersOf(0)], questions: null, adapter: null };
    give("theirs.closedbook", await writeRunFile(file));
    expect(await screen.findByText("Theirs was taken in.")).toBeTruthy();
    expect(await screen.findByText("Theirs", { selector: "b" })).toBeTruthy();
    const config = { ...facts.config, seed: 77 };
    give("settings.closedbook", await writeRunFile({ ...file, config, rows: [], answers: [] }));
    await waitFor(() => expect(location.hash).toBe("#/lab"));
    expect(checkDraft(useDraftStore.getState()).config?.seed).toBe(77);
  });

  test("a run leaves as a bundle, or what hinders that is said", async () => {
    const lab = withRuns();
    const offered = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:x");
    const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {}); // happy-dom would go there
    await openAt("#/runs", lab);
    await more("run a");
    press("Take it as a bundle");
    await screen.findByText(/^1 kB; README\.md in it says how to go on/);
    expect(lab.sent.filter(({ type }) => type === "bundle")).toEqual([{ type: "bundle", runId: "a" }]);
    expect(await (offered.mock.calls[0]![0] as Blob).text()).toBe("PK");
    expect((saved.mock.contexts[0] as HTMLAnchorElement).download).toMatch(/run a \w+\.bundle\.zip$/);
    await more("run b");
    act(() => fireEvent.click(screen.getAllByRole("button", { name: "Take it as a bundle" }).at(-1)!));
    expect((await screen.findByRole("alert")).textContent).toMatch(/^objective is "grpo"/);
    expect(saved).toHaveBeenCalledOnce();
  });

  test("axe finds nothing in a row unfolded, beside a deleted one", async () => {
    const lab = withRuns();
    await openAt("#/runs", lab);
    await more("run a");
    press("Delete run b");
    await screen.findByText(/was deleted/);
    const rules = { "color-contrast": { enabled: false } }; // needs layout
    const { violations } = await axe.run(document.body, { rules });
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`)).toEqual([]);
  });
});

describe("a link", () => {
  test("restores another page's set-up, and gives back the one it took the place of", async () => {
    const config = configOf({ objective: "sft", seed: 5, cycles: 3 });
    const link = await linkTo(config, { question: { set: "twohop", index: 3 }, task: "Look at question 4." });
    expect(link).toMatch(/#\/lab\?l=a[\w-]+$/);
    const before = checkDraft(useDraftStore.getState()).config!;
    expect(await openLink(new URL(link!).hash)).toBe(true);
    expect(location.hash).toBe("#/lab"); // what is changed from here on outlasts a reload
    expect(checkDraft(useDraftStore.getState()).config).toEqual(config);
    expect(useViewStore.getState()).toMatchObject({ set: "twohop", index: 3 });
    await openAt("#/lab");
    expect(screen.getByText("Look at question 4.")).toBeTruthy();
    press("Back to what I had");
    expect(checkDraft(useDraftStore.getState()).config).toEqual(before);
    expect(screen.queryByText("Look at question 4.")).toBeNull();
  });

  test("made with documents of one's own leaves those on the table, and says so", async () => {
    const link = await linkTo({ ...configOf({ seed: 6 }), data: "corpus:Private" });
    expect(await openLink(new URL(link!).hash)).toBe(true);
    expect(useDraftStore.getState().corpus).toBe("data/archive");
    await openAt("#/lab");
    expect(
      screen.getByText(/made with documents of somebody’s own, which a link does not carry/),
    ).toBeTruthy();
  });

  test("that is damaged changes nothing and says why", async () => {
    const before = useDraftStore.getState();
    expect(await openLink("#/lab?l=a!!")).toBe(false);
    expect(useDraftStore.getState()).toEqual(before);
    await openAt("#/lab");
    expect(screen.getByText(/this link has letters that no link has/)).toBeTruthy();
  });
});
