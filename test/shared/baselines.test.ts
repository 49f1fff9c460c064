import { expect, test } from "vitest";
import { baselines } from "../../src/core/baselines.ts";
import type { Question } from "../../src/core/run.ts";
import { json, sharedFile } from "../helpers/fixtures.ts";

test("the baselines of the Current Events test are method.md's: 31.9 % and 62.0 %", async () => {
  type Row = Question & { ctx: string };
  const rows = await json<Row[]>(sharedFile("data/current-events/CurrentEvents_test.json"));
  const sound = rows.filter(({ options, answer }) => Object.values(options).includes(answer)); // one row has no right option
  expect(sound).toHaveLength(161);
  const { chance, longest_option, string_in_context } = baselines(
    sound,
    sound.map(({ ctx }) => [ctx]),
    [],
  );
  expect(chance).toBeCloseTo(0.2, 10);
  expect(longest_option).toBeCloseTo(0.319, 3);
  expect(string_in_context).toBeCloseTo(0.62, 3);
});
