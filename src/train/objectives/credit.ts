import type { ObjectiveRecipe } from "./objective.ts";

/**
 * −r·s^c(y_w│x): what earned its reward with the book open is raised with the book closed, token by token by how much the
 * passages made it likelier (method.md §3). The cycle sums it over the forms of a visit.
 */
export const credit: ObjectiveRecipe = {
  needs: ["preferred", "credit"],
  clips: null,
  loss: ({ closed, preferred, reward, credit }) => ({
    terms: [
      {
        name: "w",
        sequence: { context: closed, completion: preferred },
        tokens: credit,
        teacher: null,
        watched: reward === 0,
      },
    ],
    loss: [-reward],
  }),
};
