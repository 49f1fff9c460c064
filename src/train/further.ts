/** The measures besides those of the plot's two lines (method.md §3, "Measures besides"). */
import { mean } from "../core/shape.ts";
import { accuracy, chooseOptions, respond, sayBriefly } from "./answers.ts";
import { type CycleContext, sit } from "./context.ts";
import { explainedGrades } from "./evaluate.ts";
import type { FurtherMeasure } from "./plan.ts";
import { isRight } from "./reward.ts";
import { hopsOf, joins } from "./twoHop.ts";

/** Measures one thing and notes it in the run's state. */
export async function measureFurther(run: CycleContext, what: FurtherMeasure): Promise<void> {
  const { data, Z, state, elsewhere } = run;
  const { further } = state;
  switch (what) {
    case "closed_exact":
    case "open_exact": {
      const answers = await sayBriefly(data.test, sit(run, what === "open_exact" ? Z.test : null));
      further.exact_of = answers.length;
      further[what] = mean(answers.map((answer, i) => Number(isRight(data.test[i]!, answer))));
      return;
    }
    case "twohop_explained": {
      const answers = await respond(data.twohop, sit(run, null));
      const known = knownHops(run);
      further.twohop_known = known.length;
      further.twohop_explained = mean(known.map((i) => Number(joins(data.twohop[i]!, answers[i]!))));
      return;
    }
    case "other_open": {
      const { questions, Z: passages } = elsewhere!; // the plan has this piece only with another archive
      const answers = await chooseOptions(questions, sit(run, passages));
      further.other_scored = answers.filter((answer) => answer !== null).length;
      further.other_open = accuracy(questions, answers);
      return;
    }
    case "other_open_response": {
      const { questions, Z: passages } = elsewhere!;
      const answers = await respond(questions, sit(run, passages));
      further.other_explained = questions.length;
      const grades = await explainedGrades(run, questions, answers, passages);
      further.other_open_response = mean(grades.map(({ reward }) => reward));
      return;
    }
  }
}

/** Two-hop questions both of whose facts the model told rightly when it explained, closed book, just before. */
function knownHops({ data, state }: CycleContext): number[] {
  const told = state.told ?? [];
  return hopsOf(data.twohop, data.test).flatMap((hops, i) => (hops?.every((h) => told[h]) ? [i] : []));
}
