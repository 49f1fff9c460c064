/** Questions out of a person's documents: the face of `making`. */
export { makeFacts } from "./making/facts.ts";
