/** How the reward is made up: lines by part, a choice of whose, the table, what rows of earlier versions lack. */
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { Rewards } from "../../src/app/panels/lab/Flips.tsx";
import { RewardParts } from "../../src/app/panels/lab/RewardParts.tsx";
import { cycleRow } from "./helpers/story.ts";

afterEach(cleanup);
const rows = [0, 1, 2, 3, 4].map((c) => cycleRow(c)); // explanations are tested at 0 and 4

test("a line for the reward and each part that was measured, by whose it is", () => {
  render(<RewardParts rows={rows} title="a run" />);
  const names = () => [...document.querySelectorAll(".lines-plot .label")].map((t) => t.textContent);
  expect(names()).toEqual([
    "reward 0.34",
    "rationality 0.44",
    "valid 0.78",
    "from the passages 0.52",
    "of the evidence 0.46",
  ]); // accuracy and entailed: not measured in this story
  const table = screen.getByRole("region", { name: "Reward in parts by cycle", hidden: true });
  expect(table.textContent).toContain("cycle 00.02—0.100.700.200.10—");
  act(() => fireEvent.click(screen.getByRole("radio", { name: "held out, book open" })));
  expect(names()[0]).toBe("reward 0.70");
  expect(screen.getByRole("img", { name: /^After cycle 4: reward 0.70, rationality 0.86/ })).toBeTruthy();
  expect(screen.queryByRole("radio", { name: "what is taught" })).toBeNull();
  const walk = screen.getByRole("slider");
  fireEvent.keyDown(walk, { key: "Home" });
  expect(document.querySelector(".lines-plot [aria-live]")!.textContent).toContain("cycle 0: reward 0.74");
});

test("a run whose rows do not say it has no such chart", () => {
  const { container } = render(<Rewards rows={rows.slice(1, 4)} title="" />);
  expect(container.textContent).toBe("");
});
