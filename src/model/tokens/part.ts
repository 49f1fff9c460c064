/** What tokenizer.json is made of: records with a type, and how this version says that it does not know one. */

/** One component of a tokenizer.json: a normalizer, a pre-tokenizer, a model or a decoder. */
export interface Part {
  type: string;
  [field: string]: unknown;
}

/** The components of a `Sequence`. */
export const partsOf = (value: unknown): Part[] => (Array.isArray(value) ? (value as Part[]) : []);

/** Refusal by name: another component in its place would give other tokens without a word. */
export const unknownPart = (kind: string, type: unknown): Error =>
  new Error(`this version does not read the ${kind} "${String(type)}"`);
