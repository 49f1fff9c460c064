/** What a run was made of, as hashes: other data at a resume, or other questions beside it, are recognised by them. */
import { LabError } from "./errors.ts";
import type { SourceDocument } from "./messages.ts";
import type { Question, QuestionSet } from "./run.ts";

export interface Fingerprint {
  documents: string; // SHA-256, hex, as is the next
  questions: string; // of those the run asks, all sets
  embedder: string; // by name, as RunConfig has it
}

/** @param questions those the run asks, not all there are */
export async function fingerprintOf(
  documents: readonly SourceDocument[],
  questions: Record<Exclude<QuestionSet, "held">, readonly Question[]>,
  embedder: string,
): Promise<Fingerprint> {
  const { train, test, twohop } = questions;
  return { documents: await hash(documents), questions: await hash([train, test, twohop]), embedder };
}

/** What differs, in words; nothing where all is the same. */
export function changes(before: Fingerprint, now: Fingerprint): string[] {
  const { embedder } = before;
  return [
    ...(before.documents === now.documents ? [] : ["the documents"]),
    ...(before.questions === now.questions ? [] : ["the questions"]),
    ...(embedder === now.embedder ? [] : [`the embedder (${embedder}, now ${now.embedder})`]),
  ];
}

/** @throws LabError bad-data naming what has changed since a run began, which therefore cannot go on */
export function requireSame(run: string, before: Fingerprint, now: Fingerprint): void {
  const changed = changes(before, now);
  if (changed.length === 0) return;
  const have =
    changed.length === 1 && changed[0] === `the embedder (${before.embedder}, now ${now.embedder})`;
  throw new LabError(
    "bad-data",
    `${run} cannot go on: ${changed.join(" and ")} ${have ? "has" : "have"} changed since it began. Put back what was there, or start a new run; what this one has stored is kept`,
  );
}

/** Fields without a value are left out, so that one that a later version adds does not count as a change. */
const bare = (_key: string, value: unknown): unknown => {
  if (value === null || (Array.isArray(value) && value.length === 0)) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
};

async function hash(value: unknown): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(value, bare));
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
