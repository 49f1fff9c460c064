/** "Check my GPU" on a scripted worker: what is said where all is right and where a kernel is wrong; the text that leaves. */
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LabContext } from "../../src/app/lab.ts";
import { GpuDialog } from "../../src/app/panels/gpu/GpuDialog.tsx";
import { KERNEL_WORDS } from "../../src/app/panels/gpu/kernelWords.ts";
import { byStem, reportText, verdict } from "../../src/app/panels/gpu/report.ts";
import { closeRun, useRunStore } from "../../src/app/stores/runStore.ts";
import { LabError } from "../../src/core/errors.ts";
import { checkCases } from "../../src/gpu/selfCheckCases.ts";
import { type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import { KERNELS, kernelCheck, runRecord } from "./helpers/story.ts";

beforeEach(() => {
  closeRun();
  useRunStore.setState({ elsewhere: null });
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function open(lab: ScriptedLab = scriptedLab()): ScriptedLab {
  render(
    <LabContext value={lab}>
      <GpuDialog />
    </LabContext>,
  );
  return lab;
}
const press = (name: string) => act(async () => void fireEvent.click(screen.getByRole("button", { name })));

test("where all is right it says so, with the worst error, times and speed by kernel", async () => {
  open();
  await press("Check");
  const found = await screen.findByRole("region", { name: "What was found" });
  await within(found).findByText(/^All 6 kernels compute what they should on this GPU.*31 % of what/);
  const row = screen.getByRole("row", { name: /^a layer with its adapter, forward matmulNt/ });
  // Four forms; the fastest f32 one on the most rows: 2·512·1536·584 / 0.6 ms.
  expect(row.textContent).toContain("matmulNt42.1e−731 %600 µs1531");
  const gate = screen.getByRole("row", { name: /^the gate of a layer/ });
  expect(gate.textContent).toContain("glu12.1e−714 %12.0 µs—");
  const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map((v) => v.id)).toEqual([]);
});

test("a broken kernel is named, with what it means, and the text to send has it", async () => {
  const lab = scriptedLab();
  lab.kernels.push(
    kernelCheck({
      kernel: "adamw(WG=64)",
      stem: "adamw",
      share: 40,
      maxError: 0.2,
      passed: false,
      seconds: null,
    }),
    kernelCheck({
      kernel: "headLseTile(SIDE=8)",
      stem: "headLse",
      share: null,
      maxError: null,
      passed: false,
      seconds: null,
      fault: "the shader did not build: unknown type",
    }),
    kernelCheck({
      kernel: "embed+loadQ4_K()",
      stem: "embed",
      type: "Q4_K",
      share: Number.NaN,
      maxError: Number.NaN,
      passed: false,
      seconds: null,
    }),
  );
  open(lab);
  await press("Check");
  await screen.findByText(/^3 of 9 kernels do not compute what they should/);
  const [adamw, head, embed] = screen.getAllByRole("listitem").map((li) => li.textContent);
  expect(adamw).toBe(
    "adamw(WG=64): its error is 40.0 times what is allowed. Nothing takes its place: what is answered or learned with it on this machine is not to be trusted.",
  );
  expect(head).toContain(
    "did not build: unknown type. When a model is prepared the lab tries every candidate",
  );
  expect(embed).toMatch(/gave something that is no number.*concerns models with Q4_K weights only/);
  expect(screen.getByRole("row", { name: /^the optimiser’s step/ }).className).toBe("wrong");
  const write = vi.fn().mockResolvedValue(undefined);
  vi.stubGlobal("navigator", { clipboard: { writeText: write }, userAgent: "Some browser" });
  await press("Copy as text");
  vi.unstubAllGlobals();
  await screen.findByText("copied");
  const text: string = write.mock.calls[0]![0];
  expect(text).toContain("GPU      Apple M2\nbrowser  Some browser\nresult   3 of 9");
  expect(text).toMatch(/WRONG +adamw\(WG=64\) +0\.20 +40\.0 +— +its error is 40\.0 times/);
});

test("while a run trains, here or in another tab, it does not begin", () => {
  open();
  act(() => useRunStore.setState({ elsewhere: { runId: "x" } }));
  expect(screen.getByRole("button", { name: "Check" })).toHaveProperty("disabled", true);
  act(() => useRunStore.setState({ elsewhere: null, runId: "run-1", run: runRecord(), live: true }));
  expect(screen.getByRole("button", { name: "Check" })).toHaveProperty("disabled", true);
  expect(screen.getByText(/A run is under way/)).toBeTruthy();
});

test("what the worker refuses is said; a closed dialog stops the check", async () => {
  const lab = scriptedLab();
  const ask = vi.spyOn(lab.train!, "ask");
  ask.mockImplementationOnce(async () => {
    throw new LabError("busy", "a run is under way here: pause and stop it first");
  });
  open(lab);
  await press("Check");
  expect((await screen.findByRole("alert")).textContent).toContain("pause and stop it first");
  cleanup();
  await waitFor(() => expect(ask).toHaveBeenLastCalledWith("stopGpuCheck", null));
});

test("a check that was stopped says of how many, one that found nothing says that", () => {
  expect(verdict({ results: KERNELS.slice(0, 2), of: 6, fault: null })).toMatch(
    /^2 of 6 kernels were checked and compute/,
  );
  expect(verdict({ results: [], of: 6, fault: null })).toBe("Nothing was checked.");
  const lost = {
    gpuAdapter: "x",
    isFallbackAdapter: true,
    of: 6,
    results: [kernelCheck()],
    fault: "the GPU device was lost",
  };
  expect(reportText(lost, "b", new Date(0))).toContain(
    "GPU      x (software)\nbrowser  b\nresult   1 of 6 kernels were checked and compute",
  );
  expect(reportText(lost, "b", new Date(0))).toContain("ended    the GPU device was lost");
});

test("every kernel has words", () => {
  const stems = [...new Set(checkCases().map((c) => c.kernel.name))].sort();
  expect(Object.keys(KERNEL_WORDS).sort()).toEqual(stems);
  expect(byStem(KERNELS).map((r) => r.stem)).toEqual(["glu", "rope", "matmulNt"]);
});
