/** The documents by what is known of them: which question asks which sentence, the shares of a cycle, the questions of a sentence. */
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import { DocumentHeat } from "../../src/app/panels/lab/DocumentHeat.tsx";
import { askedSentences, known } from "../../src/app/panels/lab/heat.ts";
import { useViewStore } from "../../src/app/stores/viewStore.ts";
import type { SourceDocument } from "../../src/core/messages.ts";
import type { CycleAnswers, Question } from "../../src/core/run.ts";
import { block } from "../../src/documents/blocks.ts";

afterEach(cleanup);

const question = (text: string, answer: string, evidence: string | null): Question => ({
  question: text,
  answer,
  evidence,
  options: {},
  relation: null,
  phrasings: [],
  bridge: null,
});
const DOCUMENTS: SourceDocument[] = [
  {
    id: "a",
    title: "Ada",
    text: null,
    passages: ["Ada was born in Orlow. She is a beekeeper.", "She plays the zither."],
  },
  {
    id: "b",
    title: "Orlow",
    text: null,
    passages: null,
    blocks: [
      block("text", "Orlow  lies on a river. Nobody asks this."),
      block("text", "A running head.", { left: "running head" }),
    ],
  },
];
const QUESTIONS = [
  question("Where was Ada born?", "Orlow", "Ada was born in Orlow."),
  question("Ada is from where?", "Orlow", "Ada was born in Orlow."),
  question("What lies by the birthplace of Ada?", "a river", "Ada was born in Orlow. Orlow lies on a river."),
  question("What is Ada?", "a beekeeper", "She is a beekeeper."),
  question("Which head?", "x", "A running head."),
  question("Why?", "y", null),
];
const ANSWERS: CycleAnswers[] = [
  { cycle: 0, closed_test: ["Eldham", "Orlow", "a hill", null, "x", "y"], open_test: [] },
  { cycle: 4, closed_test: ["Orlow", "Orlow", "a river", "a beekeeper", "x", "y"], open_test: [] },
];

test("a sentence is asked by the questions whose evidence it is or has part in; what is left out of a document is not in it", () => {
  const { documents, nowhere } = askedSentences(DOCUMENTS, QUESTIONS);
  expect(documents.map((d) => d.sentences.map((s) => s.questions))).toEqual([
    [[0, 1, 2], [3], []],
    [[2], []],
  ]);
  expect(nowhere).toEqual([4, 5]);
  expect(known([0, 1, 2], ANSWERS[0]!, QUESTIONS)).toEqual({ right: 1, scored: 3 });
  expect(known([3], ANSWERS[0]!, QUESTIONS)).toEqual({ right: 0, scored: 0 }); // not scored is not wrong
});

test("each sentence has its share at the cycle looked at, in shade and words; a click lists its questions", async () => {
  render(
    <main>
      <DocumentHeat documents={DOCUMENTS} questions={QUESTIONS} answers={ANSWERS} />
    </main>,
  );
  const says = () => document.querySelector("[aria-live]")!.textContent;
  expect(says()).toBe(
    "Of 3 sentences that held-out questions are about, 3 are known with the book closed, 0 not. 2 of all 5 are asked by none.",
  );
  fireEvent.change(screen.getByRole("slider", { name: "Cycle" }), { target: { value: "0" } });
  expect(says()).toContain(
    "Of 2 sentences that held-out questions are about, 0 are known with the book closed, 1 in part, 1 not.",
  );
  const ada = screen.getByRole("region", { name: "Ada" });
  expect(ada.querySelector(".heat-title")!.textContent).toBe("Ada 1 of 3");
  const [born, bees] = within(ada).getAllByRole("button");
  expect(born!.textContent).toBe("Ada was born in Orlow. 1 of 3");
  expect(born!.querySelector<HTMLElement>(".heat")!.style.getPropertyValue("--heat")).toBe("0.33");
  expect(bees!.textContent).toBe("She is a beekeeper. —");
  expect(bees!.querySelector(".by-closed")).toBeNull();
  expect(within(ada).getByText("She plays the zither.").className).toBe("unasked");
  expect(screen.getByText(/^2 of 6 held-out questions name no sentence/)).toBeTruthy();

  act(() => fireEvent.click(born!));
  const asking = within(ada)
    .getAllByRole("listitem")
    .filter((li) => li.closest(".heat-questions"));
  expect(asking.map((li) => li.textContent)).toEqual([
    "Where was Ada born? Eldham ✗ wrong",
    "Ada is from where? Orlow ✓ right",
    "What lies by the birthplace of Ada? a hill ✗ wrong",
  ]);
  act(() => fireEvent.click(within(ada).getByRole("button", { name: "Ada is from where?" })));
  expect(useViewStore.getState()).toMatchObject({ set: "test", index: 1 });
  const rules = { "color-contrast": { enabled: false } };
  expect((await axe.run(document.body, { rules })).violations.map((v) => v.id)).toEqual([]);
});
