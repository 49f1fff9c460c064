import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { whatControlsShow } from "../../src/app/panels/how/controls.ts";
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
      archives: 3,
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
    "3",
    "60 (50 to 70)",
    "10 (−2 to 20), p 0.031",
    "—",
    "—",
    "—",
  ]);
  expect(cells).toHaveLength(3); // what was not run has no row
  cleanup();
  render(<Experiment results={{ ...found, rows: found.rows.map((row) => ({ ...row, archives: 4 })) }} />);
  expect(screen.queryByRole("columnheader", { name: "archives" })).toBeNull(); // the caption says it
});

test("shows nothing before anything was run", () => {
  const { container } = render(<Experiment results={{ ...found, archives: 0 }} />);
  expect(container.textContent).toBe("");
});

test("says of a control what its intervals allow, and nothing where an endpoint is missing", () => {
  const against = (difference: number, low: number, high: number, holm: number) => ({
    difference,
    low,
    high,
    holm,
  });
  const row = (arm: string, control: boolean, answers: object, explanations: object) => ({
    ...found.rows[0]!,
    arm,
    control,
    endpoints: {
      closed_test: { ...endpoint(0.514), against: answers as ReturnType<typeof against> },
      closed_response: { ...endpoint(0.047), against: explanations as ReturnType<typeof against> },
    },
  });
  const [less, more] = [against(0.151, 0.08, 0.22, 0.002), against(-0.151, -0.22, -0.08, 0.002)];
  const none = against(0.2, -0.01, 0.4, 0.01);
  const sentences = whatControlsShow([
    found.rows[1]!,
    row("sft-both", false, less, less),
    row("credit-permuted", true, less, against(0.1, 0.01, 0.2, 0.051)),
    row("credit-ones", true, more, none),
  ]);
  expect(sentences).toEqual([
    "With the rewards dealt out to other questions, of the answers’ gap 51 % is won back, 15 points less than by credit; of the explanations’ gap 5 % is won back, no difference from credit shown.",
    "With a reward of 1 for every answer learned, the best of several still chosen by reward, of the answers’ gap 51 % is won back, 15 points more than by credit; of the explanations’ gap 5 % is won back, no difference from credit shown.",
  ]);
});
