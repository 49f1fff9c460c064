/** "What the open book added" on a scripted worker: what is dark, what is said, the table, what the method makes of it. */
import { act, cleanup, render, screen, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import { LabContext } from "../../src/app/lab.ts";
import { AddedView } from "../../src/app/panels/lab/AddedView.tsx";
import type { RunConfig } from "../../src/core/config.ts";
import { type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import { configOf } from "./helpers/story.ts";

afterEach(cleanup);

async function open(config: RunConfig, lab: ScriptedLab = scriptedLab()): Promise<ScriptedLab> {
  render(
    <LabContext value={lab}>
      <main>
        <AddedView set="test" index={16} config={config} />
      </main>
    </LabContext>,
  );
  return lab;
}

test("both forms: tokens and sentences by what was added, in words and as a table", async () => {
  const lab = await open(configOf({ objective: "credit" }));
  expect(lab.sent.at(-1)).toMatchObject({ type: "added", set: "test", index: 16 });
  const brief = await screen.findByRole("region", { name: "Asked briefly" });
  // exp(-0.12) and exp(-6.621)
  expect(brief.textContent).toContain("a chance of 89 % with the passages, of 0.133 % without");
  expect(brief.textContent).toContain(
    "Most was added by “The birthplace of Brem Coprea is Thornmoor.” (+4.2 nats)",
  );
  const cells = within(brief)
    .getAllByRole("row", { hidden: true })
    .map((row) => row.textContent);
  expect(cells).toContain("Thorn90 %0 %+5.35.2"); // w = 0.2 + clip(5.3, 0, 5)
  expect(cells).toContain("Brem Coprea is a beekeeper.−0.1");
  expect(cells).toContain("The founder of Thornmoor was Hoarn Yolt.—");
  expect(brief.textContent).toContain("Of 5 sentences the first 4 were left out one at a time.");
  const shades = [...brief.querySelectorAll<HTMLElement>(".tokens .heat")].map((s) =>
    s.style.getPropertyValue("--heat"),
  );
  expect(shades).toEqual(["1.00", "0.24", "0.00"]); // 5.3, 1.2 and 0.001 of at most 5 nats
  expect(screen.getByRole("region", { name: "Asked to explain" })).toBeTruthy();
  expect(
    screen.getByText(/a token counts by 0.2 and what the passages added to it, at most 5 nats/),
  ).toBeTruthy();
  const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map((v) => v.id)).toEqual([]);
});

test("a method that counts tokens alike says so and has no weights; a refusal is shown", async () => {
  await open(configOf({ objective: "rlag", answers: "response" }));
  await screen.findByText(/counts every token the same/);
  expect(screen.queryByRole("columnheader", { name: "w", hidden: true })).toBeNull();
  cleanup();
  const lab = scriptedLab();
  lab.train!.ask = async () => {
    throw new Error("no model");
  };
  await act(async () => void (await open(configOf(), lab)));
  expect((await screen.findByRole("alert")).textContent).toBe("no model");
});
