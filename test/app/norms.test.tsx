/** How much the adapter changes, layer by layer: lines, table, the cycles that are stored, what is said. */
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { LabContext } from "../../src/app/lab.ts";
import { NormsView } from "../../src/app/panels/lab/NormsView.tsx";
import { scriptedLab } from "./helpers/scriptedLab.ts";

afterEach(cleanup);

test("the newest adapter first, an earlier one by the slider; a matrix that is no target has a dash", async () => {
  const lab = scriptedLab();
  render(
    <LabContext value={lab}>
      <NormsView runId="run-1" cycle={8} title="a run" />
    </LabContext>,
  );
  // √(0.6² + 0.8² + 2.4² + 0.1² + 3²) = 3.97
  await screen.findByText(
    /^After update 130 the adapter as a whole adds ‖ΔW‖ = 3.97, most to down of layer 1 \(3.00\)/,
  );
  expect(lab.sent.at(-1)).toEqual({ type: "norms", runId: "run-1" });
  const table = screen.getByRole("region", { name: "Norms by layer", hidden: true });
  expect(table.textContent).toBe("qvdownlayer 00.600.802.40layer 10.10—3.00");
  fireEvent.change(screen.getByRole("slider", { name: "Of when the adapter is" }), {
    target: { value: "0" },
  });
  expect(screen.getByText(/^After cycle 4 .* ‖ΔW‖ = 1.30, most to down of layer 0 \(1.20\)/)).toBeTruthy();
  expect(
    screen.getByText(/2 adapters here, as a whole 1.30 after cycle 4, 3.97 after update 130/),
  ).toBeTruthy();
});

test("what cannot be read is said", async () => {
  const lab = scriptedLab();
  lab.train!.ask = async () => {
    throw new Error("it may have been deleted");
  };
  await act(async () => {
    render(
      <LabContext value={lab}>
        <NormsView runId="x" cycle={8} title="" />
      </LabContext>,
    );
  });
  expect((await screen.findByRole("alert")).textContent).toBe("it may have been deleted");
});
