import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { Experiment, type ExperimentFound } from "../../src/app/panels/how/Experiment.tsx";

afterEach(cleanup);

const endpoint = (recovered: number) => ({
  recovered,
  interval: { low: recovered - 0.1, high: recovered + 0.1 },
});
const found: ExperimentFound = {
  archives: 4,
  of: 5,
  questions: 496,
  adapters: ["llvmpipe"],
  dates: ["2026-11-25", "2026-11-26"],
  verdict: "They cannot be told apart.",
  rows: [
    {
      arm: "credit",
      says: "credit, both forms",
      control: false,
      archives: 4,
      endpoints: {
        closed_test: { ...endpoint(0.7), against: null },
        closed_response: { ...endpoint(0.8), against: null },
      },
      after: { supervised_tokens: 123456 },
    },
    {
      arm: "credit-ones",
      says: "credit, reward 1 for every answer",
      control: true,
      archives: 4,
      endpoints: {
        closed_test: { ...endpoint(0.6), against: { difference: 0.1, low: -0.02, high: 0.2, holm: 0.0312 } },
        closed_response: { recovered: null, interval: null, against: null },
      },
      after: { supervised_tokens: null },
    },
    {
      arm: "cpt",
      says: "never run",
      control: false,
      archives: 0,
      endpoints: { closed_test: null, closed_response: null },
      after: { supervised_tokens: null },
    },
  ],
};

test("says what was run, with intervals, what decides, and a dash for what was not measured", () => {
  render(<Experiment results={found} />);
  expect(screen.getByText(/fixed before any number was made/).textContent).toContain(
    "They cannot be told apart.",
  );
  const caption = screen.getByText(/Share of the gap won back/).textContent;
  expect(caption).toContain("4 of 5 archives, 496 questions, llvmpipe, 2026-11-25 to 2026-11-26");
  const cells = screen.getAllByRole("row").map((row) => [...row.children].map((cell) => cell.textContent));
  expect(cells[1]).toEqual([
    "credit, both forms",
    "4",
    "70 (60 to 80)",
    "—",
    "80 (70 to 90)",
    "—",
    "123,456",
  ]);
  expect(cells[2]).toEqual([
    "control: credit, reward 1 for every answer",
    "4",
    "60 (50 to 70)",
    "10 (−2 to 20), p 0.031",
    "—",
    "—",
    "—",
  ]);
  expect(cells).toHaveLength(3); // what was not run has no row
});

test("shows nothing before anything was run", () => {
  const { container } = render(<Experiment results={{ ...found, archives: 0 }} />);
  expect(container.textContent).toBe("");
});
