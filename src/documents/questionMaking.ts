/** Questions out of a person's documents: the face of `making`. */
export { makeFacts } from "./making/facts.ts";
export {
  canBeJudged,
  type Gate,
  NEAR,
  type Scored,
  scoreFact,
  type Thresholds,
  thresholdsFor,
  type Verdict,
} from "./making/gates.ts";
