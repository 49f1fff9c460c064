/** What a setting is: its value, the check of it and its words in one record, from which everything else derives. */

/** How a person moves it on the page. */
export type Control =
  | { kind: "number" | "text"; empty: string | null } // what the empty field means (null), in a word
  | { kind: "choice"; choices: Readonly<Record<string, string>> } // value → its words
  | { kind: "several"; names: readonly string[] }
  | { kind: "switch" }
  | { kind: "none" }; // a file's business

/** A kind of value: what it must be, in words that follow "must be", and whether it is. */
export interface Kind<T> {
  need: string;
  is(value: unknown): value is T;
  control: Control;
}

/** The dialog's headings, in their order. */
export const GROUPS = {
  learned: "What is learned",
  visits: "What a visit of a question brings",
  long: "How long",
  lookup: "What it may look up",
  asked: "How it is asked",
  optimiser: "Optimiser",
  adapter: "Adapter",
  repeat: "Repeatability",
} as const;
export type Group = keyof typeof GROUPS;

export interface Setting<T> {
  kind: Kind<T>;
  default: T;
  /** What a run that is older than the setting did; the default where it says nothing. */
  before?: T;
  label: string; // its name in plain words
  moves: string; // what moves if it is moved
  group: Group | null; // null: chosen by looking at what there is, or in a file
}

/** A record whose default is of its kind. */
export const setting = <T>(
  record: Omit<Setting<T>, "default" | "before"> & { default: NoInfer<T>; before?: NoInfer<T> },
): Setting<T> => record;

export const text = (): Kind<string> => ({
  need: "a non-empty string",
  is: (v): v is string => typeof v === "string" && v !== "",
  control: { kind: "text", empty: null },
});

export const flag = (): Kind<boolean> => ({
  need: "true or false",
  is: (v): v is boolean => typeof v === "boolean",
  control: { kind: "switch" },
});

/** One of the names, each with its words. */
export const choice = <T extends string>(choices: Readonly<Record<T, string>>): Kind<T> => ({
  need: `one of ${Object.keys(choices).join(", ")}`,
  is: (v): v is T => typeof v === "string" && Object.hasOwn(choices, v),
  control: { kind: "choice", choices },
});

export const integer = (min: number): Kind<number> => ({
  need: `an integer ≥ ${min}`,
  is: (v): v is number => Number.isInteger(v) && (v as number) >= min,
  control: { kind: "number", empty: null },
});

export const number = (min: number, max = Number.POSITIVE_INFINITY): Kind<number> => ({
  need: max === Number.POSITIVE_INFINITY ? `a number ≥ ${min}` : `a number from ${min} to ${max}`,
  is: (v): v is number => typeof v === "number" && Number.isFinite(v) && v >= min && v <= max,
  control: { kind: "number", empty: null },
});

export const positive = (): Kind<number> => ({
  need: "a number > 0",
  is: (v): v is number => typeof v === "number" && Number.isFinite(v) && v > 0,
  control: { kind: "number", empty: null },
});

/** Some of the names, none twice. */
export const several = <T extends string>(names: readonly T[]): Kind<T[]> => ({
  need: `a non-empty list without repeats of ${names.join(", ")}`,
  is: (v): v is T[] =>
    Array.isArray(v) &&
    v.length > 0 &&
    v.every((name) => (names as readonly unknown[]).includes(name)) &&
    new Set(v).size === v.length,
  control: { kind: "several", names },
});

/** The same or null; `empty` says what an empty field then means. */
export const orNull = <T>(kind: Kind<T>, empty: string): Kind<T | null> => ({
  need: `null or ${kind.need}`,
  is: (v): v is T | null => v === null || kind.is(v),
  control: "empty" in kind.control ? { ...kind.control, empty } : kind.control,
});
