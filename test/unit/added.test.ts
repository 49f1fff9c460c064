import { expect, test } from "vitest";
import { withoutEach } from "../../src/train/added.ts";

test("a passage without each of its sentences, one that stands there twice taken out where it stands", () => {
  expect(withoutEach("One is. Two is. One is.")).toEqual([
    { sentence: "One is.", rest: "Two is. One is." },
    { sentence: "Two is.", rest: "One is.  One is." },
    { sentence: "One is.", rest: "One is. Two is." },
  ]);
  expect(withoutEach("Only one")).toEqual([{ sentence: "Only one", rest: "" }]);
});
