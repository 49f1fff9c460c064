/** The codes a class page holds: kept in this browser, so that codes scanned one after another, each by a link, come together. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { decodeResult } from "./code.ts";

export interface ClassCodes {
  text: string; // a code a line, as typed, pasted and scanned
}

const NAME = "closed-book-class";

export const useClassStore = create<ClassCodes>()(
  persist((): ClassCodes => ({ text: "" }), { name: NAME, version: 1 }),
);

/** A code that a phone's camera opened lies in another tab: this one must not write over it. Answers how to stop hearing. */
export function followOtherTabs(): () => void {
  const hear = ({ key }: StorageEvent) => {
    if (key === NAME) void useClassStore.persist.rehydrate();
  };
  window.addEventListener("storage", hear);
  return () => window.removeEventListener("storage", hear);
}

/** The code of a link, however its words are parted. */
const wordsOf = (code: string): string => (code.toLowerCase().match(/\p{L}+/gu) ?? []).join(" ");

/** Adds the code of a link as a line of its own, and says in a sentence what became of it. */
export function addCode(code: string): string {
  const words = wordsOf(code);
  const decoded = decodeResult(words);
  if ("fault" in decoded) return `The link’s code was not added. ${decoded.fault}`;
  const { text } = useClassStore.getState();
  const lines = text.trimEnd() === "" ? [] : text.trimEnd().split(/\r?\n/);
  useClassStore.setState({ text: `${[...lines, words].join("\n")}\n` });
  const before = lines.findIndex((line) => wordsOf(line).endsWith(words));
  return before < 0
    ? `Added as line ${lines.length + 1}. Write a name before it, if you like.`
    : `Added as line ${lines.length + 1}. Line ${before + 1} has the same words: two who predicted the same have them; if it was scanned twice, take one out.`;
}
